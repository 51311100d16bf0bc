import { blindMs, type Checked, codeTries } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** Answers for handles without a code as if they had one that nobody knows. */
export interface BlindTries {
  reject(handle: string, now: number): Checked;
}

export function openBlindTries(db: Database): BlindTries {
  const count = db.prepare<{ handle: string; now: number; until: number; most: number }, { tries: number }>(
    `INSERT INTO blind_tries (handle, tries, until) VALUES (@handle, 1, @until)
     ON CONFLICT (handle) DO UPDATE SET
       tries = CASE WHEN until <= @now THEN 1 ELSE min(tries + 1, @most) END,
       until = CASE WHEN until <= @now THEN @until ELSE until END
     RETURNING tries`,
  );
  return {
    reject(handle, now) {
      const counted = count.get({ handle, now, until: now + blindMs, most: codeTries + 1 });
      if (counted === undefined) throw new Error('a try was not counted');
      const { tries } = counted;
      return tries > codeTries
        ? { status: 'locked', attemptsLeft: 0 }
        : { status: 'rejected', attemptsLeft: codeTries - tries };
    },
  };
}
