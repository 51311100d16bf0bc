import { conversionDrop, conversionSpans, notificationIdAt } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { type Conversions, minuteOf } from './conversions.ts';
import type { Effects } from './effects.ts';
import type { SearchTerm } from './search-terms.ts';

/** Counts for each account what became of its codes, and tells when fewer than usual are verified. */
export interface ConversionWatch {
  /** An account has sent a code that is to be verified. */
  sent(lane: number, delivery: number, at: number): void;
  /** A code that an account sent then was verified. */
  verified(lane: number, sentAt: number): void;
  /** Too few codes to numbers that begin alike were verified, so that their limit forbids one more. */
  stopped(prefix: number, now: number): void;
}

interface AboutRow {
  readonly notification: number;
  readonly salt: number;
  readonly project: number;
  readonly lane: number;
}

/** One event about the same thing in this time. */
const silenceMinutes = 60;

export function openConversionWatch(
  db: Database,
  term: SearchTerm,
  effects: Effects,
  conversions: Conversions,
): ConversionWatch {
  const lastUse = db.prepare<[number], { delivery: number }>(
    'SELECT delivery FROM quota_uses WHERE key = ? ORDER BY at DESC LIMIT 1',
  );
  const about = db.prepare<[number], AboutRow>(
    `SELECT d.notification, d.project, d.lane, n.salt FROM deliveries d JOIN notifications n ON n.key = d.notification
     WHERE d.key = ?`,
  );
  const told = db.prepare<[number, number], { minute: number }>(
    'SELECT minute FROM conversions WHERE key = ? AND minute > ? AND told = 1 LIMIT 1',
  );
  const tell = db.prepare<[number, number]>(
    'INSERT INTO conversions (key, minute, told) VALUES (?, ?, 1) ON CONFLICT (key, minute) DO UPDATE SET told = 1',
  );
  /** The minute in which each account was looked at last: once in each is enough. */
  const lookedAt = new Map<number, number>();

  const keyOf = (lane: number) => term(lane, 'conversion', 'account');

  const raise = (
    key: number,
    delivery: number,
    said: { readonly code: string; readonly detail: string },
    now: number,
  ) => {
    const minute = minuteOf(now);
    if (told.get(key, minute - silenceMinutes) !== undefined) return;
    const row = about.get(delivery);
    if (row === undefined) return;
    tell.run(key, minute);
    const { notification, salt, project, lane } = row;
    const where = { project, notification, notificationId: notificationIdAt(notification, salt), lane };
    effects.post({ type: 'account.conversion_dropped', at: now, ...where, ...said });
  };

  const look = (key: number, delivery: number, now: number) => {
    const end = now - conversionSpans.ripeMs;
    const start = end - conversionSpans.recentMs;
    const before = conversions.between(key, start - conversionSpans.beforeMs, start);
    const detail = conversionDrop(conversions.between(key, start, end), before);
    if (detail !== null) raise(key, delivery, { code: 'account_conversion', detail }, now);
  };

  return {
    sent(lane, delivery, at) {
      const key = keyOf(lane);
      conversions.sent(key, at);
      effects.code(lane, 'sent');
      if (lookedAt.get(lane) === minuteOf(at)) return;
      lookedAt.set(lane, minuteOf(at));
      look(key, delivery, at);
    },
    verified(lane, sentAt) {
      if (conversions.verified(keyOf(lane), sentAt)) effects.code(lane, 'verified');
    },
    stopped(prefix, now) {
      const last = lastUse.get(prefix);
      if (last === undefined) return;
      const detail =
        'too few codes to numbers that begin like the one of this notification were verified: no more are sent';
      raise(prefix, last.delivery, { code: 'prefix_conversion', detail }, now);
    },
  };
}
