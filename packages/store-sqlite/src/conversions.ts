import type { Conversion } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** Reads what became of codes, by the minute in which they were sent. */
export interface ConversionCounts {
  /** Of the codes that were sent from one moment until before the other, in whole minutes: both are rounded down. */
  between(key: number, from: number, to: number): Conversion;
}

export interface Conversions extends ConversionCounts {
  /** One more code was sent at this moment. */
  sent(key: number, at: number): void;
  /** Takes that back. */
  unsent(key: number, at: number): void;
  /** One of the codes that were sent at this moment was verified; false when none of them is known. */
  verified(key: number, at: number): boolean;
}

const minuteMs = 60_000;

export function minuteOf(at: number): number {
  return Math.floor(at / minuteMs);
}

export function openConversionCounts(db: Database): ConversionCounts {
  const sum = db.prepare<[number, number, number], Conversion>(
    `SELECT coalesce(sum(sent), 0) AS sent, coalesce(sum(verified), 0) AS verified FROM conversions
     WHERE key = ? AND minute >= ? AND minute < ?`,
  );
  return { between: (key, from, to) => sum.get(key, minuteOf(from), minuteOf(to)) as Conversion };
}

export function openConversions(db: Database): Conversions {
  const add = db.prepare<[number, number]>(
    `INSERT INTO conversions (key, minute, sent) VALUES (?, ?, 1)
     ON CONFLICT (key, minute) DO UPDATE SET sent = sent + 1`,
  );
  const subtract = db.prepare<[number, number]>('UPDATE conversions SET sent = sent - 1 WHERE key = ? AND minute = ?');
  // What was told twice, or of a code that was not counted when it left, never makes more of them verified than there were.
  const verify = db.prepare<[number, number]>(
    'UPDATE conversions SET verified = verified + 1 WHERE key = ? AND minute = ? AND verified < sent',
  );
  return {
    ...openConversionCounts(db),
    sent: (key, at) => void add.run(key, minuteOf(at)),
    unsent: (key, at) => void subtract.run(key, minuteOf(at)),
    verified: (key, at) => verify.run(key, minuteOf(at)).changes > 0,
  };
}
