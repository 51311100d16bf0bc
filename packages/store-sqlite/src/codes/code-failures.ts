import { addressFailures } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** Counts wrong tries against addresses. */
export interface CodeFailures {
  add(addresses: readonly string[], now: number): void;
  /** When it is worth asking again, if one of the addresses has as many as it may have; null when none has. */
  blockedUntil(addresses: readonly string[], now: number): number | null;
}

export const hourMs = 3_600_000;

export function openCodeFailures(db: Database): CodeFailures {
  const count = db.prepare<[string, number]>(
    `INSERT INTO code_failures (address, hour, failures) VALUES (?, ?, 1)
     ON CONFLICT (address, hour) DO UPDATE SET failures = failures + 1`,
  );
  const counted = db.prepare<[string, number], { failures: number | null; first: number }>(
    'SELECT sum(failures) AS failures, min(hour) AS first FROM code_failures WHERE address = ? AND hour > ?',
  );
  const hourOf = (at: number) => Math.floor(at / hourMs);
  return {
    add(addresses, now) {
      for (const address of addresses) count.run(address, hourOf(now));
    },
    blockedUntil(addresses, now) {
      const blocks = addresses.flatMap((address) => {
        const { failures, first } = counted.get(address, hourOf(now) - addressFailures.hours) ?? { failures: null };
        return failures !== null && failures >= addressFailures.most ? [(first + addressFailures.hours) * hourMs] : [];
      });
      return blocks.length === 0 ? null : Math.max(...blocks);
    },
  };
}
