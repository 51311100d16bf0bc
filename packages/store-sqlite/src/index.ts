export { type BackupReport, backUp, type RestoreOptions, restore } from './backup.ts';
export { type EmbeddedStore, openStore, type Store } from './open.ts';
export type { StoreOptions } from './owned-store.ts';
export { StoreInUse } from './owner.ts';
export { openThreadedStore } from './thread/threaded-store.ts';
