import { type Cancel, deliveryId } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects } from './effects.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { idBytes } from './rows.ts';

/** Ends what of a notification was not sent yet; what is being sent ends by itself and is not tried again. */
export function openCancel(
  db: Database,
  effects: Effects,
  queue: Queue,
  progress: Progress,
): (input: Cancel) => 'canceled' | 'final' | 'unknown' {
  const find = db.prepare<[Buffer, number], { key: number }>(
    'SELECT key FROM notifications WHERE id = ? AND project = ?',
  );
  const unsent = db.prepare<[number], Placed>(
    `SELECT ${placedColumns} FROM deliveries WHERE notification = ? AND state IN (0, 1, 2, 3, 5, 6)`,
  );
  const mark = db.prepare<[number]>('UPDATE notifications SET canceled = 1 WHERE key = ?');

  return ({ notification: id, project, now }) => {
    const row = find.get(idBytes(id), project);
    if (row === undefined) return 'unknown';
    const deliveries = unsent.all(row.key);
    if (deliveries.length === 0) return 'final';
    mark.run(row.key);
    for (const delivery of deliveries) queue.close(delivery, 'canceled', 'canceled', now);
    effects.post({ type: 'notification.canceled', at: now, project, notification: row.key, notificationId: id });
    const ids = (ordinal: number) => ({ notificationId: id, id: deliveryId(id, ordinal) });
    progress.review(
      row.key,
      now,
      deliveries.map((delivery) => changeOf(delivery, ids(delivery.ordinal), 'canceled', now)),
    );
    return 'canceled';
  };
}
