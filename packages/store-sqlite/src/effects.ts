import type {
  Commit,
  DeliveryId,
  EventType,
  Lane,
  NotificationId,
  NotificationStatus,
  PostedEvent,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import { openMarks } from './marks.ts';
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
  /** The attempt whose end it tells, and which ended when it happened. */
  readonly attempt?: TriedAttempt | null;
  readonly code?: string | null;
  readonly detail?: string | null;
  readonly nextAt?: number | null;
  readonly status?: NotificationStatus | null;
}

export interface TriedAttempt {
  readonly token: number;
  readonly startedAt: number;
  /** The number of its outcome. */
  readonly outcome: number;
  /** Where it was made; the delivery may have gone to another lane because of it. */
  readonly lane: number;
}

/** Writes events into the feed, and gathers what listeners are told when the transaction has become durable. */
export interface Effects {
  post(happening: Happening): void;
  /** A lane has something to claim. */
  ready(lane: number): void;
  /** An address was suppressed. */
  suppressed(): void;
  /** What was gathered since the last call. */
  take(): Commit;
}

export function openEffects(db: Database, lanes: Lanes): Effects {
  const insert = db.prepare(
    `INSERT INTO events (sequence, notification, ordinal, type, at, lane, status, token, started_at, outcome, tried_lane,
       code, detail, next_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // A rolled back transaction leaves a gap in the feed: numbers only have to grow.
  let sequence = openMarks(db).highest('events', 'sequence');
  let events: PostedEvent[] = [];
  let ready = new Set<number>();
  let suppressed = false;
  return {
    post(happening) {
      const { type, at, project, notification, notificationId, delivery, attempt } = happening;
      const { code = null, detail = null, nextAt = null, status = null } = happening;
      sequence++;
      insert.run(
        sequence,
        notification,
        delivery?.ordinal ?? null,
        eventCodes.of(type),
        at,
        delivery?.lane ?? null,
        status === null ? null : statuses.of(status),
        attempt?.token ?? null,
        attempt?.startedAt ?? null,
        attempt?.outcome ?? null,
        attempt == null || attempt.lane === delivery?.lane ? null : attempt.lane,
        code,
        detail,
        nextAt,
      );
      const lane = delivery ? lanes.lane(delivery.lane) : null;
      events.push({
        sequence,
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
    suppressed: () => {
      suppressed = true;
    },
    take() {
      const news = { events, ready: [...ready].map((key): Lane => lanes.lane(key)) };
      const commit: Commit = suppressed ? { ...news, suppressed } : news;
      suppressed = false;
      events = [];
      ready = new Set();
      return commit;
    },
  };
}
