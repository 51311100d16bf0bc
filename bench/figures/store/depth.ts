import { join } from 'node:path';
import type { Count, Figure, Run } from '../../figure.ts';
import { bundleGateway } from '../../processes/bundle.ts';
import { type OpenStore, open } from '../../store/open.ts';
import { queueBeforeStart, storeFile, vendorLane } from '../../store/queue.ts';
import { openRows, settleAll } from '../../store/rows.ts';
import { claimCosts, probeOf } from './claim-cost.ts';
import { firstDispatches, queuedMemory } from './queued-start.ts';

const account = 'silent';
const lane = vendorLane(account);
const inFlight = 256;
const dayMs = 24 * 3_600_000;

export const depth: Figure = {
  name: 'depth',
  about: 'a store with a million rows of each sort: claiming, resident memory, and the first dispatch after a start',
  async measure(run) {
    const program = bundleGateway(run);
    const { deepRows, crowd } = run.effort;
    const folder = run.folder();
    const before = await costsWhenNew(run, folder);
    await queueBeforeStart(folder, account, deepRows, 'normal');
    const memory = await queuedMemory(run, folder, account, program);
    const { deep, shallow, count } = await deepClaims(run, folder);
    const rows = deepRows.toLocaleString('en-US');
    const queue = `with ${crowd.toLocaleString('en-US')} queued, start to the first dispatch`;
    return {
      measurements: [
        { what: 'claim of 64, empty store', unit: 'µs', values: shallow },
        { what: 'claim of 64, the deep store before it was filled', unit: 'µs', values: before },
        { what: `claim of 64 with ${rows} scheduled and ${rows} finished`, unit: 'µs', values: deep },
        {
          what: 'claim, deep store : empty store in the same round',
          unit: 'ratio',
          values: deep.map((cost, round) => cost / (shallow[round] as number)),
          goal: 'depth',
        },
        {
          what: `bundled with ${rows} queued: resident memory`,
          unit: 'MiB',
          values: [memory.all],
          goal: 'queued-memory',
        },
        { what: `bundled with ${rows} queued: of it not mapped from files`, unit: 'MiB', values: [memory.anonymous] },
        {
          what: `bundled ${queue}`,
          unit: 's',
          values: await firstDispatches(run, crowd, program),
          goal: 'first-dispatch',
        },
        { what: `from source ${queue}`, unit: 's', values: await firstDispatches(run, crowd) },
      ],
      counts: [count],
    };
  },
};

/** The store while it is new. */
async function costsWhenNew(run: Run, folder: string): Promise<readonly number[]> {
  const store = await open(storeFile(folder));
  const probe = probeOf(store, openRows(store), 0);
  await claimCosts([probe], lane);
  const costs: number[] = [];
  for (let round = 0; round < run.effort.rounds; round++) costs.push(...(await claimCosts([probe], lane)));
  await store.close();
  return costs;
}

interface DeepClaims {
  readonly deep: readonly number[];
  readonly shallow: readonly number[];
  readonly count: Count;
}

/** Finishes what is queued, adds as many scheduled rows, and claims from this store and from a new one in turns. */
async function deepClaims(run: Run, folder: string): Promise<DeepClaims> {
  const { deepRows, rounds } = run.effort;
  const store = await open(storeFile(folder));
  const finished = await finishAll(store);
  const rows = openRows(store);
  const plan = { project: store.defaultProject.key, lane, first: 0, count: deepRows, dueAt: Date.now() + dayMs };
  await rows.store(plan);
  const fresh = await open(join(run.folder(), 'posthorn.db'));
  const probes = [probeOf(store, rows, deepRows), probeOf(fresh, openRows(fresh), deepRows)];
  await claimCosts(probes, lane);
  const deep: number[] = [];
  const shallow: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [ofDeep = Number.NaN, ofShallow = Number.NaN] = await claimCosts(probes, lane);
    deep.push(ofDeep);
    shallow.push(ofShallow);
  }
  await store.close();
  await fresh.close();
  return { deep, shallow, count: { what: 'queued rows that were settled', expected: deepRows, found: finished } };
}

/** What the killed program had under way comes back at the first tick. */
async function finishAll({ outbox }: OpenStore): Promise<number> {
  await outbox.tick({ now: Date.now(), limit: 500, held: [], asked: [] });
  return settleAll(outbox, lane, inFlight);
}
