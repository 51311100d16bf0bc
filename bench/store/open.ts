import { hkdfSync } from 'node:crypto';
import type { NotificationQuery, NotificationSummary, Outbox, Project } from '@posthorn/core';
import { type KeyRing, openStore, openThreadedStore } from '@posthorn/store-sqlite';

/** A store without HTTP, as far as figures look into it. */
export interface OpenStore {
  readonly outbox: Outbox;
  readonly defaultProject: Project;
  /** Where the mint of its ids begins. */
  readonly firstPlace: number;
  notifications(query: NotificationQuery): Promise<readonly NotificationSummary[]>;
  close(): Promise<void>;
}

/** What a data directory of the bench holds as `posthorn.key`, so that the program and figures without HTTP open the same store. */
export const rootKey = Buffer.alloc(32, 1);

/** Drawn from it as `serve` does. */
function drawn(purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', rootKey, Buffer.alloc(0), `posthorn ${purpose}`, 32));
}

const sealing: KeyRing = [{ id: 'default', secret: drawn('sealing') }];

/** Opens the store in this file as `serve` opens it: every figure that measures one without HTTP comes through here. */
export async function open(path: string): Promise<OpenStore> {
  const { outbox, reader, defaultProject, firstPlace, close } = await openThreadedStore(optionsOf(path));
  return {
    outbox,
    defaultProject,
    firstPlace,
    notifications: async (query) => reader.notifications(query),
    close: async () => close(),
  };
}

/** Makes a project beside the default one in a store that is not open; gives the store's number of it. */
export function makeProject(path: string, name: string): number {
  const store = openStore(optionsOf(path));
  const { key } = store.ensureProject(name, Date.now());
  store.close();
  return key;
}

function optionsOf(path: string) {
  return { path, searchKey: drawn('search'), keys: sealing, now: Date.now() };
}
