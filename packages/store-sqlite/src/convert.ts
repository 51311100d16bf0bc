import type { Database } from 'better-sqlite3';
import type { ConversionWatch } from './conversion-watch.ts';
import type { Conversions } from './conversions.ts';
import type { QuotaCounts } from './quota-counts.ts';

/** Counts the verified code of a notification where its sending was counted: for the account that sent it, and for the prefix it went to. */
export type Convert = (notification: number) => void;

interface TriedRow {
  readonly key: number;
  readonly lane: number;
  readonly prefix: number | null;
  readonly sent_at: number | null;
  readonly created_at: number;
}

export function openConvert(
  db: Database,
  counts: QuotaCounts,
  conversions: Conversions,
  watch: ConversionWatch,
): Convert {
  const tried = db.prepare<[number], TriedRow>(
    `SELECT d.key, d.lane, d.prefix, d.sent_at, n.created_at
     FROM notifications n JOIN deliveries d ON d.key BETWEEN n.key AND n.key + n.deliveries - 1
     WHERE n.key = ? AND d.token > 0 ORDER BY d.key`,
  );
  return (notification) => {
    const [first, ...others] = tried.all(notification);
    if (first === undefined) return;
    // Of several ways to the same person the one that was taken last is the one that brought the code.
    const last = others.reduce((one, other) => ((other.sent_at ?? 0) >= (one.sent_at ?? 0) ? other : one), first);
    if (last.sent_at !== null) watch.verified(last.lane, last.sent_at);
    const countedAt = last.prefix === null ? null : counts.usedAt(last.prefix, last.key, last.created_at);
    if (last.prefix !== null && countedAt !== null) conversions.verified(last.prefix, countedAt);
  };
}
