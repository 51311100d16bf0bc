import { type DeliveryStatus, deliveryFamily, type Settle, type Settlement } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects, Happening } from './effects.ts';
import type { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { outcomeCodes, states } from './rows.ts';

/**
 * Records an attempt and what follows. The lease's token fences it: whoever lost the lease changes nothing but the record
 * of its attempt, save that a late acceptance still counts while nobody has claimed the delivery again.
 */
export function openSettle(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  progress: Progress,
): (input: Settle) => 'settled' | 'lost' {
  const held = 'key = @key AND token = @token AND state = 4';
  const sent = db.prepare<Record<string, unknown>, Placed>(
    `UPDATE deliveries SET state = 7, sent_at = @now, finished_at = @now, lease_until = NULL, code = NULL, detail = NULL,
       vendor_id = @vendorId, parts = @parts
     WHERE key = @key AND token = @token AND state IN (2, 4, 14) RETURNING ${placedColumns}`,
  );
  /** A receipt came before our own record of the acceptance: only what the vendor called it is missing. */
  const overtaken = db.prepare(
    `UPDATE deliveries SET vendor_id = @vendorId, parts = @parts
     WHERE key = @key AND token = @token AND state IN (8, 13) AND vendor_id IS NULL`,
  );
  const held4 = db.prepare<{ key: number; token: number }, Placed & { canceled: number }>(
    `SELECT ${placedColumns}, (SELECT canceled FROM notifications n WHERE n.key = d.notification) AS canceled
     FROM deliveries d WHERE ${held}`,
  );
  const postpone = db.prepare(
    `UPDATE deliveries SET state = @state, due_at = @at, lease_until = NULL, code = @code, detail = @detail, lane = @lane,
       attempts = attempts - @refund WHERE key = @key`,
  );
  const reroute = db.prepare(
    `UPDATE deliveries SET state = 2, lease_until = NULL, code = @code, detail = @detail, lane = @lane,
       attempts = attempts - @refund WHERE key = @key`,
  );
  const end = db.prepare(
    `UPDATE deliveries SET state = @state, finished_at = @now, lease_until = NULL, code = @code, detail = @detail,
       attempts = attempts - @refund WHERE key = @key`,
  );
  const record = openAttempts(db, lanes);

  const happen = (
    delivery: Placed,
    to: DeliveryStatus,
    { lease, now }: Settle,
    more: Partial<Happening>,
  ): Happening => ({
    ...changeOf(delivery, { notificationId: deliveryFamily(lease.id).notification, id: lease.id }, to, now),
    ...more,
  });

  const settleSent = (input: Settle, settlement: Extract<Settlement, { to: 'sent' }>) => {
    const { delivery: key, token } = input.lease;
    const { vendorId, parts } = settlement;
    const delivery = sent.get({ key, token, now: input.now, vendorId, parts });
    if (delivery === undefined) {
      return overtaken.run({ key, token, vendorId, parts }).changes > 0 ? ('settled' as const) : ('lost' as const);
    }
    queue.release(delivery);
    progress.after(delivery, 'sent', happen(delivery, 'sent', input, {}));
    return 'settled' as const;
  };

  const settleOther = (input: Settle, settlement: Exclude<Settlement, { to: 'sent' }>) => {
    const { delivery: key, token } = input.lease;
    const delivery = held4.get({ key, token });
    if (delivery === undefined) return 'lost' as const;
    if ('account' in settlement && delivery.canceled === 0) return requeue(input, settlement, delivery);
    const { code, detail } = settlement;
    const to = 'account' in settlement ? endOfCanceled(input) : settlement.to;
    const refund = input.attempt === null ? 1 : 0;
    end.run({ key, state: states.of(to), now: input.now, code, detail, refund });
    queue.release(delivery);
    progress.after(delivery, to, happen(delivery, to, input, { code, detail }));
    return 'settled' as const;
  };

  const requeue = (input: Settle, settlement: Extract<Settlement, { account: string }>, delivery: Placed) => {
    const { code, detail, account } = settlement;
    const channel = lanes.lane(delivery.lane).channel;
    const lane = lanes.key(channel, account);
    const key = delivery.key;
    if (settlement.to === 'queued') {
      reroute.run({ key, lane, code, detail, refund: settlement.spent ? 0 : 1 });
      effects.ready(lane);
      const type = 'delivery.rerouted' as const;
      progress.after(delivery, 'queued', happen({ ...delivery, lane }, 'queued', input, { type, code, detail }));
      return 'settled' as const;
    }
    const { to, at } = settlement;
    postpone.run({ key, lane, code, detail, at, state: states.of(to), refund: to === 'parked' ? 1 : 0 });
    progress.after(delivery, to, happen({ ...delivery, lane }, to, input, { code, detail, nextAt: at }));
    return 'settled' as const;
  };

  return (input) => {
    if (input.attempt !== null) record(input);
    return input.settlement.to === 'sent' ? settleSent(input, input.settlement) : settleOther(input, input.settlement);
  };
}

/** A canceled delivery is not tried again; what may have been sent is not called canceled for it. */
function endOfCanceled({ attempt }: Settle): 'uncertain' | 'canceled' {
  return attempt?.outcome === 'uncertain' ? 'uncertain' : 'canceled';
}

/** Writes what was tried. A late result knows better than the rescue that wrote "unknown" in its place. */
function openAttempts(db: Database, lanes: Lanes): (input: Settle) => void {
  const insert = db.prepare(
    `INSERT INTO attempts (delivery, token, lane, started_at, ended_at, outcome, code, detail)
     VALUES (@delivery, @token, @lane, @startedAt, @endedAt, @outcome, @code, @detail)
     ON CONFLICT (delivery, token) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at,
       outcome = excluded.outcome, code = excluded.code, detail = excluded.detail`,
  );
  return ({ lease, attempt }) => {
    if (attempt === null) return;
    const { channel, account, startedAt, endedAt, outcome, code, detail } = attempt;
    insert.run({
      delivery: lease.delivery,
      token: lease.token,
      lane: lanes.key(channel, account),
      startedAt,
      endedAt,
      outcome: outcomeCodes.of(outcome),
      code,
      detail,
    });
  };
}
