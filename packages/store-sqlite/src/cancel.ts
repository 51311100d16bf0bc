import { type Cancel, deliveryId, type EventType, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';

/** What ends a notification before its time. */
export interface Cancellation {
  cancel(input: Cancel): 'canceled' | 'final' | 'unknown';
  conclude(input: Cancel): void;
}

/** Ends what of a notification was not sent yet; what is being sent ends by itself and is not tried again. */
export function openCancel(db: Database, queue: Queue, progress: Progress): Cancellation {
  const find = db.prepare<[number, number, number], { key: number; deliveries: number; canceled: number }>(
    'SELECT key, deliveries, canceled FROM notifications WHERE key = ? AND salt = ? AND project = ?',
  );
  const open = db.prepare<[number, number], Placed>(
    `SELECT ${placedColumns} FROM deliveries WHERE key BETWEEN ? AND ? AND state < 7`,
  );
  const mark = db.prepare<[number]>('UPDATE notifications SET canceled = 1 WHERE key = ?');

  const end = (
    { notification: id, project, now }: Cancel,
    key: number,
    deliveries: readonly Placed[],
    type: EventType,
    code: string,
  ) => {
    mark.run(key);
    const closed = deliveries.flatMap((delivery) => {
      const to = queue.close(delivery, 'canceled', code, now);
      const ids = { notificationId: id, id: deliveryId(id, delivery.ordinal) };
      return to === null ? [] : [changeOf(delivery, ids, to, now)];
    });
    progress.review(key, now, [{ type, at: now, project, notification: key, notificationId: id }, ...closed]);
  };

  return {
    cancel(input) {
      const row = find.get(placeOf(input.notification), saltOf(input.notification), input.project);
      if (row === undefined) return 'unknown';
      const deliveries = open.all(row.key, row.key + row.deliveries - 1);
      if (deliveries.length === 0) return 'final';
      if (row.canceled === 1) return 'canceled';
      end(input, row.key, deliveries, 'notification.canceled', 'canceled');
      return 'canceled';
    },
    conclude(input) {
      const row = find.get(placeOf(input.notification), saltOf(input.notification), input.project);
      if (row === undefined) return;
      const deliveries = open.all(row.key, row.key + row.deliveries - 1);
      end(input, row.key, deliveries, 'notification.verified', 'verified');
    },
  };
}
