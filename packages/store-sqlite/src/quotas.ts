import { type Counted, isBudget, isLimit, type Limit, type Quota } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { spanOf } from './budget-span.ts';
import type { ConversionWatch } from './conversion-watch.ts';
import type { Conversions } from './conversions.ts';
import type { Countable, QuotaCounts, Tally } from './quota-counts.ts';

/** What forbids to send a delivery: until when, and the limit that does the longest; null when it is a vendor's quota. */
export interface Forbidden {
  readonly until: number;
  readonly limit: Limit | null;
}

/** Counts what is sent, in the transaction that claims or accepts it: the quotas of vendors, and the limits of the operator. */
export interface Quotas {
  /** How many deliveries may be claimed as far as the quotas of the whole account go. */
  room(lane: number, counted: readonly Counted[], now: number): number;
  /** How many deliveries may leave from now until `withinMs` later, as far as those go. */
  soon(lane: number, counted: readonly Counted[], withinMs: number, now: number): number;
  /** Counts a delivery; or, when something forbids it, counts nothing and says so. */
  use(counted: readonly Counted[], delivery: Countable, now: number): Forbidden | null;
  /** Where `use` has counted it among the codes of its prefix; null when it has not. */
  prefixOf(counted: readonly Counted[], delivery: Countable, now: number): number | null;
  /** Takes back what `use` has counted at this moment. */
  giveBack(counted: readonly Counted[], delivery: Countable, now: number): void;
}

export function openQuotas(
  db: Database,
  counts: QuotaCounts,
  conversions: Conversions,
  watch: Pick<ConversionWatch, 'stopped'>,
): Quotas {
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO quota_uses (key, at, delivery) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const remove = db.prepare<[number, number, number]>(
    'DELETE FROM quota_uses WHERE key = ? AND at = ? AND delivery = ?',
  );
  const addToDay = db.prepare<[number, number, number]>(
    `INSERT INTO quota_days (key, day, used) VALUES (?, ?, ?)
     ON CONFLICT (key, day) DO UPDATE SET used = used + excluded.used`,
  );

  const spend = ({ key, by }: Tally, { key: delivery, parts }: Countable, now: number) => {
    if (isBudget(by)) addToDay.run(key, spanOf(by, now).day, parts);
    else insert.run(key, now, delivery);
    if (isMeasured(by)) conversions.sent(key, now);
  };

  /** What every window of them has left, and what it opens again for meanwhile. */
  const left = (lane: number, counted: readonly Counted[], withinMs: number, now: number): number =>
    counted.filter(isOfAll).reduce((least, quota) => {
      const key = counts.laneKey(lane, quota);
      const windows = quota.windows.map(
        ({ most, ms }) => most - counts.usedSince(key, now - ms) + most * Math.floor(withinMs / ms),
      );
      return Math.max(0, Math.min(least, ...windows));
    }, Number.POSITIVE_INFINITY);

  return {
    room: (lane, counted, now) => left(lane, counted, 0, now),
    soon: left,
    use(counted, delivery, now) {
      const tallies = counts.talliesOf(counted, delivery, now);
      let forbidden: Forbidden = { until: now, limit: null };
      for (const tally of tallies) {
        const until = counts.opensAt(tally, delivery, now);
        if (until > now && isMeasured(tally.by)) watch.stopped(tally.key, now);
        if (until > forbidden.until) forbidden = { until, limit: isLimit(tally.by) ? tally.by : null };
      }
      if (forbidden.until > now) return forbidden;
      for (const tally of tallies) spend(tally, delivery, now);
      return null;
    },
    prefixOf: (counted, delivery, now) => counts.talliesOf(counted.filter(isMeasured), delivery, now)[0]?.key ?? null,
    giveBack(counted, delivery, now) {
      for (const { key, by } of counts.talliesOf(counted, delivery, now)) {
        if (isBudget(by)) addToDay.run(key, spanOf(by, now).day, -delivery.parts);
        else remove.run(key, now, delivery.key);
        if (isMeasured(by)) conversions.unsent(key, now);
      }
    },
  };
}

/** A limit that asks what becomes of codes. */
function isMeasured(by: Counted): boolean {
  return by.per === 'prefix' && by.unlessVerified !== undefined;
}

/** A quota that does not ask what is sent: nothing is claimed beyond it, so that nothing is claimed in vain. */
function isOfAll(counted: Counted): counted is Quota {
  return counted.per === 'account' && counted.field === undefined && counted.kinds === undefined;
}
