import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Claimed, type IdMint, idMint, type Lane, type NewNotification } from '@posthorn/core';
import { openStore, type Store } from '@posthorn/store-sqlite';
import type { Count, Figure, Measurement, Run } from '../figure.ts';
import { addressOf } from '../notification.ts';
import { bytesWritten } from '../processes/resources.ts';

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
const leaseMs = 60_000;

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
  const open = () => openStore({ path, searchKey: Buffer.alloc(32, 1), now: Date.now() });
  open().close();
  const emptyBytes = statSync(path).size;
  const store = open();
  const writtenBefore = bytesWritten();
  const acceptSeconds = await timed(() => acceptAll(store, size, inFlight));
  let settled = 0;
  const settleSeconds = await timed(async () => {
    settled = await settleAll(store, inFlight);
  });
  const found = countSent(store);
  store.close();
  return {
    acceptedPerSecond: size / acceptSeconds,
    settledPerSecond: settled / settleSeconds,
    settled,
    fileBytes: statSync(path).size - emptyBytes,
    writtenBytes: bytesWritten() - writtenBefore,
    count: { what: 'notifications sent', expected: size, found },
  };
}

async function acceptAll({ outbox: queue, defaultProject }: Store, size: number, inFlight: number): Promise<void> {
  const mint = idMint();
  for (let first = 0; first < size; first += inFlight) {
    const now = Date.now();
    const group = Array.from({ length: Math.min(inFlight, size - first) }, (_, place) =>
      newNotification(first + place, defaultProject.key, mint, now),
    );
    await Promise.all(group.map((item) => queue.accept({ notifications: [item], now })));
  }
}

/** As the dispatcher does it: so many are claimed at once, and all that were tried are settled in one commit. */
async function settleAll({ outbox: queue }: Store, inFlight: number): Promise<number> {
  const settle = ({ id, delivery, token }: Claimed, now: number) =>
    queue.settle({
      lease: { id, delivery, token },
      attempt: { ...lane, startedAt: now, endedAt: now, outcome: 'accepted', code: null, detail: null },
      settlement: { to: 'sent', vendorId: `bench-${id}`, parts: null },
      now,
    });
  for (let settled = 0; ; ) {
    const now = Date.now();
    const claimed = await queue.claim({ lane, limit: inFlight, leaseMs, now });
    if (claimed.length === 0) return settled;
    const results = await Promise.all(claimed.map((each) => settle(each, now)));
    settled += results.filter((result) => result === 'settled').length;
  }
}

function newNotification(place: number, project: number, mint: IdMint, now: number): NewNotification {
  const { channel, account } = lane;
  return {
    id: mint.notification(now),
    project,
    kind: 'transactional',
    priority: 'normal',
    plan: {
      strategy: 'fallback',
      guarantee: 'at-least-once',
      steps: [{ channel, accounts: null, withinMs: null, until: 'sent' }],
    },
    skipped: [],
    deliveries: [{ ordinal: 1, step: 0, channel, account, address: addressOf(place), flow: null }],
    content: {
      email: { subject: 'Your parcel is on its way', text: 'It arrives within two working days. '.repeat(3) },
    },
    dueAt: null,
    expiresAt: null,
    orderingKey: null,
    metadata: { order: `A-${place}` },
    tags: [],
    idempotency: null,
    answer: '',
  };
}

function countSent({ reader, defaultProject }: Store): number {
  let count = 0;
  let before: number | null = null;
  for (;;) {
    const page = reader.notifications({ project: defaultProject.key, limit: 1_000, before, status: 'sent' });
    const last = page.at(-1);
    if (last === undefined) return count;
    count += page.length;
    before = last.sequence;
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}
