import type { AccessReader, Project, Reader } from '@posthorn/core';
import { openAccessReader } from './access-reads.ts';
import { openOwnedStore, type StoreOptions } from './owned-store.ts';
import type { Ports } from './ports.ts';
import { openReader } from './reader.ts';

/** An open store. The process owns its data directory until `close`. */
export interface Store extends Ports {
  readonly reader: Reader;
  readonly accessReader: AccessReader;
  /** The project that exists from the first start. */
  readonly defaultProject: Project;
  /** The first place on the line of ids that is free: where the mint of this store's notifications begins. */
  readonly firstPlace: number;
  /** Migrations that this start applied. */
  readonly migrated: readonly string[];
  /** Whether the store can be written right now; rejects with `StoreUnavailable` when not. */
  probe(): Promise<void>;
  /** Whether so much waits to be written that nothing new should be begun. */
  isBehind(): boolean;
  /** Commits what waits, folds the log into the file and gives the data directory back. */
  close(): void | Promise<void>;
}

/** A store in the thread of its user. */
export interface EmbeddedStore extends Store {
  /** The project of this name; made if there is none. */
  ensureProject(name: string, now: number): Project;
  close(): void;
}

/** Opens a store as `openOwnedStore` does, with its readers on the same connection. */
export function openStore(options: StoreOptions): EmbeddedStore {
  const { db, lanes, secrecy, ports, ...owned } = openOwnedStore(options);
  const { defaultProject, firstPlace, migrated, ensureProject, probe, isBehind, close } = owned;
  return {
    ...ports,
    probe,
    isBehind,
    reader: openReader(db, lanes, secrecy),
    accessReader: openAccessReader(db),
    defaultProject,
    firstPlace,
    migrated,
    ensureProject,
    close,
  };
}
