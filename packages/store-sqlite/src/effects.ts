import type {
  CodeCount,
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
  /** The account that it is about, when it is about no delivery. */
  readonly lane?: number;
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
  /** An account has sent a code, or one of its codes was verified. */
  code(lane: number, what: 'sent' | 'verified'): void;
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
  let codes = new Map<number, CodeCount>();
  return {
    post(happening) {
      const { type, at, project, notification, notificationId, delivery, attempt } = happening;
      const of = delivery?.lane ?? happening.lane;
      const { code = null, detail = null, nextAt = null, status = null } = happening;
      sequence++;
      insert.run(
        sequence,
        notification,
        delivery?.ordinal ?? null,
        eventCodes.of(type),
        at,
        of ?? null,
        status === null ? null : statuses.of(status),
        attempt?.token ?? null,
        attempt?.startedAt ?? null,
        attempt?.outcome ?? null,
        attempt == null || attempt.lane === of ? null : attempt.lane,
        code,
        detail,
        nextAt,
      );
      const lane = of === undefined ? null : lanes.lane(of);
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
    code(lane, what) {
      const { sent, verified } = codes.get(lane) ?? { sent: 0, verified: 0 };
      const counted = what === 'sent' ? { sent: sent + 1, verified } : { sent, verified: verified + 1 };
      codes.set(lane, { ...lanes.lane(lane), ...counted });
    },
    take() {
      const news = { events, ready: [...ready].map((key): Lane => lanes.lane(key)) };
      const counted = codes.size > 0 && { codes: [...codes.values()] };
      const commit: Commit = { ...news, ...(suppressed && { suppressed }), ...counted };
      suppressed = false;
      codes = new Map();
      events = [];
      ready = new Set();
      return commit;
    },
  };
}
