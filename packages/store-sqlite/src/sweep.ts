import type { Database } from 'better-sqlite3';

/**
 * What was deleted is overwritten where it stood (`secure_delete`), and is still in the log beside the file until that is
 * folded in and cut off. Where SQLite has moved a row to another page before, its bytes may also be left in the old one until
 * the file is written anew.
 */
export interface Sweep {
  /** One is due once the transaction that calls this is on the disk; over a restart too. */
  owe(): void;
  /** Cuts the log off when that is due. Outside of a transaction. False while somebody still reads what it holds, as a backup does: it stays due. */
  run(): boolean;
  /** Writes the file anew when that is due and it is small. Outside of a transaction, and when nobody waits: it takes a moment. */
  rewrite(): void;
}

const logDue = 'sweep';
/** After a migration has taken plain texts out of tables: their bytes are in pages that are free now. */
const rewriteDue = 'rewrite';
/** After an erasure. */
const tidyDue = 'tidy';
/** Half a second of the store. A larger one is written anew by a backup that is restored. */
const largestTidied = 64 * 2 ** 20;

export function openSweep(db: Database): Sweep {
  const isDue = db.prepare<[string], { value: number }>('SELECT value FROM marks WHERE name = ?');
  const mark = db.prepare<[string]>('INSERT INTO marks (name, value) VALUES (?, 1) ON CONFLICT DO NOTHING');
  const unmark = db.prepare<[string]>('DELETE FROM marks WHERE name = ?');
  const cutLog = () => (db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[])[0]?.busy === 0;
  const writeAnew = (why: string) => {
    db.exec('VACUUM');
    if (cutLog()) unmark.run(why);
  };
  if (isDue.get(rewriteDue) !== undefined) writeAnew(rewriteDue);
  const size = () =>
    (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number);
  let due = isDue.get(logDue) !== undefined;
  return {
    owe() {
      mark.run(logDue);
      mark.run(tidyDue);
      due = true;
    },
    run() {
      if (!due) return true;
      if (!cutLog()) return false;
      unmark.run(logDue);
      due = false;
      return true;
    },
    rewrite() {
      if (isDue.get(tidyDue) !== undefined && size() <= largestTidied) writeAnew(tidyDue);
    },
  };
}
