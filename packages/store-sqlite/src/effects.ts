import {
  type Commit,
  type DeliveryId,
  type EventType,
  eventId,
  type Lane,
  type NotificationId,
  type NotificationStatus,
  type PostedEvent,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import { eventCodes, statuses } from './rows.ts';

/** What happened, as a command reports it while its transaction runs. */
export interface Happening {
  readonly type: EventType;
  readonly at: number;
  readonly project: number;
  /** The notification's number in the store, and its id. */
  readonly notification: number;
  readonly notificationId: NotificationId;
  readonly delivery?: { readonly id: DeliveryId; readonly ordinal: number; readonly lane: number };
  readonly code?: string | null;
  readonly detail?: string | null;
  readonly nextAt?: number | null;
  readonly status?: NotificationStatus | null;
}

/** Writes events into the feed, and gathers what listeners are told when the transaction has become durable. */
export interface Effects {
  post(happening: Happening): void;
  /** A lane has something to claim. */
  ready(lane: number): void;
  /** What was gathered since the last call. */
  take(): Commit;
}

export function openEffects(db: Database, lanes: Lanes): Effects {
  const insert = db.prepare(
    `INSERT INTO events (notification, ordinal, type, at, lane, code, detail, next_at, status)
     VALUES (@notification, @ordinal, @type, @at, @lane, @code, @detail, @nextAt, @status)`,
  );
  let events: PostedEvent[] = [];
  let ready = new Set<number>();
  return {
    post({
      type,
      at,
      project,
      notification,
      notificationId,
      delivery,
      code = null,
      detail = null,
      nextAt = null,
      status = null,
    }) {
      const sequence = insert.run({
        notification,
        ordinal: delivery?.ordinal ?? null,
        type: eventCodes.of(type),
        at,
        lane: delivery?.lane ?? null,
        code,
        detail,
        nextAt,
        status: status === null ? null : statuses.of(status),
      }).lastInsertRowid;
      const lane = delivery ? lanes.lane(delivery.lane) : null;
      events.push({
        id: eventId(at, Number(sequence)),
        type,
        at,
        project,
        notification: notificationId,
        delivery: delivery?.id ?? null,
        channel: lane?.channel ?? null,
        account: lane?.account ?? null,
        code,
        detail,
        nextAttemptAt: nextAt,
        status,
      });
    },
    ready: (lane) => void ready.add(lane),
    take() {
      const commit = { events, ready: [...ready].map((key): Lane => lanes.lane(key)) };
      events = [];
      ready = new Set();
      return commit;
    },
  };
}
