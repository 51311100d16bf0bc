import type { Database } from 'better-sqlite3';

/** The highest numbers that were ever given out, so that none comes twice when the rows that had them are forgotten. */
export interface Marks {
  /** The highest number of a table's column, whether its row is still there or not; 0 when there never was one. */
  highest(table: 'events', column: 'sequence'): number;
  /** Keeps it; called by whoever is about to remove rows. */
  keep(table: 'events', column: 'sequence'): void;
}

export function openMarks(db: Database): Marks {
  const find = db.prepare<[string], { value: number }>('SELECT value FROM marks WHERE name = ?');
  const set = db.prepare<[string, number]>(
    'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const largest = (table: string, column: string) =>
    (db.prepare(`SELECT max(${column}) AS value FROM ${table}`).get() as { value: number | null }).value ?? 0;
  const highest: Marks['highest'] = (table, column) => Math.max(largest(table, column), find.get(table)?.value ?? 0);
  return { highest, keep: (table, column) => void set.run(table, highest(table, column)) };
}
