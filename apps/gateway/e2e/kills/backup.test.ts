import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways, type GatewayProcess, type Started, startProgram, temporaryFolder } from '../gateway-process.ts';
import { chance, freshSeed } from './chance.ts';
import { type Clients, startClients } from './clients.ts';
import { readEndings } from './evidence/endings.ts';
import { judge } from './evidence/invariants.ts';
import { integrityOf, openSite, type Site, storeOf } from './site.ts';

/** Of the backup, which are cheap, and of the gateway beside one. */
const kills = 8;
const gatewayKills = 6;
const timeout = 300_000;
const patienceMs = 30_000;
const seed = Number(process.env['POSTHORN_KILLS_SEED'] ?? freshSeed());
const dice = chance(seed);

/** Enough that a copy takes its time: some thirty megabytes of messages that are due tomorrow. */
const batches = 12;
const batchSize = 1_000;

const killed = new Set<number>();
const folder = temporaryFolder();
const target = join(folder, 'copy.db');
/** What stands beside the target under a name that begins with its own; a copy that is being written has a journal. */
const leftovers = () => readdirSync(folder).filter((name) => name !== 'copy.db' && !name.endsWith('-journal'));

let site: Site;
let gateway: GatewayProcess;
let load: Clients;
/** How long a whole backup takes, and the copying alone. */
let wholeMs = 0;
let copyMs = 0;

beforeAll(async () => {
  site = await openSite();
  gateway = await site.start();
  for (let batch = 0; batch < batches; batch++) await postBatch(batch);
  load = startClients(() => gateway, { clients: 2, restMs: 50, holdMs: 10, chance: dice });
  const startedAt = performance.now();
  const whole = site.command('backup', target);
  await begun(whole, []);
  copyMs = performance.now();
  while (!existsSync(target) && whole.child.exitCode === null) await sleep(1);
  copyMs = Math.round(performance.now() - copyMs);
  expect(await whole.exited).toEqual({ code: 0, signal: null });
  wholeMs = Math.round(performance.now() - startedAt);
  rmSync(target);
}, timeout);
afterAll(endGateways);

async function postBatch(batch: number): Promise<void> {
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  const ballast = 'x'.repeat(2_000);
  const notifications = Array.from({ length: batchSize }, (_, number) => ({
    to: { ledger: `later ${batch}-${number}` },
    ledger: { key: `later-${batch}-${number}`, ballast },
    sendAt,
  }));
  expect((await gateway.request('POST', '/notify/batch', { notifications })).status).toBe(202);
}

/** Waits until a backup writes, which shows by a file that was not there before. */
async function begun({ stderr }: Started, before: readonly string[]): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!existsSync(target) && leftovers().every((name) => before.includes(name))) {
    if (performance.now() > deadline) throw new Error(`no backup was begun: ${stderr()}`);
    await sleep(1);
  }
}

/** How long to let a backup go on that has just begun: at most half of the copy, and mostly not at all. */
const restMs = (kill: number) => (kill % 3 === 0 ? dice.between(0, copyMs / 2) : 0);

/** Holds a finished backup against what it has to have, and takes it away. */
async function takeWhole(): Promise<void> {
  expect(integrityOf(target)).toBe('ok');
  const restored = startProgram(['restore', target, '--json'], { POSTHORN_DATA_DIR: join(temporaryFolder(), 'data') });
  expect([(await restored.exited).code, restored.stderr()]).toEqual([0, '']);
  const { notifications } = JSON.parse(restored.stdout()) as { readonly notifications: number };
  expect(notifications).toBeGreaterThanOrEqual(batches * batchSize);
  rmSync(target);
}

describe(`a backup of a gateway at work (seed ${seed})`, () => {
  it('that is killed is not there, and is not in the way of the next one', { timeout }, async () => {
    let struck = 0;
    for (let kill = 1; kill <= kills; kill++) {
      const before = leftovers();
      const copying = site.command('backup', target);
      if (kill % 4 === 0) await sleep(dice.between(0, wholeMs));
      else {
        await begun(copying, before);
        await sleep(restMs(kill));
      }
      copying.child.kill('SIGKILL');
      await copying.exited;
      if (existsSync(target)) await takeWhole();
      else if (leftovers().some((name) => !before.includes(name))) struck++;
      expect(leftovers().length).toBeLessThanOrEqual(1);
    }
    // Some kills have to strike while the copy is being written.
    expect(struck).toBeGreaterThan(0);
    const whole = site.command('backup', target);
    expect([await whole.exited, whole.stdout()]).toEqual([
      { code: 0, signal: null },
      expect.stringMatching(/backed up/),
    ]);
    expect(readdirSync(folder)).toEqual(['copy.db']);
    await takeWhole();
  });

  it('is whole when the gateway is killed meanwhile, which starts again beside it', { timeout }, async () => {
    let struck = 0;
    for (let kill = 1; kill <= gatewayKills; kill++) {
      const copying = site.command('backup', target);
      await begun(copying, []);
      await sleep(restMs(kill));
      // Held in the middle of its copy, so that both the kill and the next start surely fall into it.
      copying.child.kill('SIGSTOP');
      if (!existsSync(target)) struck++;
      gateway.kill('SIGKILL');
      await gateway.exited;
      killed.add(site.runs());
      gateway = await site.start();
      copying.child.kill('SIGCONT');
      expect([await copying.exited, copying.stdout()]).toEqual([
        { code: 0, signal: null },
        expect.stringMatching(/backed up/),
      ]);
      if (kill % 6 === 0) await takeWhole();
      else rmSync(target);
    }
    expect(struck).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has not cost the gateway a promise', { timeout }, async () => {
    await load.stop();
    const all = await readEndings(gateway, 30_000);
    const endings = new Map([...all].filter(([, { status }]) => status !== 'scheduled'));
    expect(all.size - endings.size).toBe(batches * batchSize);
    const { ledger, concurrency } = site;
    const { violations } = judge({ acked: load.acked, endings, entries: ledger.entries(), killed, concurrency });
    expect([...load.refusals, ...violations]).toEqual([]);
    expect(load.acked.length).toBeGreaterThan(kills);
    gateway.kill('SIGKILL');
    await gateway.exited;
    expect(integrityOf(storeOf(site))).toBe('ok');
  });
});
