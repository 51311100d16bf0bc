import {
  type Budget,
  type Counted,
  converts,
  counts,
  isBudget,
  isLimit,
  type Kind,
  type Limit,
  type Quota,
  type SendLimit,
  type SourceNetwork,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { spanOf } from './budget-span.ts';
import { openConversionCounts } from './conversions.ts';
import type { SearchTerm } from './search-terms.ts';

/** What decides where a delivery counts, and how much. */
interface Counting {
  readonly project: number;
  readonly channel: string;
  readonly lane: number;
  readonly address: string;
  readonly kind: Kind;
  readonly content: unknown;
  readonly parts: number;
  /** Who asked for it; left out when nobody said, and when it is claimed. */
  readonly source?: SourceNetwork | undefined;
}

/** A delivery that counts. */
export interface Countable extends Counting {
  readonly key: number;
  /** Its notification, and how many deliveries that one has: their keys follow its own. */
  readonly notification: number;
  readonly deliveries: number;
}

/** One of the counts that a delivery is part of, and what it must not exceed. */
export interface Tally {
  readonly key: number;
  readonly by: Counted;
}

/** How full a window, or the span of a budget, is. */
interface Fill {
  readonly most: number;
  readonly used: number;
  /** When there is room again; null while there is some. */
  readonly opensAt: number | null;
}

/** Reads what was counted. Readers use it on a connection of their own. */
export interface QuotaCounts {
  /** Where the delivery counts, under these. */
  talliesOf(counted: readonly Counted[], delivery: Counting, now: number): readonly Tally[];
  /** The number of all that a lane sends under a quota that asks nothing else. */
  laneKey(lane: number, quota: Quota): number;
  usedSince(key: number, since: number): number;
  /** When a delivery was counted; null when it was not, since then. */
  usedAt(key: number, delivery: number, since: number): number | null;
  /**
   * When a delivery may be sent as far as this tally goes: `now` if it may. A limit keeps people from too many messages, so
   * what an earlier step of the same notification has counted is no hindrance: this one is there because that did not
   * arrive. What leaves at the same moment is of one step, and counts.
   */
  opensAt(tally: Tally, delivery: Countable, now: number): number;
  /** One for each window. */
  fillsOf(tally: Tally, parts: number, now: number): readonly Fill[];
}

/** `term` hashes with the store's key: what is counted together is often a number of a person. */
export function openQuotaCounts(db: Database, term: SearchTerm): QuotaCounts {
  /** The moment of the nth newest use within a window: where the window is full, it opens when that use has left it. */
  const nth = db.prepare<[number, number, number], { at: number }>(
    'SELECT at FROM quota_uses WHERE key = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?',
  );
  const nthOfOthers = db.prepare<[number, number, number, number, number, number, number], { at: number }>(
    `SELECT at FROM quota_uses WHERE key = ? AND at > ? AND (delivery = ? OR delivery NOT BETWEEN ? AND ? OR at = ?)
     ORDER BY at DESC LIMIT 1 OFFSET ?`,
  );
  const count = db.prepare<[number, number], { uses: number }>(
    'SELECT count(*) AS uses FROM quota_uses WHERE key = ? AND at > ?',
  );
  const used = db.prepare<[number, number, number], { at: number }>(
    'SELECT at FROM quota_uses WHERE key = ? AND at >= ? AND delivery = ? LIMIT 1',
  );
  const conversions = openConversionCounts(db);
  const ofDay = db.prepare<[number, number], { used: number }>('SELECT used FROM quota_days WHERE key = ? AND day = ?');

  const usedSince = (key: number, since: number) => count.get(key, since)?.uses ?? 0;

  /** Whether a full window is no hindrance, since enough of what is in it has been verified. */
  const isConverting = ({ key, by }: Tally, ms: number, now: number) =>
    by.per === 'prefix' &&
    by.unlessVerified !== undefined &&
    converts(conversions.between(key, now - ms, Number.MAX_SAFE_INTEGER), by.unlessVerified);

  const windowFill = (tally: Tally, { most, ms }: Quota['windows'][number], now: number): Fill => {
    const full = nth.get(tally.key, now - ms, most - 1);
    const opensAt = full === undefined || isConverting(tally, ms, now) ? null : full.at + ms;
    return { most, used: usedSince(tally.key, now - ms), opensAt };
  };

  const budgetFill = (key: number, budget: Budget, parts: number, now: number): Fill => {
    const { most } = budget;
    const { day, end } = spanOf(budget, now);
    const used = ofDay.get(key, day)?.used ?? 0;
    return { most, used, opensAt: used + parts > most ? end : null };
  };

  return {
    usedSince,
    usedAt: (key, delivery, since) => used.get(key, since, delivery)?.at ?? null,
    talliesOf: (counted, delivery, now) =>
      counted
        .filter((by) => counts(by, delivery.kind) && (by.per !== 'source' || delivery.source !== undefined))
        .map((by) => ({ key: isLimit(by) ? limitKey(term, by, delivery, now) : quotaKey(term, by, delivery), by })),
    laneKey: (lane, quota) => quotaKey(term, quota, { lane, address: '', content: null }),
    opensAt(tally, { key: delivery, notification, deliveries, parts }, now) {
      const { key, by } = tally;
      if (isBudget(by)) return budgetFill(key, by, parts, now).opensAt ?? now;
      const last = notification + deliveries - 1;
      return by.windows.reduce((latest, { most, ms }) => {
        const full = isLimit(by)
          ? nthOfOthers.get(key, now - ms, delivery, notification, last, now, most - 1)
          : nth.get(key, now - ms, most - 1);
        return full === undefined || isConverting(tally, ms, now) ? latest : Math.max(latest, full.at + ms);
      }, now);
    },
    fillsOf(tally, parts, now) {
      const { key, by } = tally;
      if (isBudget(by)) return [budgetFill(key, by, parts, now)];
      return by.windows.map((window) => windowFill(tally, window, now));
    },
  };
}

function quotaKey(
  term: SearchTerm,
  { per, field, kinds }: Quota,
  { lane, address, content }: Pick<Counting, 'lane' | 'address' | 'content'>,
): number {
  const told = field === undefined ? null : ((content as Readonly<Record<string, unknown>> | null)?.[field] ?? null);
  return term(lane, 'quota', JSON.stringify([per, kinds, field, told, per === 'address' ? address : null]));
}

function limitKey(term: SearchTerm, limit: Limit, delivery: Counting, now: number): number {
  const { project, channel } = delivery;
  if (isBudget(limit)) {
    const { per, timezone } = limit;
    const of = per === 'day' ? timezone : spanOf(limit, now).hour;
    return term(project, 'limit', JSON.stringify([channel, per, of]));
  }
  const { per, digits, kinds } = limit;
  return term(project, 'limit', JSON.stringify([channel, per, digits, kinds, ofWhat(limit, delivery)]));
}

/** What a limit counts together. */
function ofWhat({ per, digits }: SendLimit, { address, source }: Counting): string | undefined {
  if (per === 'source') return source;
  return per === 'prefix' ? address.replaceAll(/\D/g, '').slice(0, digits) : address;
}
