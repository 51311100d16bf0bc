import { type Cancel, deliveryId, notificationIdAt, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
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

/** Ends what of a notification was not sent yet; what is being sent ends by itself and is not tried again. */
export type Ending = (family: Family, code: string, now: number) => 'canceled' | 'final';

export function openEnding(db: Database, queue: Queue, progress: Progress): Ending {
  const open = db.prepare<[number, number], Placed>(
    `SELECT ${placedColumns} FROM deliveries WHERE key BETWEEN ? AND ? AND state < 7`,
  );
  const mark = db.prepare<[number]>('UPDATE notifications SET canceled = 1 WHERE key = ?');

  return ({ key, salt, project, deliveries: count, canceled }, code, now) => {
    const deliveries = open.all(key, key + count - 1);
    if (deliveries.length === 0) return 'final';
    if (canceled === 1) return 'canceled';
    mark.run(key);
    const id = notificationIdAt(key, salt);
    const closed = deliveries.flatMap((delivery) => {
      const to = queue.close(delivery, 'canceled', code, now);
      const ids = { notificationId: id, id: deliveryId(id, delivery.ordinal) };
      return to === null ? [] : [changeOf(delivery, ids, to, now)];
    });
    progress.review(key, now, [
      { type: 'notification.canceled', at: now, project, notification: key, notificationId: id },
      ...closed,
    ]);
    return 'canceled';
  };
}

export function openCancel(db: Database, ending: Ending): (input: Cancel) => 'canceled' | 'final' | 'unknown' {
  const find = db.prepare<[number, number, number], Family>(
    `SELECT key, salt, project, deliveries, canceled FROM notifications WHERE key = ? AND salt = ? AND project = ?`,
  );
  return ({ notification: id, project, now }) => {
    const family = find.get(placeOf(id), saltOf(id), project);
    return family === undefined ? 'unknown' : ending(family, 'canceled', now);
  };
}
