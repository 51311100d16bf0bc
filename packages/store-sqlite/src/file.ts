import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import SqliteDatabase, { type Database } from 'better-sqlite3';

/** `PHRN`, in the header of every store (sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x50_48_52_4e;
const largestCheckedBytes = 64 * 2 ** 20;
/** Below it SQLite can lose committed writes of a WAL database (sqlite.org/wal.html#walresetbug). */
const oldestSqlite = [3, 51, 3] as const;

/** The file may hold names and numbers of people: only its owner may read it. SQLite gives its companions the same mode. */
const ownerOnly = 0o600;
const headerBytes = 100;
const idOffset = 68;

/**
 * Opens the file of a store, new or old, with everything said that its durability depends on. Throws when it is damaged
 * or belongs to another program; then not a byte of it has changed.
 */
export function openFile(path: string): Database {
  if (existsSync(path)) refuseForeignFile(path);
  else closeSync(openSync(path, 'wx', ownerOnly));
  // The one writer never meets a lock of its own; a backup from outside may hold one for a moment.
  const db = new SqliteDatabase(path, { timeout: 50 });
  try {
    prepare(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: Database, path: string): void {
  const version = db.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  if (!isAtLeast(version.version, oldestSqlite))
    throw new Error(`SQLite ${version.version} is too old: it can lose commits`);
  if (!isOurs(db)) db.pragma(`application_id = ${applicationId}`);
  db.pragma('journal_mode = WAL');
  // A file that is opened again falls back to NORMAL, which can lose commits on power loss: FULL is said on every open.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  // What is deleted is deleted: its bytes are overwritten, also in pages that become free.
  db.pragma('secure_delete = ON');
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -65536');
  db.pragma('journal_size_limit = 67108864');
  db.pragma('wal_autocheckpoint = 4000');
  // Reading a large file through would hold up the start; there SQLite finds damage when it meets it.
  if (statSync(path).size <= largestCheckedBytes) checkWhole(db);
}

/** Whether a store of Posthorn wrote this database. */
export function isOurs(db: Database): boolean {
  return db.pragma('application_id', { simple: true }) === applicationId;
}

/** Reads the database through; throws when a page is damaged. */
export function checkWhole(db: Database): void {
  const [check] = db.pragma('quick_check(1)') as { quick_check: string }[];
  if (check?.quick_check === 'ok') return;
  // SQLite's findings have several lines; ours is one.
  throw new Error(`it is damaged (${check?.quick_check.replaceAll(/\s+/g, ' ')}); restore a backup`);
}

/** Looks at a file without SQLite's hands on it: opening it for writing could already fold its log into it. */
function refuseForeignFile(path: string): void {
  const header = readHeader(path);
  if (header.length === 0) return;
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new Error('it is not a store of Posthorn (no SQLite header). Move it away or restore a backup');
  }
  const mark = header.length < headerBytes ? 0 : header.readUInt32BE(idOffset);
  if (mark === applicationId || (mark === 0 && isEmpty(path))) return;
  throw new Error('it is the database of another program. Move it away');
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, 'r');
  try {
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}

function isEmpty(path: string): boolean {
  const db = new SqliteDatabase(path, { readonly: true });
  try {
    return db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
  } finally {
    db.close();
  }
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const difference = least.map((part, place) => (parts[place] ?? 0) - part).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}
