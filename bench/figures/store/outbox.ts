import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Lane } from '@posthorn/core';
import type { Count, Figure, Measurement, Run } from '../../figure.ts';
import { bytesWritten } from '../../processes/resources.ts';
import { type OpenStore, open } from '../../store/open.ts';
import { countSent, openRows, settleAll } from '../../store/rows.ts';

/** What the store did in one round. */
interface Round {
  readonly acceptedPerSecond: number;
  readonly settledPerSecond: number;
  readonly settled: number;
  /** In the file, once everything is settled and the log has been folded into it. */
  readonly fileBytes: number;
  /** Written to the disk on the way there. */
  readonly writtenBytes: number;
  readonly count: Count;
}

const lane: Lane = { channel: 'email', account: 'bench' };

export const outbox: Figure = {
  name: 'outbox',
  about: 'the store alone, without HTTP and without sending: accept, then claim and settle; 1, 64 and 256 in flight',
  async measure(run) {
    const measurements: Measurement[] = [];
    const counts: Count[] = [];
    for (const inFlight of [1, 64, 256]) {
      // Alone, each waits for the disk by itself: a tenth of them takes as long.
      const size = inFlight === 1 ? run.effort.backlog / 10 : run.effort.backlog;
      const rounds: Round[] = [];
      for (let round = 0; round < run.effort.repeats; round++) rounds.push(await measureOnce(run, inFlight, size));
      const row = (what: string, unit: string, value: (round: Round) => number): Measurement => ({
        what: `${inFlight} in flight, ${what}`,
        unit,
        values: rounds.map(value),
      });
      measurements.push(
        row('accept', '1/s', (round) => round.acceptedPerSecond),
        row('claim and settle', '1/s', (round) => round.settledPerSecond),
        row('file size for a finished notification', 'B', (round) => round.fileBytes / round.settled),
        row('written to disk for a finished notification', 'B', (round) => round.writtenBytes / round.settled),
      );
      counts.push(...rounds.map(({ count }) => ({ ...count, what: `${inFlight} in flight: ${count.what}` })));
    }
    return { measurements, counts };
  },
};

async function measureOnce(run: Run, inFlight: number, size: number): Promise<Round> {
  const path = join(run.folder(), 'posthorn.db');
  await (await open(path)).close();
  const emptyBytes = statSync(path).size;
  const store = await open(path);
  const writtenBefore = bytesWritten();
  const acceptSeconds = await timed(() => acceptAll(store, size, inFlight));
  let settled = 0;
  const settleSeconds = await timed(async () => {
    settled = await settleAll(store.outbox, lane, inFlight);
  });
  const found = await countSent(store, store.defaultProject.key);
  await store.close();
  return {
    acceptedPerSecond: size / acceptSeconds,
    settledPerSecond: settled / settleSeconds,
    settled,
    fileBytes: statSync(path).size - emptyBytes,
    writtenBytes: bytesWritten() - writtenBefore,
    count: { what: 'notifications sent', expected: size, found },
  };
}

async function acceptAll(store: OpenStore, size: number, inFlight: number): Promise<void> {
  const { outbox: queue, defaultProject } = store;
  const rows = openRows(store);
  for (let first = 0; first < size; first += inFlight) {
    const now = Date.now();
    const group = Array.from({ length: Math.min(inFlight, size - first) }, (_, place) =>
      rows.make(first + place, { project: defaultProject.key, lane }, now),
    );
    await Promise.all(group.map((item) => queue.accept({ notifications: [item], now })));
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}
