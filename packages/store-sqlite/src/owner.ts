import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';

/** The lock on a data directory. It dies with the process, however the process dies. */
export interface Ownership {
  release(): void;
}

/** Another process has the data directory. */
export class StoreInUse extends Error {}

/** Locks that are held. A lock that nobody refers to would be closed by the garbage collector, and be free while we run. */
const held = new Set<Database>();

/**
 * Takes the data directory for this process. The lock is the operating system's lock on a small database of its own, held
 * by an open exclusive transaction: unlike a file with a process id in it, nothing stale can stay behind. Throws when
 * another process has it: `StoreInUse`.
 */
export function takeOwnership(directory: string): Ownership {
  const path = join(directory, 'posthorn.lock');
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const lock = new SqliteDatabase(path, { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isBusy(error))
      throw new StoreInUse(
        `the data directory ${directory} is in use by another process: another Posthorn is running there. Stop it, or give this one a directory of its own (POSTHORN_DATA_DIR)`,
        { cause: error },
      );
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the data directory ${directory} cannot be locked: ${reason}`, { cause: error });
  }
  held.add(lock);
  return {
    release() {
      held.delete(lock);
      lock.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
