import { randomUUIDv7 } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Outbox, Reader } from '@posthorn/core';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { openLanes } from './lanes.ts';
import { type Migration, migrate } from './migrate.ts';
import { openOutbox } from './outbox.ts';
import { takeOwnership } from './owner.ts';
import { openProjects, type Project } from './projects.ts';
import { openReader } from './reader.ts';
import { searchTerms } from './search-terms.ts';

export interface StoreOptions {
  /** The database file; its folder is the data directory and must be there. */
  readonly path: string;
  /** At least 32 bytes: the key of the hashes under which addresses, tags and metadata are found. */
  readonly searchKey: Buffer;
  readonly now: number;
}

/** An open store. The process owns its data directory until `close`. */
export interface Store {
  readonly outbox: Outbox;
  readonly reader: Reader;
  /** The project that exists from the first start. */
  readonly defaultProject: Project;
  /** Migrations that this start applied. */
  readonly migrated: readonly string[];
  /** Whether the store can be written right now; rejects with `StoreUnavailable` when not. */
  probe(): Promise<void>;
  close(): void;
}

/** `PHRN`, in the header of every store (sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x50_48_52_4e;
const largestCheckedBytes = 64 * 2 ** 20;
/** Below it SQLite can lose committed writes of a WAL database (sqlite.org/wal.html#walresetbug). */
const oldestSqlite = [3, 51, 3] as const;

/**
 * Opens the store, creating or migrating it. Rejects with one clear line when the file is not ours, is damaged, was
 * written by a newer version, or is in use by another process; nothing is ever recreated over an existing file.
 *
 * Leases of the process before us are rescued at the first tick: the data directory has one owner, so they are lost.
 */
export function openStore({ path, searchKey, now }: StoreOptions): Store {
  refuseForeignFile(path);
  const owner = takeOwnership(dirname(path));
  let db: Database;
  try {
    db = openDatabase(path);
  } catch (error) {
    owner.release();
    throw new Error(`the store ${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
  try {
    const migrated = migrate(db, readMigrations(), now);
    db.exec('UPDATE deliveries SET lease_until = 0 WHERE lease_until IS NOT NULL');
    const lanes = openLanes(db);
    const term = searchTerms(searchKey);
    const outbox = openOutbox(db, lanes, term);
    const projects = openProjects(db);
    return {
      outbox,
      reader: openReader(db, lanes, term),
      defaultProject: projects.ensure('default', `prj_${randomUUIDv7()}`, now),
      migrated,
      probe: () => outbox.renew({ leases: [], leaseMs: 0, now: 0 }),
      close() {
        outbox.close();
        db.pragma('wal_checkpoint(TRUNCATE)');
        db.close();
        owner.release();
      },
    };
  } catch (error) {
    db.close();
    owner.release();
    throw new Error(`the store ${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function openDatabase(path: string): Database {
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
  if (statSync(path).size <= largestCheckedBytes) {
    const [check] = db.pragma('quick_check(1)') as { quick_check: string }[];
    if (check?.quick_check !== 'ok') throw new Error(`it is damaged (${check?.quick_check}); restore a backup`);
  }
  return db;
}

/** Writes our mark into a new file and refuses a database of another program. */
function claimFile(db: Database): void {
  const mark = db.pragma('application_id', { simple: true });
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number };
  if (mark === applicationId) return;
  if (tables > 0) throw new Error('it is the database of another program; move it away');
  db.pragma(`application_id = ${applicationId}`);
}

/** SQLite would write its own header over an empty file and complain late about others: look first. */
function refuseForeignFile(path: string): void {
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

function readMigrations(): readonly Migration[] {
  const folder = new URL('../migrations/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }));
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const difference = least.map((part, place) => (parts[place] ?? 0) - part).find((delta) => delta !== 0);
  return (difference ?? 0) >= 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
