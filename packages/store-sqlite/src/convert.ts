import { type Convert, counts, type Limits, laneKey, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { ConversionWatch } from './conversion-watch.ts';
import type { Conversions } from './conversions.ts';
import type { Lanes } from './lanes.ts';
import type { QuotaCounts } from './quota-counts.ts';
import { kindCodes } from './rows.ts';

interface SentRow {
  readonly key: number;
  readonly project: number;
  readonly lane: number;
  readonly address: string;
  readonly sent_at: number | null;
  readonly kind: number;
  readonly created_at: number;
}

/** Counts a verified code where its sending was counted: for the account that sent it, and for the prefix it went to. */
export function openConvert(
  db: Database,
  lanes: Lanes,
  quotas: QuotaCounts,
  conversions: Conversions,
  watch: ConversionWatch,
): (input: Convert) => void {
  const tried = db.prepare<[number, number, number], SentRow>(
    `SELECT d.key, d.project, d.lane, d.address, d.sent_at, n.kind, n.created_at
     FROM notifications n JOIN deliveries d ON d.key BETWEEN n.key AND n.key + n.deliveries - 1
     WHERE n.key = ? AND n.salt = ? AND n.project = ? AND d.token > 0 ORDER BY d.key`,
  );

  const countPrefixes = (row: SentRow, limits: Limits, now: number) => {
    const { key, project, lane, address, created_at: since } = row;
    const { channel, account } = lanes.lane(lane);
    const kind = kindCodes.word(row.kind);
    const measured = (limits[laneKey({ channel, account })] ?? []).filter(
      (limit) => limit.per === 'prefix' && limit.unlessVerified !== undefined && counts(limit, kind),
    );
    const counted = { project, channel, lane, address, kind, content: null, parts: 1 };
    for (const tally of quotas.talliesOf(measured, counted, now)) {
      const at = quotas.usedAt(tally.key, key, since);
      if (at !== null) conversions.verified(tally.key, at);
    }
  };

  return ({ project, notification, limits = {}, now }) => {
    const [first, ...others] = tried.all(placeOf(notification), saltOf(notification), project);
    if (first === undefined) return;
    // Of several ways to the same person the one that was taken last is the one that brought the code.
    const row = others.reduce((last, other) => ((other.sent_at ?? 0) >= (last.sent_at ?? 0) ? other : last), first);
    if (row.sent_at !== null) watch.verified(row.lane, row.sent_at);
    countPrefixes(row, limits, now);
  };
}
