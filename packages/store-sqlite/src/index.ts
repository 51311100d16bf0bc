export { type BackupReport, backUp, type RestoreOptions, restore } from './backup.ts';
export { type EmbeddedStore, openStore, type Store } from './open.ts';
export type { StoreOptions } from './owned-store.ts';
export { StoreInUse } from './owner.ts';
export type { KeyRing, SealingKey } from './sealing/sealing-key.ts';
export { openThreadedStore } from './thread/threaded-store.ts';
