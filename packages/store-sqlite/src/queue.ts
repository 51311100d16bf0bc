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

export const placedColumns = 'key, notification, ordinal, step, lane, project, ordering, solo';

/** The moves of a delivery in and out of the queue that several commands share. */
export interface Queue {
  /** Makes a delivery due: queued, or blocked while an earlier one of its ordering key is unfinished. */
  enqueue(delivery: Pick<Placed, 'key' | 'lane' | 'project' | 'ordering'>): void;
  /** Ends a delivery that no attempt holds. */
  close(delivery: Placed, to: DeliveryStatus, code: string | null, now: number): void;
  /** A delivery left the queue: the next of its ordering key may go. */
  release(delivery: Pick<Placed, 'project' | 'ordering'>): void;
}

export function openQueue(db: Database, effects: Effects): Queue {
  const makeDue = db.prepare<{ key: number; state: number }>(
    'UPDATE deliveries SET state = @state, due_at = NULL, lease_until = NULL WHERE key = @key',
  );
  const before = db.prepare<{ project: number; ordering: string; key: number }>(
    `SELECT 1 FROM deliveries WHERE project = @project AND ordering = @ordering AND ordering IS NOT NULL
       AND state IN (2, 3, 4, 5, 6) AND key < @key LIMIT 1`,
  );
  const first = db.prepare<{ project: number; ordering: string }, { key: number; state: number; lane: number }>(
    `SELECT key, state, lane FROM deliveries WHERE project = @project AND ordering = @ordering AND ordering IS NOT NULL
       AND state IN (2, 3, 4, 5, 6) ORDER BY key LIMIT 1`,
  );
  const end = db.prepare<{ key: number; state: number; code: string | null; now: number }>(
    `UPDATE deliveries SET state = @state, code = @code, detail = NULL, due_at = NULL, lease_until = NULL, finished_at = @now
     WHERE key = @key`,
  );
  const queued = states.of('queued');
  const blocked = states.of('blocked');

  const release = ({ project, ordering }: Pick<Placed, 'project' | 'ordering'>) => {
    if (ordering === null) return;
    const head = first.get({ project, ordering });
    if (head?.state !== blocked) return;
    makeDue.run({ key: head.key, state: queued });
    effects.ready(head.lane);
  };

  return {
    release,
    enqueue({ key, lane, project, ordering }) {
      const waits = ordering !== null && before.get({ project, ordering, key }) !== undefined;
      makeDue.run({ key, state: waits ? blocked : queued });
      if (!waits) effects.ready(lane);
    },
    close(delivery, to, code, now) {
      end.run({ key: delivery.key, state: states.of(to), code, now });
      release(delivery);
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
