import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeFixture, OutboxFixture } from '@posthorn/testkit';
import { type EmbeddedStore, type KeyRing, openStore, openThreadedStore, type Store } from '../src/index.ts';

export const searchKey = Buffer.alloc(32, 7);
export const keys: KeyRing = [{ id: 'first', secret: Buffer.alloc(32, 8) }];
export const dawn = Date.UTC(2026, 0, 1);

/** An empty folder of its own for one test. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'posthorn-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function storeFile(folder: string): string {
  return join(folder, 'posthorn.db');
}

export function openStoreIn(folder: string, now = dawn, ring = keys): EmbeddedStore {
  return openStore({ path: storeFile(folder), searchKey, keys: ring, now });
}

/** What the disk holds at this moment, and a process that was killed would leave: a copy of the files as they are. */
function crashImage(folder: string): ReturnType<typeof temporaryFolder> {
  const image = temporaryFolder();
  for (const suffix of ['', '-wal']) {
    const file = `${storeFile(folder)}${suffix}`;
    if (existsSync(file)) copyFileSync(file, `${storeFile(image.path)}${suffix}`);
  }
  return image;
}

interface Closed {
  /** Closes the store and removes its files. */
  close(): Promise<void>;
}

export interface StoreFixture extends OutboxFixture, Closed {
  readonly codes: Store['codes'];
}
export interface CodeStoreFixture extends CodeFixture, Closed {}

/** The two ways in which a store can be run. */
export const waysToOpen = {
  embedded: (folder: string): Promise<Store> => Promise.resolve(openStoreIn(folder)),
  threaded: (folder: string): Promise<Store> =>
    openThreadedStore({ path: storeFile(folder), searchKey, keys, now: dawn }),
} as const;

/** The fixture of the outbox contract, on a real file. */
export async function storeFixture(open: (folder: string) => Promise<Store>): Promise<StoreFixture> {
  let folder = temporaryFolder();
  const before = openStoreIn(folder.path);
  const stranger = before.ensureProject('stranger', dawn).key;
  before.close();
  let store = await open(folder.path);
  const close = async () => {
    await store.close();
    folder.remove();
  };
  return {
    outbox: store.outbox,
    codes: store.codes,
    reader: store.reader,
    project: store.defaultProject.key,
    stranger,
    async reopen() {
      const image = crashImage(folder.path);
      await close();
      folder = image;
      store = await open(folder.path);
      return store;
    },
    close,
  };
}

/** The fixture of the contract of codes, on a real file. */
export async function codeFixture(open: (folder: string) => Promise<Store>): Promise<CodeStoreFixture> {
  let folder = temporaryFolder();
  let store = await open(folder.path);
  const close = async () => {
    await store.close();
    folder.remove();
  };
  return {
    codes: store.codes,
    async reopen() {
      const image = crashImage(folder.path);
      await close();
      folder = image;
      store = await open(folder.path);
      return store.codes;
    },
    close,
  };
}
