import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayProcess, Started } from '../gateway-process.ts';
import { type Chance, chance } from './chance.ts';
import { startClients } from './clients.ts';
import { readEndings } from './evidence/endings.ts';
import { judge } from './evidence/invariants.ts';
import { integrityOf, openSite, type Site, storeOf } from './site.ts';

export interface StormPlan {
  readonly kills: number;
  /** Places the kills and shapes the load; the moments themselves are the machine's. */
  readonly seed: number;
  /** Told after every kill. */
  onKill?(done: number): void;
}

export interface StormReport {
  readonly seed: number;
  readonly kills: number;
  readonly acked: number;
  /** Answers that a caller got only by asking again. */
  readonly replayed: number;
  /** Messages that the vendor took, each counted once. */
  readonly delivered: number;
  readonly uncertain: number;
  readonly dead: number;
  readonly duplicates: number;
  /** Most duplicates of one kill. */
  readonly worst: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

const clients = 8;
const integrityEvery = 10;
/** One kill in so many strikes a gateway that is just starting, before it has said that it listens. */
const earlyEvery = 5;
const settleMs = 60_000;

/** Kills the gateway at random moments under load, again and again on one data directory, and judges what is left. */
export async function runStorm({ kills, seed, onKill }: StormPlan): Promise<StormReport> {
  const startedAt = performance.now();
  const dice = chance(seed);
  const site = await openSite();
  let gateway = await site.start();
  const load = startClients(() => gateway, { clients, restMs: 25, holdMs: 20, chance: chance(seed + 1) });
  const killed = new Set<number>();
  const damage: string[] = [];
  while (killed.size < kills) {
    await strike(gateway, 100, 1_000, dice);
    killed.add(site.runs());
    if (killed.size % integrityEvery === 0) damage.push(...damageOf(site));
    onKill?.(killed.size);
    if (killed.size < kills && dice.between(1, earlyEvery) === 1) {
      await strike(site.begin(), 0, 1_000, dice);
      killed.add(site.runs());
      onKill?.(killed.size);
    }
    gateway = await site.start();
  }
  await load.stop();
  const endings = await readEndings(gateway, settleMs);
  const entries = site.ledger.entries();
  const { violations, duplicates } = judge({
    acked: load.acked,
    endings,
    entries,
    killed,
    concurrency: site.concurrency,
  });
  gateway.kill('SIGKILL');
  await gateway.exited;
  await site.close();
  const perKill = [...duplicates.values()];
  const ended = (status: string) => [...endings.values()].filter((ending) => ending.status === status).length;
  return {
    seed,
    kills: killed.size,
    acked: load.acked.length,
    replayed: load.acked.filter(({ replayed }) => replayed).length,
    delivered: new Set(entries.map(({ delivery }) => delivery)).size,
    uncertain: ended('uncertain'),
    dead: ended('failed'),
    duplicates: perKill.reduce((sum, count) => sum + count, 0),
    worst: Math.max(0, ...perKill),
    seconds: (performance.now() - startedAt) / 1_000,
    violations: [...load.refusals, ...damage, ...violations],
  };
}

async function strike(victim: GatewayProcess | Started, leastMs: number, mostMs: number, dice: Chance): Promise<void> {
  await sleep(dice.between(leastMs, mostMs));
  if ('kill' in victim) victim.kill('SIGKILL');
  else victim.child.kill('SIGKILL');
  const { signal } = await victim.exited;
  if (signal !== 'SIGKILL') throw new Error(`the gateway ended by itself before it was killed: ${victim.stderr()}`);
}

function damageOf(site: Site): readonly string[] {
  const found = integrityOf(storeOf(site));
  return found === 'ok' ? [] : [`after the kill of run ${site.runs()} the store is damaged: ${found}`];
}
