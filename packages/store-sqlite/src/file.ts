import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import SqliteDatabase, { type Database } from 'better-sqlite3';

/** `PHRN`, in the header of every store (sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x50_48_52_4e;
const largestCheckedBytes = 64 * 2 ** 20;
/** Below it SQLite can lose committed writes of a WAL database (sqlite.org/wal.html#walresetbug). */
const oldestSqlite = [3, 51, 3] as const;

/** Opens the file of a store, new or old, with everything said that its durability depends on. */
export function openFile(path: string): Database {
  // The one writer never meets a lock of its own; a backup from outside may hold one for a moment.
  const db = new SqliteDatabase(path, { timeout: 50 });
  const version = db.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  if (!isAtLeast(version.version, oldestSqlite))
    throw new Error(`SQLite ${version.version} is too old: it can lose commits`);
  claimFile(db);
  db.pragma('journal_mode = WAL');
  // A file that is opened again falls back to NORMAL, which can lose commits on power loss: FULL is said on every open.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -65536');
  db.pragma('journal_size_limit = 67108864');
  // Reading a large file through would hold up the start; there SQLite finds damage when it meets it.
  if (statSync(path).size <= largestCheckedBytes) checkWhole(db);
  return db;
}

/** Whether a store of Posthorn wrote this database. */
export function isOurs(db: Database): boolean {
  return db.pragma('application_id', { simple: true }) === applicationId;
}

/** Reads the database through; throws when a page is damaged. */
export function checkWhole(db: Database): void {
  const [check] = db.pragma('quick_check(1)') as { quick_check: string }[];
  if (check?.quick_check !== 'ok') throw new Error(`it is damaged (${check?.quick_check}); restore a backup`);
}

/** Writes our mark into a new file and refuses a database of another program. */
function claimFile(db: Database): void {
  if (isOurs(db)) return;
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number };
  if (tables > 0) throw new Error('it is the database of another program; move it away');
  db.pragma(`application_id = ${applicationId}`);
}

/** SQLite would write its own header over an empty file and complain late about others: look first. */
export function refuseForeignFile(path: string): void {
  if (!existsSync(path)) return;
  const head = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    const read = readSync(file, head, 0, 16, 0);
    if (read > 0 && head.toString('latin1') !== 'SQLite format 3\0') {
      throw new Error(
        `${path} is not a store of Posthorn (no SQLite header); it is left as it is. Move it away or restore a backup`,
      );
    }
  } finally {
    closeSync(file);
  }
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const difference = least.map((part, place) => (parts[place] ?? 0) - part).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}
