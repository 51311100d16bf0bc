import type { Hear, Heard, HeardReceipt, Settle } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import type { Receiver, Receiving } from './receive.ts';
import { outcomeCodes } from './rows.ts';
import type { Suppressions } from './suppressions.ts';
import type { Traces } from './traces.ts';

/** What vendors say of their own accord. */
export interface Hearing {
  hear(input: Hear): readonly Heard[];
  /** An attempt of a traced account was accepted: its vendor's id is remembered, and what came before is applied. */
  follow(input: Settle, vendorId: string): void;
}

export function openHearing(
  db: Database,
  lanes: Lanes,
  receiver: Receiver,
  traces: Traces,
  suppressions: Suppressions,
): Hearing {
  const parts = openParts(db);
  /** It may have been sent through that account before it went to another one. Of one attempt the latest event knows best. */
  const triedThrough = db.prepare<{ notification: number; ordinal: number; lane: number }, { tried: number }>(
    `SELECT 1 AS tried FROM events e WHERE e.notification = @notification AND e.ordinal = @ordinal
       AND coalesce(e.tried_lane, e.lane) = @lane
       AND e.outcome IN (${outcomeCodes.of('accepted')}, ${outcomeCodes.of('uncertain')})
       AND NOT EXISTS (SELECT 1 FROM events later WHERE later.notification = e.notification
         AND later.ordinal = e.ordinal AND later.token = e.token AND later.sequence > e.sequence)
     LIMIT 1`,
  );
  const bill = db.prepare<[number, number]>('UPDATE deliveries SET parts = ? WHERE key = ?');
  const laneOf = db.prepare<[number], { lane: number }>('SELECT lane FROM deliveries WHERE key = ?');

  /** Null when the delivery never went through the account. */
  const relation = ({ notification, ordinal, lane: own, token }: Receiving, lane: number): 'own' | 'former' | null => {
    if (token === 0) return null;
    if (own === lane) return 'own';
    return triedThrough.get({ notification, ordinal, lane }) === undefined ? null : 'former';
  };

  /** What a receipt of a part comes to: with the last one the message has arrived. One that failed fails the message. */
  const applyPart = (
    delivery: Receiving,
    { receipt, part }: HeardReceipt,
    now: number,
  ): 'whole' | 'applied' | 'ignored' => {
    if (part === null || part.total === 1 || receipt.status === 'undelivered') return 'whole';
    const arrived = parts.add(delivery.key, part.number, now);
    if (arrived === null) return 'ignored';
    return arrived >= part.total ? 'whole' : 'applied';
  };

  const apply = (delivery: Receiving, lane: number, news: HeardReceipt, now: number): Heard => {
    const related = relation(delivery, lane);
    if (related === null) return 'unknown';
    const { receipt, suppress, masked } = news;
    const blamed =
      suppress !== null &&
      receipt.status === 'undelivered' &&
      suppressions.blame(
        delivery.key,
        { strength: suppress, reason: 'bounced', masked, detail: receipt.code, at: receipt.at },
        now,
      );
    // What failed elsewhere before it came here is no news about what is here now.
    const speaks = related === 'own' || receipt.status === 'delivered';
    if (!speaks || !receiver.matters(delivery, receipt.status)) return blamed ? 'applied' : 'ignored';
    const part = applyPart(delivery, news, now);
    if (part === 'ignored') return 'ignored';
    if (news.parts !== null) bill.run(news.parts, delivery.key);
    if (part === 'applied') return 'applied';
    receiver.complete(delivery, receipt, now);
    if (news.part !== null) parts.forget(delivery.key);
    return 'applied';
  };

  const applyReceipt = (news: HeardReceipt, lane: number, { traced, now }: Hear): Heard => {
    const named = news.delivery === null ? undefined : receiver.byId(news.delivery);
    if (named !== undefined) return apply(named, lane, news, now);
    if (!traced || news.vendorId === null) return 'unknown';
    const key = traces.find(lane, news.vendorId);
    if (key === null) return traces.keep(lane, news.vendorId, news, now) ? 'kept' : 'ignored';
    const found = receiver.byKey(key);
    return found === undefined ? 'unknown' : apply(found, lane, news, now);
  };

  return {
    hear(input) {
      const { channel, account } = input.lane;
      const lane = lanes.key(channel, account);
      return input.news.map((one) => {
        if (one.kind === 'receipt') return applyReceipt(one, lane, input);
        return suppressions.heed(channel, one, input.now) ? 'applied' : 'ignored';
      });
    },
    follow({ lease, attempt, now }, vendorId) {
      const lane = attempt === null ? laneOf.get(lease.delivery)?.lane : lanes.key(attempt.channel, attempt.account);
      if (lane === undefined) return;
      for (const news of traces.add(lane, vendorId, lease.delivery, now)) {
        const delivery = receiver.byKey(lease.delivery);
        if (delivery !== undefined) apply(delivery, lane, news, now);
      }
    },
  };
}

/** Which parts of a message have arrived, for vendors that tell of each alone. */
function openParts(db: Database) {
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO arrived_parts (delivery, part, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const count = db.prepare<[number], { arrived: number }>(
    'SELECT count(*) AS arrived FROM arrived_parts WHERE delivery = ?',
  );
  const forget = db.prepare<[number]>('DELETE FROM arrived_parts WHERE delivery = ?');
  return {
    /** How many have, with this one; null when it was known. */
    add(delivery: number, part: number, now: number): number | null {
      return insert.run(delivery, part, now).changes === 0 ? null : (count.get(delivery)?.arrived ?? 0);
    },
    forget: (delivery: number) => void forget.run(delivery),
  };
}
