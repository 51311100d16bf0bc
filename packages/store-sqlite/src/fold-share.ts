import type { Counted, Fold } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Quotas } from './quotas.ts';

/**
 * How much of a lane is claimed whose messages can be folded. `together`: all of it is one message. While more waits than
 * the quotas let out within the fold's patience, all of their room but one send is used as ever, and the last is for the rest.
 */
export type FoldShare = (
  lane: number,
  fold: Fold,
  quotas: readonly Counted[],
  room: number,
  now: number,
) => { readonly most: number; readonly together: boolean };

export function openFoldShare(db: Database, quotas: Quotas): FoldShare {
  const count = db.prepare<[number, number], { waiting: number }>(
    'SELECT count(*) AS waiting FROM (SELECT 1 FROM deliveries WHERE lane = ? AND state = 2 LIMIT ?)',
  );
  return (lane, { most, patienceMs }, known, room, now) => {
    const soon = quotas.soon(lane, known, patienceMs, now);
    const isCrowd = room > 0 && soon < Number.POSITIVE_INFINITY && (count.get(lane, soon + 1)?.waiting ?? 0) > soon;
    if (!isCrowd) return { most: room, together: false };
    return room > 1 ? { most: room - 1, together: false } : { most, together: true };
  };
}
