import type { Access, AccessReader, Outbox, Reader } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openAccessReader } from '../src/access-reads.ts';
import { openFile } from '../src/file.ts';
import { openLanes } from '../src/lanes.ts';
import { openPorts } from '../src/ports.ts';
import { openReader } from '../src/reader.ts';
import { openVault } from '../src/sealing/vault.ts';
import { digests, searchTerms } from '../src/search-terms.ts';
import { dawn, keys, openStoreIn, searchKey, storeFile, temporaryFolder } from './temporary-store.ts';

/** An outbox whose database a test may look into and lay hands on. */
export interface BareOutbox {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly access: Access;
  readonly reader: Reader;
  readonly accessReader: AccessReader;
  readonly project: number;
  /** Every statement that was prepared, also for readers' queries. */
  readonly statements: ReadonlySet<string>;
  probe(): Promise<void>;
  /** Commits what waits and takes nothing more; the database stays open. */
  end(): void;
  close(): void;
}

export function bareOutbox(): BareOutbox {
  const folder = temporaryFolder();
  const made = openStoreIn(folder.path);
  const project = made.defaultProject.key;
  made.close();
  const db = openFile(storeFile(folder.path));
  const statements = new Set<string>();
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    statements.add(sql);
    return prepare(sql);
  }) as typeof db.prepare;
  const lanes = openLanes(db);
  const vault = openVault(db, keys, dawn);
  const secrecy = { term: searchTerms(searchKey), digest: digests(searchKey), vault };
  const { ports, probe, close: end } = openPorts(db, lanes, secrecy);
  return {
    db,
    outbox: ports.outbox,
    access: ports.access,
    reader: openReader(db, lanes, secrecy),
    accessReader: openAccessReader(db),
    project,
    statements,
    probe,
    end,
    close() {
      end();
      db.close();
      folder.remove();
    },
  };
}
