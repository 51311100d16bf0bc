import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutboxFixture } from '@posthorn/testkit';
import { openStore, type Store } from '../src/index.ts';

export const searchKey = Buffer.alloc(32, 7);
export const dawn = Date.UTC(2026, 0, 1);

/** An empty folder of its own for one test. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'posthorn-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function storeFile(folder: string): string {
  return join(folder, 'posthorn.db');
}

export function openStoreIn(folder: string, now = dawn): Store {
  return openStore({ path: storeFile(folder), searchKey, now });
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

export interface SqliteFixture extends OutboxFixture {
  /** Closes the store and removes its files. */
  close(): void;
}

/** The fixture of the outbox contract, on a real file. */
export function sqliteFixture(): SqliteFixture {
  let folder = temporaryFolder();
  let store = openStoreIn(folder.path);
  const stranger = store.ensureProject('stranger', dawn).key;
  const close = () => {
    store.close();
    folder.remove();
  };
  return {
    outbox: store.outbox,
    reader: store.reader,
    project: store.defaultProject.key,
    stranger,
    async reopen() {
      const image = crashImage(folder.path);
      close();
      folder = image;
      store = openStoreIn(folder.path);
      return store;
    },
    close,
  };
}
