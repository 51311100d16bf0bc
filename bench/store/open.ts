import type { NotificationQuery, NotificationSummary, Outbox, Project } from '@posthorn/core';
import { openStore, openThreadedStore } from '@posthorn/store-sqlite';

/** A store without HTTP, as far as figures look into it. */
export interface OpenStore {
  readonly outbox: Outbox;
  readonly defaultProject: Project;
  /** Where the mint of its ids begins. */
  readonly firstPlace: number;
  notifications(query: NotificationQuery): Promise<readonly NotificationSummary[]>;
  close(): Promise<void>;
}

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
  return { path, searchKey: Buffer.alloc(32, 1), now: Date.now() };
}
