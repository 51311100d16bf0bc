import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually } from '../api.ts';
import { type Exit, endGateways, type GatewayProcess } from '../gateway-process.ts';
import { chance, freshSeed } from './chance.ts';
import { type ClientsPlan, startClients } from './clients.ts';
import { readEndings } from './evidence/endings.ts';
import { judge } from './evidence/invariants.ts';
import { openSite } from './site.ts';

afterAll(endGateways);

const times = 8;
const drainMs = 10_000;
const seed = Number(process.env['POSTHORN_KILLS_SEED'] ?? freshSeed());
const dice = chance(seed);

interface Stops {
  /** One for each start: how the gateway ended, and how long that took from the SIGTERM on. */
  readonly exits: readonly { readonly exit: Exit; readonly tookMs: number }[];
  readonly violations: readonly string[];
  readonly duplicates: number;
}

/** Asks gateway after gateway to stop in the middle of its work; `afterwards` may do more to it. */
async function stopUnderLoad(
  load: Omit<ClientsPlan, 'chance'>,
  afterwards: (gateway: GatewayProcess) => Promise<void>,
): Promise<Stops> {
  const site = await openSite();
  const { ledger, concurrency } = site;
  const exits: { exit: Exit; tookMs: number }[] = [];
  const killed = new Set<number>();
  let gateway = await site.start();
  const clients = startClients(() => gateway, { ...load, chance: dice });
  for (let time = 1; time <= times; time++) {
    const run = site.runs();
    await eventually(() => ledger.entries().some((entry) => entry.run === run) || undefined);
    await sleep(dice.between(0, 300));
    const askedAt = performance.now();
    gateway.kill('SIGTERM');
    await afterwards(gateway);
    const exit = await gateway.exited;
    exits.push({ exit, tookMs: performance.now() - askedAt });
    if (exit.signal !== null) killed.add(run);
    gateway = await site.start();
  }
  await clients.stop();
  const endings = await readEndings(gateway, 60_000);
  const found = judge({ acked: clients.acked, endings, entries: ledger.entries(), killed, concurrency });
  gateway.kill('SIGKILL');
  await gateway.exited;
  await site.close();
  return {
    exits,
    violations: [...clients.refusals, ...found.violations],
    duplicates: [...found.duplicates.values()].reduce((sum, count) => sum + count, 0),
  };
}

const drained = ({ exit }: { readonly exit: Exit }) => exit.code === 0 && exit.signal === null;

describe(`SIGTERM under load, ${times} times (seed ${seed})`, () => {
  it('ends with 0 within ten seconds; nothing is lost, nothing arrives twice', { timeout: 300_000 }, async () => {
    const load = { clients: 8, restMs: 250, holdMs: 250 };
    const { exits, violations, duplicates } = await stopUnderLoad(load, async () => undefined);
    expect(exits.filter((stop) => !drained(stop) || stop.tookMs > drainMs)).toEqual([]);
    expect(exits).toHaveLength(times);
    expect(violations).toEqual([]);
    expect(duplicates).toBe(0);
  });

  it('and SIGKILL within the second after it: no worse than a kill at work', { timeout: 300_000 }, async () => {
    const load = { clients: 4, restMs: 600, holdMs: 1_000 };
    const { exits, violations } = await stopUnderLoad(load, async (gateway) => {
      await Promise.race([sleep(dice.between(0, 1_000)), gateway.exited]);
      gateway.kill('SIGKILL');
    });
    const struck = exits.filter(({ exit }) => exit.signal === 'SIGKILL');
    expect(exits.filter((stop) => !struck.includes(stop) && !drained(stop))).toEqual([]);
    // Some have drained before they could be killed; most must not have.
    expect(struck.length).toBeGreaterThan(times / 2);
    expect(violations).toEqual([]);
  });
});
