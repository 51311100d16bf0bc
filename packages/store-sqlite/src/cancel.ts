import { type Cancel, deliveryId, type EventType, notificationIdAt, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Convert } from './convert.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';

/** A notification whose deliveries are to end. */
export interface Family {
  readonly key: number;
  readonly salt: number;
  readonly project: number;
  readonly deliveries: number;
  readonly canceled: number;
}

/** What ends the deliveries of a notification before their time. */
export interface Ending {
  /** Somebody does not want it any more; `code` says why. */
  cancel(family: Family, code: string, now: number): 'canceled' | 'final';
  /** It has done what it was for. */
  conclude(family: Family, now: number): void;
}

/** Ends what of a notification was not sent yet; what is being sent ends by itself and is not tried again. */
export function openEnding(db: Database, queue: Queue, progress: Progress): Ending {
  const open = db.prepare<[number, number], Placed>(
    `SELECT ${placedColumns} FROM deliveries WHERE key BETWEEN ? AND ? AND state < 7`,
  );
  const openOf = ({ key, deliveries }: Family) => open.all(key, key + deliveries - 1);
  const mark = db.prepare<[number]>('UPDATE notifications SET canceled = 1 WHERE key = ?');

  const end = (
    { key, salt, project }: Family,
    deliveries: readonly Placed[],
    type: EventType,
    code: string,
    now: number,
  ) => {
    mark.run(key);
    const id = notificationIdAt(key, salt);
    const closed = deliveries.flatMap((delivery) => {
      const to = queue.close(delivery, 'canceled', code, now);
      const ids = { notificationId: id, id: deliveryId(id, delivery.ordinal) };
      return to === null ? [] : [changeOf(delivery, ids, to, now)];
    });
    progress.review(key, now, [{ type, at: now, project, notification: key, notificationId: id }, ...closed]);
  };

  return {
    cancel(family, code, now) {
      const deliveries = openOf(family);
      if (deliveries.length === 0) return 'final';
      if (family.canceled === 0) end(family, deliveries, 'notification.canceled', code, now);
      return 'canceled';
    },
    conclude: (family, now) => end(family, openOf(family), 'notification.verified', 'verified', now),
  };
}

/** What ends a notification that is known by its id. */
export interface Cancellation {
  cancel(input: Cancel): 'canceled' | 'final' | 'unknown';
  conclude(input: Cancel): void;
}

export function openCancel(db: Database, ending: Ending, convert: Convert): Cancellation {
  const find = db.prepare<[number, number, number], Family>(
    'SELECT key, salt, project, deliveries, canceled FROM notifications WHERE key = ? AND salt = ? AND project = ?',
  );
  const familyOf = ({ notification: id, project }: Cancel) => find.get(placeOf(id), saltOf(id), project);
  return {
    cancel(input) {
      const family = familyOf(input);
      return family === undefined ? 'unknown' : ending.cancel(family, 'canceled', input.now);
    },
    conclude(input) {
      const family = familyOf(input);
      if (family === undefined) return;
      ending.conclude(family, input.now);
      convert(family.key);
    },
  };
}
