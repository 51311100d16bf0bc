import type { Claimed, Quota } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { SearchTerm } from './search-terms.ts';

/** Counts what is sent through accounts whose vendors have quotas, in the transaction that claims it. */
export interface Quotas {
  /** How many deliveries may be claimed as far as the quotas of the whole account go. */
  room(lane: number, quotas: readonly Quota[], now: number): number;
  /** Counts a claimed delivery; or, when a quota forbids it, counts nothing and says until when. */
  use(lane: number, quotas: readonly Quota[], delivery: Claimed, now: number): number | null;
}

/** `term` hashes with the store's key: what is counted together is often a number of a person. */
export function openQuotas(db: Database, term: SearchTerm): Quotas {
  /** The moment of the nth newest use within a window: where the window is full, it opens when that use has left it. */
  const nth = db.prepare<[number, number, number], { at: number }>(
    'SELECT at FROM quota_uses WHERE key = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?',
  );
  const count = db.prepare<[number, number], { uses: number }>(
    'SELECT count(*) AS uses FROM quota_uses WHERE key = ? AND at > ?',
  );
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO quota_uses (key, at, delivery) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );

  const keyOf = (lane: number, { per, field, kinds }: Quota, delivery: Claimed | null): number => {
    const content = delivery?.content as Readonly<Record<string, unknown>> | null | undefined;
    const told = field === undefined ? null : (content?.[field] ?? null);
    return term(lane, 'quota', JSON.stringify([per, kinds, field, told, per === 'address' ? delivery?.address : null]));
  };

  const opensAt = (key: number, { windows }: Quota, now: number): number =>
    windows.reduce((latest, { most, ms }) => {
      const full = nth.get(key, now - ms, most - 1);
      return full === undefined ? latest : Math.max(latest, full.at + ms);
    }, now);

  return {
    room(lane, quotas, now) {
      return quotas.filter(isOfAll).reduce((room, quota) => {
        const key = keyOf(lane, quota, null);
        const left = quota.windows.map(({ most, ms }) => most - (count.get(key, now - ms)?.uses ?? 0));
        return Math.max(0, Math.min(room, ...left));
      }, Number.POSITIVE_INFINITY);
    },
    use(lane, quotas, delivery, now) {
      const counted = quotas
        .filter(({ kinds }) => kinds === undefined || kinds.includes(delivery.kind))
        .map((quota) => ({ quota, key: keyOf(lane, quota, delivery) }));
      const until = counted.reduce((latest, { quota, key }) => Math.max(latest, opensAt(key, quota, now)), now);
      if (until > now) return until;
      for (const { key } of counted) insert.run(key, now, delivery.delivery);
      return null;
    },
  };
}

/** A quota that does not ask what is sent: nothing is claimed beyond it, so that nothing is claimed in vain. */
function isOfAll({ per, field, kinds }: Quota): boolean {
  return per === 'account' && field === undefined && kinds === undefined;
}
