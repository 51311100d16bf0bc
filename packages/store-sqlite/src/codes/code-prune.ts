import { addressFailures } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { hourMs } from './code-failures.ts';

/** Forgets codes whose time has long been over; `reduce` takes away the texts of their messages, in which they can be read. */
export function openCodePrune(
  db: Database,
  reduce: (notifications: readonly number[]) => void,
): (before: number, limit: number) => boolean {
  const aged = db.prepare<{ before: number; limit: number }, { key: number; handles: string }>(
    'SELECT key, handles FROM codes WHERE expires_at <= @before ORDER BY expires_at LIMIT @limit',
  );
  const remove = db.prepare<[number]>('DELETE FROM codes WHERE key = ?');
  const removeHandle = db.prepare<[string, number]>('DELETE FROM code_handles WHERE name = ? AND code = ?');
  const failures = db.prepare<{ hour: number; limit: number }>(
    `DELETE FROM code_failures WHERE (address, hour) IN
       (SELECT address, hour FROM code_failures WHERE hour <= @hour ORDER BY hour LIMIT @limit)`,
  );
  const blind = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM blind_tries WHERE handle IN
       (SELECT handle FROM blind_tries WHERE until <= @before ORDER BY until LIMIT @limit)`,
  );
  return (before, limit) => {
    const codes = aged.all({ before, limit });
    for (const { key, handles } of codes) {
      for (const name of JSON.parse(handles) as readonly string[]) removeHandle.run(name, key);
      remove.run(key);
    }
    reduce(codes.map(({ key }) => key));
    const hour = Math.floor(before / hourMs) - addressFailures.hours;
    const counts = failures.run({ hour, limit }).changes;
    return [codes.length, counts, blind.run({ before, limit }).changes].includes(limit);
  };
}
