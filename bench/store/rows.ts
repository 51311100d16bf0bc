import {
  type Claimed,
  type IdMint,
  idMint,
  type Lane,
  type NewNotification,
  type NotificationSummary,
  type Outbox,
  type Priority,
  type Settle,
} from '@posthorn/core';
import { addressOf } from '../notification.ts';
import type { OpenStore } from './open.ts';

/** What a figure puts into a store without HTTP: an e-mail of about 150 bytes to an address of its own, with one label. */
interface RowPlan {
  /** The store's number of the project. */
  readonly project: number;
  readonly lane: Lane;
  /** The numbers of the addresses. */
  readonly first: number;
  readonly count: number;
  readonly priority?: Priority;
  /** Null, the default, for now. */
  readonly dueAt?: number | null;
}

const batchSize = 1_000;
/** So that the next batches are made while one is on its way to the disk. */
const batchesInFlight = 3;

/** Makes rows and stores them. Ids of one mint do not meet, so a store has one of these for as long as it is open. */
export interface Rows {
  make(place: number, plan: Omit<RowPlan, 'first' | 'count'>, now: number): NewNotification;
  /** Stores them in batches, as fast as it goes. */
  store(plan: RowPlan): Promise<void>;
}

export function openRows({ outbox, firstPlace }: OpenStore): Rows {
  const mint = idMint({ firstPlace });
  const make: Rows['make'] = (place, plan, now) => newNotification(mint, place, plan, now);
  return {
    make,
    async store(plan) {
      const end = plan.first + plan.count;
      let next = plan.first;
      const fill = async () => {
        while (next < end) {
          const first = next;
          next = Math.min(end, first + batchSize);
          const now = Date.now();
          const notifications = Array.from({ length: next - first }, (_, place) => make(first + place, plan, now));
          await outbox.accept({ notifications, now });
        }
      };
      await Promise.all(Array.from({ length: batchesInFlight }, fill));
    },
  };
}

function newNotification(
  mint: IdMint,
  place: number,
  { project, lane, priority = 'normal', dueAt = null }: Omit<RowPlan, 'first' | 'count'>,
  now: number,
): NewNotification {
  const { channel, account } = lane;
  return {
    id: mint.notification(now),
    project,
    kind: 'transactional',
    priority,
    plan: {
      strategy: 'fallback',
      guarantee: 'at-least-once',
      steps: [{ channel, accounts: null, withinMs: null, until: 'sent' }],
    },
    skipped: [],
    deliveries: [{ ordinal: 1, step: 0, channel, account, address: addressOf(place), flow: null }],
    content: {
      [channel]: { subject: 'Your parcel is on its way', text: 'It arrives within two working days. '.repeat(3) },
    },
    dueAt,
    expiresAt: null,
    orderingKey: null,
    metadata: { order: `A-${place}` },
    tags: [],
    idempotency: null,
    answer: '',
  };
}

/** As the dispatcher does it, without sending: so many are claimed at once, and all are settled in one commit. Gives their number. */
export async function settleAll(outbox: Outbox, lane: Lane, inFlight: number): Promise<number> {
  for (let settled = 0; ; ) {
    const claimed = await outbox.claim({ lane, limit: inFlight, leaseMs: 60_000, now: Date.now() });
    if (claimed.length === 0) return settled;
    settled += await settle(outbox, lane, claimed);
  }
}

/** Says of all that they were accepted; gives how many leases were still ours. */
export async function settle(outbox: Outbox, lane: Lane, claimed: readonly Claimed[]): Promise<number> {
  const results = await Promise.all(claimed.map((lease) => outbox.settle(sent(lane, lease))));
  return results.filter((result) => result === 'settled').length;
}

function sent(lane: Lane, { id, delivery, token }: Claimed): Settle {
  const now = Date.now();
  return {
    lease: { id, delivery, token },
    attempt: { ...lane, startedAt: now, endedAt: now, outcome: 'accepted', code: null, detail: null },
    settlement: { to: 'sent', vendorId: `bench-${id}`, parts: null },
    now,
  };
}

/** Notifications that the store shows as sent, page by page. */
export async function countSent(store: OpenStore, project: number): Promise<number> {
  let count = 0;
  let before: number | null = null;
  for (;;) {
    const page: readonly NotificationSummary[] = await store.notifications({
      project,
      limit: 1_000,
      before,
      status: 'sent',
    });
    const last = page.at(-1);
    if (last === undefined) return count;
    count += page.length;
    before = last.sequence;
  }
}
