import { deliveryFamily, type Receive } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { deliveryPlace, states } from './rows.ts';

/** Applies receipts: monotonic, so the same one twice, or one that comes too late, changes nothing. */
export function openReceive(
  db: Database,
  queue: Queue,
  progress: Progress,
): (input: Receive) => 'applied' | 'ignored' | 'unknown' {
  const find = db.prepare<ReturnType<typeof deliveryPlace>, Placed & { state: number; token: number }>(
    `SELECT ${placedColumns.replaceAll(/(\w+)/g, 'd.$1')}, d.state, d.token
     FROM deliveries d JOIN notifications n ON n.key = d.notification
     WHERE d.key = @key AND d.ordinal = @ordinal AND n.salt = @salt`,
  );
  const complete = db.prepare(
    `UPDATE deliveries SET state = @state, finished_at = @now, sent_at = coalesce(sent_at, @now), due_at = NULL,
       lease_until = NULL, code = @code, detail = @detail WHERE key = @key`,
  );
  /** Accepted by the vendor as far as we know, or under way: the receipt may overtake our own record of the acceptance. */
  const accepted = new Set([states.of('sent'), states.of('uncertain'), states.of('sending')]);
  /** Due to be sent again after an uncertain attempt: a delivery that arrived needs no second copy. */
  const repeating = new Set([states.of('queued'), states.of('blocked'), states.of('retrying'), states.of('parked')]);

  return ({ delivery: id, receipt, now }) => {
    const { notification: notificationId } = deliveryFamily(id);
    const delivery = find.get(deliveryPlace(id));
    if (delivery === undefined) return 'unknown';
    const { status, code, detail } = receipt;
    const arrived = status === 'delivered' && delivery.token > 0 && repeating.has(delivery.state);
    const matters = accepted.has(delivery.state) || arrived;
    if (!matters) return 'ignored';
    complete.run({ key: delivery.key, state: states.of(status), now, code, detail });
    queue.release(delivery);
    progress.after(delivery, status, { ...changeOf(delivery, { notificationId, id }, status, now), code, detail });
    return 'applied';
  };
}
