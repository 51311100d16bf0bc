import { type Cancel, deliveryId, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';

/** Ends what of a notification was not sent yet; what is being sent ends by itself and is not tried again. */
export function openCancel(
  db: Database,
  queue: Queue,
  progress: Progress,
): (input: Cancel) => 'canceled' | 'final' | 'unknown' {
  const find = db.prepare<[number, number, number], { key: number; deliveries: number; canceled: number }>(
    'SELECT key, deliveries, canceled FROM notifications WHERE key = ? AND salt = ? AND project = ?',
  );
  const open = db.prepare<[number, number], Placed>(
    `SELECT ${placedColumns} FROM deliveries WHERE key BETWEEN ? AND ? AND state < 7`,
  );
  const mark = db.prepare<[number]>('UPDATE notifications SET canceled = 1 WHERE key = ?');

  return ({ notification: id, project, now }) => {
    const row = find.get(placeOf(id), saltOf(id), project);
    if (row === undefined) return 'unknown';
    const deliveries = open.all(row.key, row.key + row.deliveries - 1);
    if (deliveries.length === 0) return 'final';
    if (row.canceled === 1) return 'canceled';
    mark.run(row.key);
    const closed = deliveries.flatMap((delivery) => {
      const to = queue.close(delivery, 'canceled', 'canceled', now);
      const ids = { notificationId: id, id: deliveryId(id, delivery.ordinal) };
      return to === null ? [] : [changeOf(delivery, ids, to, now)];
    });
    progress.review(row.key, now, [
      { type: 'notification.canceled', at: now, project, notification: row.key, notificationId: id },
      ...closed,
    ]);
    return 'canceled';
  };
}
