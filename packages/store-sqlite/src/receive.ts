import {
  type DeliveryId,
  deliveryFamily,
  deliveryId,
  notificationIdAt,
  type Receipt,
  type Receive,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { deliveryPlace, states } from './rows.ts';

/** A delivery as receipts see it. */
export type Receiving = Placed & { readonly id: DeliveryId; readonly state: number; readonly token: number };

/** Finds deliveries and completes them by receipts. */
export interface Receiver {
  /** By our own id; undefined for one that was never given. */
  byId(id: DeliveryId): Receiving | undefined;
  /** By its number in the store. */
  byKey(key: number): Receiving | undefined;
  /** Whether this receipt would change it. Monotonic: the same one twice, or one that comes too late, changes nothing. */
  matters(delivery: Receiving, status: Receipt['status']): boolean;
  complete(delivery: Receiving, receipt: Receipt, now: number): void;
}

/** Accepted by the vendor as far as we know, or under way: the receipt may overtake our own record of the acceptance. */
const accepted = new Set([states.of('sent'), states.of('uncertain'), states.of('sending')]);
/** Due to be sent again after an uncertain attempt: a delivery that arrived needs no second copy. */
const repeating = new Set([states.of('queued'), states.of('blocked'), states.of('retrying'), states.of('parked')]);

export function openReceiver(db: Database, queue: Queue, progress: Progress): Receiver {
  const columns = `${placedColumns.replaceAll(/(\w+)/g, 'd.$1')}, d.state, d.token, n.salt`;
  type Row = Placed & { readonly state: number; readonly token: number; readonly salt: number };
  const byPlace = db.prepare<ReturnType<typeof deliveryPlace>, Row>(
    `SELECT ${columns} FROM deliveries d JOIN notifications n ON n.key = d.notification
     WHERE d.key = @key AND d.ordinal = @ordinal AND n.salt = @salt`,
  );
  const byNumber = db.prepare<[number], Row>(
    `SELECT ${columns} FROM deliveries d JOIN notifications n ON n.key = d.notification WHERE d.key = ?`,
  );
  const complete = db.prepare(
    `UPDATE deliveries SET state = @state, finished_at = @now, sent_at = coalesce(sent_at, @now), due_at = NULL,
       lease_until = NULL, code = @code, detail = @detail WHERE key = @key`,
  );
  const identified = (row: Row | undefined): Receiving | undefined =>
    row && { ...row, id: deliveryId(notificationIdAt(row.notification, row.salt), row.ordinal) };

  return {
    byId: (id) => identified(byPlace.get(deliveryPlace(id))),
    byKey: (key) => identified(byNumber.get(key)),
    matters: ({ state, token }, status) =>
      accepted.has(state) || (status === 'delivered' && token > 0 && repeating.has(state)),
    complete(delivery, { status, code, detail }, now) {
      complete.run({ key: delivery.key, state: states.of(status), now, code, detail });
      queue.release(delivery);
      const { id } = delivery;
      const ids = { notificationId: deliveryFamily(id).notification, id };
      progress.after(delivery, status, { ...changeOf(delivery, ids, status, now), code, detail });
    },
  };
}

/** A receipt of a delivery that its provider names itself. */
export function openReceive(receiver: Receiver): (input: Receive) => 'applied' | 'ignored' | 'unknown' {
  return ({ delivery: id, receipt, now }) => {
    const delivery = receiver.byId(id);
    if (delivery === undefined) return 'unknown';
    if (!receiver.matters(delivery, receipt.status)) return 'ignored';
    receiver.complete(delivery, receipt, now);
    return 'applied';
  };
}
