import type { HeardReceipt } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** What vendors call the messages of accounts whose receipts say nothing else, and the receipts that came too early. */
export interface Traces {
  /** The number of the delivery that the account's vendor calls so. */
  find(lane: number, vendorId: string): number | null;
  /** Remembers it; the receipts that came before are handed out, once. */
  add(lane: number, vendorId: string, delivery: number, now: number): readonly HeardReceipt[];
  /** Keeps a receipt whose message is not known yet. False when the like of it is kept already. */
  keep(lane: number, vendorId: string, news: HeardReceipt, now: number): boolean;
}

/** A receipt overtakes the acceptance by seconds; what finds its message in a day never will. */
const keptMs = 24 * 3_600_000;
/** Kept of one account; the oldest give way. */
const keptMost = 2_000;

export function openTraces(db: Database): Traces {
  const find = db.prepare<[number, string], { delivery: number }>(
    'SELECT delivery FROM vendor_ids WHERE lane = ? AND vendor_id = ?',
  );
  // Vendors do not call two messages the same; should one do so, it speaks of the later one.
  const insert = db.prepare<[number, string, number, number]>(
    `INSERT INTO vendor_ids (lane, vendor_id, delivery, at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET delivery = excluded.delivery, at = excluded.at`,
  );
  const take = db.prepare<[number, string], { news: string; at: number }>(
    'SELECT news, at FROM early_receipts WHERE lane = ? AND vendor_id = ? ORDER BY part',
  );
  const drop = db.prepare<[number, string]>('DELETE FROM early_receipts WHERE lane = ? AND vendor_id = ?');
  const keep = db.prepare<[number, string, number, string, number]>(
    'INSERT INTO early_receipts (lane, vendor_id, part, news, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const trim = db.prepare<[number, number]>(
    `DELETE FROM early_receipts WHERE sequence IN
       (SELECT sequence FROM early_receipts WHERE lane = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
  );
  const expire = db.prepare<[number]>('DELETE FROM early_receipts WHERE at <= ?');
  return {
    find: (lane, vendorId) => find.get(lane, vendorId)?.delivery ?? null,
    add(lane, vendorId, delivery, now) {
      insert.run(lane, vendorId, delivery, now);
      const early = take.all(lane, vendorId);
      if (early.length > 0) drop.run(lane, vendorId);
      return early.filter(({ at }) => at > now - keptMs).map(({ news }) => JSON.parse(news) as HeardReceipt);
    },
    keep(lane, vendorId, news, now) {
      expire.run(now - keptMs);
      if (keep.run(lane, vendorId, news.part?.number ?? 0, JSON.stringify(news), now).changes === 0) return false;
      trim.run(lane, keptMost);
      return true;
    },
  };
}
