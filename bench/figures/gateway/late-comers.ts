import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Provider } from '@posthorn/core';
import type { Reading, Run } from '../../figure.ts';
import { dispatcherOf } from '../../store/dispatch.ts';
import { makeProject, open } from '../../store/open.ts';
import { openRows } from '../../store/rows.ts';

const lane = { channel: 'bench', account: 'busy' };
const settlingMs = 1_000;
const patienceMs = 60_000;
const lateComers = 10;

/**
 * Ten deliveries of a project that come when another one has queued a crowd for the same account, all of them bulk. In this
 * process, with the dispatcher and the store of the program: its HTTP interface knows one project only.
 */
export async function lateComersOf(
  run: Run,
  { answersAfterMs, concurrency }: { readonly answersAfterMs: number; readonly concurrency: number },
): Promise<Reading> {
  const path = join(run.folder(), 'posthorn.db');
  const other = makeProject(path, 'another');
  const store = await open(path);
  const { outbox, defaultProject } = store;
  const rows = openRows(store);
  const crowd = run.effort.crowd;
  await rows.store({ project: defaultProject.key, lane, first: 0, count: crowd, priority: 'bulk' });
  const arrivals: number[] = [];
  let ofCrowd = 0;
  const all = Promise.withResolvers<void>();
  const provider: Provider = {
    async send({ id, address }) {
      if (Number(/\d+/.exec(address)?.[0]) < crowd) ofCrowd++;
      else arrivals.push(performance.now());
      if (arrivals.length === lateComers) all.resolve();
      await pause(answersAfterMs);
      return { kind: 'accepted', vendorId: `bench-${id}` };
    },
  };
  const dispatcher = dispatcherOf(outbox, lane, provider, concurrency);
  await dispatcher.start();
  await pause(settlingMs);
  const start = performance.now();
  await rows.store({ project: other, lane, first: crowd, count: lateComers, priority: 'bulk' });
  const late = AbortSignal.timeout(patienceMs);
  late.addEventListener('abort', () => all.resolve(), { once: true });
  await all.promise;
  const left = crowd - ofCrowd;
  // Before anything else, so that the crowd does not go on.
  await dispatcher.stop(settlingMs);
  await store.close();
  return {
    measurements: [
      {
        what: 'ten of another project until the last is at the vendor',
        unit: 's',
        values: [(Math.max(...arrivals) - start) / 1_000],
        goal: 'fair',
      },
    ],
    counts: [
      { what: 'of another project at the vendor', expected: lateComers, found: arrivals.length },
      { what: 'the crowd of the first project was there until then', expected: 1, found: left > 0 ? 1 : 0 },
    ],
  };
}
