import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';

/** The lock on a data directory. It dies with the process, however the process dies. */
export interface Ownership {
  release(): void;
}

/**
 * Takes the data directory for this process. The lock is the operating system's lock on a small database of its own, held
 * by an open exclusive transaction: unlike a file with a process id in it, nothing stale can stay behind. Throws when
 * another process has it.
 */
export function takeOwnership(directory: string): Ownership {
  const lock = new SqliteDatabase(join(directory, 'posthorn.lock'), { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new Error(
      `another Posthorn is running on ${directory}: stop it, or give this one a data directory of its own (POSTHORN_DATA_DIR)`,
      { cause: error },
    );
  }
  return { release: () => lock.close() };
}
