import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { longestWaitMs, newProjectId, type Project } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openBallast } from './ballast.ts';
import { openFile } from './file.ts';
import { type Lanes, openLanes } from './lanes.ts';
import { type Migration, migrate } from './migrate.ts';
import { takeOwnership } from './owner.ts';
import { openPorts, type Ports } from './ports.ts';
import { openProjects } from './projects.ts';
import { lendToMigrations } from './sealing/plain-rows.ts';
import type { KeyRing } from './sealing/sealing-key.ts';
import type { Secrecy } from './sealing/secrecy.ts';
import { openVault } from './sealing/vault.ts';
import { digests, searchTerms } from './search-terms.ts';

export interface StoreOptions {
  /** The database file; its folder is the data directory and must be there. */
  readonly path: string;
  /** At least 32 bytes: the key of the hashes under which addresses, tags and metadata are found. */
  readonly searchKey: Uint8Array;
  /** What seals what is known of people. */
  readonly keys: KeyRing;
  readonly now: number;
}

/** A store without its readers, which may have a connection and a thread of their own. */
export interface OwnedStore {
  readonly db: Database;
  readonly lanes: Lanes;
  readonly secrecy: Secrecy;
  readonly ports: Ports;
  readonly defaultProject: Project;
  readonly firstPlace: number;
  readonly migrated: readonly string[];
  ensureProject(name: string, now: number): Project;
  probe(): Promise<void>;
  isBehind(): boolean;
  close(): void;
}

/**
 * Opens the store, creating or migrating it. Rejects with one clear line when the file is not ours, is damaged, was
 * written by a newer version, or is in use by another process; nothing is ever recreated over an existing file.
 *
 * Leases of the process before us are rescued at the first tick: the data directory has one owner, so they are lost.
 */
export function openOwnedStore({ path, searchKey, keys, now }: StoreOptions): OwnedStore {
  const owner = takeOwnership(dirname(path));
  let db: Database;
  try {
    db = openFile(path);
  } catch (error) {
    owner.release();
    throw new Error(`the store ${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
  try {
    const vault = openVault(db, keys, now);
    const secrecy: Secrecy = { term: searchTerms(searchKey), digest: digests(searchKey), vault };
    lendToMigrations(db, secrecy);
    const migrated = migrate(db, readMigrations(), now);
    db.exec('UPDATE deliveries SET lease_until = 0 WHERE lease_until IS NOT NULL');
    endImpossibleWaits(db, now);
    const ballast = openBallast(join(dirname(path), 'ballast'));
    ballast.make();
    const lanes = openLanes(db);
    const owned = openPorts(db, lanes, secrecy, ballast);
    const projects = openProjects(db);
    const ensureProject = (name: string, at: number) => projects.ensure(name, newProjectId(), at);
    return {
      db,
      lanes,
      secrecy,
      ports: owned.ports,
      probe: owned.probe,
      isBehind: owned.isBehind,
      defaultProject: ensureProject('default', now),
      ensureProject,
      firstPlace: firstFreePlace(db),
      migrated,
      close() {
        try {
          owned.close();
          db.pragma('wal_checkpoint(TRUNCATE)');
        } finally {
          db.close();
          owner.release();
        }
      },
    };
  } catch (error) {
    db.close();
    owner.release();
    throw new Error(`the store ${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * After the clock was set back what had to wait an hour would wait for days. What an operator has spread over time (it has
 * no attempts) or a caller has scheduled keeps its moment.
 */
function endImpossibleWaits(db: Database, now: number): void {
  db.prepare<{ now: number; latest: number }>(
    'UPDATE deliveries SET due_at = @now WHERE due_at > @latest AND (state = 6 OR (state = 5 AND attempts > 0))',
  ).run({ now, latest: now + longestWaitMs });
}

/** Also after the clock was set back no id may come twice. */
function firstFreePlace(db: Database): number {
  const { last } = db.prepare('SELECT max(key) AS last FROM deliveries').get() as { last: number | null };
  return last === null ? Number.NEGATIVE_INFINITY : last + 1;
}

function readMigrations(): readonly Migration[] {
  const folder = new URL('../migrations/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
