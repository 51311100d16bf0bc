import {
  advance,
  type DeliveryStatus,
  deliveryId,
  type NotificationId,
  type NotificationStatus,
  notificationIdAt,
  notificationStatus,
  type PlanChange,
  type PlanState,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects, Happening } from './effects.ts';
import type { Lanes } from './lanes.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { decodePlan, states, statuses } from './rows.ts';

/** Carries a change of one delivery on to its notification: the plan's next move and the derived status, in the same transaction. */
export interface Progress {
  /** A delivery has changed to `to`; `happening` is the event that tells it. */
  after(delivery: Placed, to: DeliveryStatus, happening: Happening): void;
  /** The same for one that was being sent and now is. */
  sent(delivery: Placed, happening: Happening): void;
  /** Time, or a caller, has changed the notification itself; `causes` are the events that tell it, posted first. */
  review(notification: number, now: number, causes: readonly Happening[]): void;
}

interface NotificationRow {
  readonly key: number;
  readonly salt: number;
  readonly project: number;
  readonly deliveries: number;
  readonly status: number;
  readonly strategy: number;
  readonly guarantee: number;
  readonly step: number;
  readonly step_deadline: number | null;
  readonly canceled: number;
  readonly expires_at: number | null;
  readonly steps: string | null;
}

/** What came of a plan's change: its events, and the deliveries that changed, by ordinal. */
interface Applied {
  readonly happenings: readonly Happening[];
  readonly changed: ReadonlyMap<number, DeliveryStatus>;
}

type SiblingRow = Placed & { readonly state: number; readonly doubtful: number; readonly requeued: number };

export function openProgress(db: Database, lanes: Lanes, effects: Effects, queue: Queue): Progress {
  const setStatus = db.prepare<{ key: number; status: number }>(
    'UPDATE notifications SET status = @status WHERE key = @key AND status <> @status',
  );
  const load = db.prepare<[number], NotificationRow>(
    `SELECT key, salt, project, deliveries, status, strategy, guarantee, step, step_deadline, canceled, expires_at, steps
     FROM notifications WHERE key = ?`,
  );
  const family = db.prepare<[number, number], SiblingRow>(
    `SELECT ${placedColumns}, state, doubtful, requeued FROM deliveries WHERE key BETWEEN ? AND ? ORDER BY key`,
  );
  const move = db.prepare<{ key: number; step: number; deadline: number | null; status: number }>(
    'UPDATE notifications SET step = @step, step_deadline = @deadline, status = @status WHERE key = @key',
  );

  /** Does what the plan asks for; the events that tell it are for the caller to post. */
  const apply = (change: PlanChange, rows: readonly SiblingRow[], id: NotificationId, now: number): Applied => {
    const told = (row: SiblingRow, to: DeliveryStatus) =>
      changeOf(row, { notificationId: id, id: deliveryId(id, row.ordinal) }, to, now);
    const happenings: Happening[] = [];
    const changed = new Map<number, DeliveryStatus>();
    for (const { ordinal, status, code } of change.close) {
      const row = rows.find((candidate) => candidate.ordinal === ordinal);
      const to = row ? queue.close(row, status, code, now) : null;
      if (!row || to === null) continue;
      happenings.push({ ...told(row, to), code });
      changed.set(ordinal, to);
    }
    for (const row of rows) {
      if (row.step !== change.start || row.state !== states.of('waiting') || !queue.enqueue(row)) continue;
      happenings.push(told(row, 'queued'));
      changed.set(row.ordinal, 'queued');
    }
    return { happenings, changed };
  };

  /** The change of status belongs to what caused it; when time did, to the last of what followed. False when nothing could tell it. */
  const tell = (causes: readonly Happening[], effected: readonly Happening[], status: NotificationStatus | null) => {
    const all = [...causes, ...effected];
    const place = (causes.length > 0 ? causes : all).length - 1;
    all.forEach((happening, at) => {
      effects.post(at === place ? { ...happening, status } : happening);
    });
    return all.length > 0;
  };

  const review: Progress['review'] = (notification, now, causes) => {
    const row = load.get(notification);
    if (!row) throw new Error(`notification ${notification} has deliveries but no row`);
    const rows = family.all(row.key, row.key + row.deliveries - 1);
    const channel = rows[0] ? lanes.lane(rows[0].lane).channel : '';
    const plan = decodePlan(row, channel);
    const state: PlanState = {
      deliveries: rows.map(({ ordinal, step, state, doubtful, requeued }) => ({
        ordinal,
        step,
        status: states.word(state),
        doubtful: doubtful === 1,
        requeued: requeued === 1,
      })),
      step: row.step,
      stepDeadline: row.step_deadline,
      canceled: row.canceled === 1,
    };
    const change = withinLife(advance(plan, state, now), state, row.expires_at, now);
    const { happenings, changed } = apply(change, rows, notificationIdAt(row.key, row.salt), now);
    const status = notificationStatus(plan, stateAfter(state, change, changed));
    const told = tell(causes, happenings, statuses.word(row.status) === status ? null : status);
    // A status that no event has told would be one that followers of the feed never hear of: it waits for the next event.
    const stored = told ? statuses.of(status) : row.status;
    move.run({ key: row.key, step: change.step, deadline: change.stepDeadline, status: stored });
  };

  const after: Progress['after'] = (delivery, to, happening) => {
    if (delivery.solo === 0) return review(delivery.notification, happening.at, [happening]);
    const status = soloStatus(to);
    const changed = setStatus.run({ key: delivery.notification, status: statuses.of(status) }).changes > 0;
    effects.post(changed ? { ...happening, status } : happening);
  };

  return {
    review,
    after,
    sent(delivery, happening) {
      if (delivery.solo === 0) return after(delivery, 'sent', happening);
      // Most notifications end here: readers see it at the delivery (`soloSent`), so its row need not be written again.
      effects.post({ ...happening, status: 'sent' });
    },
  };
}

/** No step starts after the end of its notification: what waits then ends with it. */
function withinLife(change: PlanChange, state: PlanState, expiresAt: number | null, now: number): PlanChange {
  if (change.start === null || expiresAt === null || now < expiresAt) return change;
  const late = state.deliveries
    .filter(({ status }) => status === 'waiting')
    .map(({ ordinal }) => ({ ordinal, status: 'expired' as const, code: 'expired' }));
  return { close: [...change.close, ...late], start: null, step: state.step, stepDeadline: null };
}

/** The state that a change led to: the status is derived from what is now. */
function stateAfter(state: PlanState, change: PlanChange, changed: Applied['changed']): PlanState {
  const deliveries = state.deliveries.map((one) => ({ ...one, status: changed.get(one.ordinal) ?? one.status }));
  return { ...state, deliveries, step: change.step, stepDeadline: change.stepDeadline };
}

/** What `notificationStatus` comes to when there is one delivery and so no plan: most notifications, and the fast path. */
function soloStatus(status: DeliveryStatus): NotificationStatus {
  switch (status) {
    case 'waiting':
    case 'scheduled':
      return 'scheduled';
    case 'queued':
    case 'blocked':
    case 'sending':
    case 'retrying':
    case 'parked':
      return 'sending';
    case 'dead':
    case 'undelivered':
    case 'skipped':
      return 'failed';
    default:
      return status;
  }
}
