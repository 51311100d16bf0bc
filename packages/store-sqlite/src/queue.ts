import { type DeliveryStatus, eventOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects, Happening } from './effects.ts';
import { states } from './rows.ts';

/** The columns of a delivery that say where it belongs: what every change of its state needs. */
export interface Placed {
  readonly key: number;
  readonly notification: number;
  readonly ordinal: number;
  readonly step: number;
  readonly lane: number;
  readonly project: number;
  readonly ordering: string | null;
  readonly solo: number;
}

export const placedColumns = 'key, ordinal, notification, step, lane, project, ordering, solo';

/** The moves of a delivery in and out of the queue that several commands share. */
export interface Queue {
  /** The state in which a delivery becomes due: queued, or blocked while another of its ordering key is under way. */
  dueState(delivery: Pick<Placed, 'project' | 'ordering'> & { readonly key?: number }): number;
  /** Makes an unsent delivery due. False when it has ended or is being sent, and so stays as it is. */
  enqueue(delivery: Pick<Placed, 'key' | 'lane' | 'project' | 'ordering'>): boolean;
  /**
   * Ends an unsent delivery: as `to`, or as `uncertain` when one of its attempts may have arrived. The status it got; null
   * when it has ended or is being sent, and so stays as it is.
   */
  close(delivery: Placed, to: DeliveryStatus, code: string | null, now: number): DeliveryStatus | null;
  /** A delivery left the queue: if it was its turn, the oldest that waits behind it may go. */
  release(delivery: Pick<Placed, 'project' | 'ordering'>): void;
}

export function openQueue(db: Database, effects: Effects): Queue {
  const makeDue = db.prepare<{ key: number; state: number }>(
    'UPDATE deliveries SET state = @state, due_at = NULL WHERE key = @key AND state < 7 AND state <> 4',
  );
  const inTurn = db.prepare<{ project: number; ordering: string }, { key: number }>(
    `SELECT key FROM deliveries WHERE project = @project AND ordering = @ordering AND ordering IS NOT NULL
       AND state >= 2 AND state <= 6 AND state <> 3`,
  );
  const firstBlocked = db.prepare<{ project: number; ordering: string }, { key: number; lane: number }>(
    `SELECT key, lane FROM deliveries WHERE project = @project AND ordering = @ordering AND ordering IS NOT NULL
       AND state = 3 ORDER BY key LIMIT 1`,
  );
  const end = db.prepare<{ key: number; state: number; code: string | null; now: number }, { state: number }>(
    `UPDATE deliveries SET code = @code, detail = NULL, due_at = NULL, finished_at = @now,
       state = CASE doubtful WHEN 1 THEN 14 ELSE @state END
     WHERE key = @key AND state < 7 AND state <> 4 RETURNING state`,
  );
  const queued = states.of('queued');
  const blocked = states.of('blocked');

  const release = ({ project, ordering }: Pick<Placed, 'project' | 'ordering'>) => {
    if (ordering === null || inTurn.get({ project, ordering }) !== undefined) return;
    const next = firstBlocked.get({ project, ordering });
    if (next === undefined) return;
    makeDue.run({ key: next.key, state: queued });
    effects.ready(next.lane);
  };

  const dueState: Queue['dueState'] = ({ key, project, ordering }) => {
    if (ordering === null) return queued;
    const holder = inTurn.get({ project, ordering });
    return holder === undefined || holder.key === key ? queued : blocked;
  };

  return {
    dueState,
    release,
    enqueue(delivery) {
      const state = dueState(delivery);
      if (makeDue.run({ key: delivery.key, state }).changes === 0) return false;
      if (state === queued) effects.ready(delivery.lane);
      return true;
    },
    close(delivery, to, code, now) {
      const ended = end.get({ key: delivery.key, state: states.of(to), code, now });
      if (ended === undefined) return null;
      release(delivery);
      return states.word(ended.state);
    },
  };
}

/** The event of a delivery's change, for the feed. */
export function changeOf(
  delivery: Placed,
  ids: Pick<Happening, 'notificationId'> & { readonly id: NonNullable<Happening['delivery']>['id'] },
  to: DeliveryStatus,
  at: number,
): Happening {
  return {
    type: eventOf(to),
    at,
    project: delivery.project,
    notification: delivery.notification,
    notificationId: ids.notificationId,
    delivery: { id: ids.id, ordinal: delivery.ordinal, lane: delivery.lane },
  };
}
