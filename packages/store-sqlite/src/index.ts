export { type BackupReport, backUp, type RestoreOptions, restore } from './backup.ts';
export { openStore, type Store, type StoreOptions } from './open.ts';
export type { Project } from './projects.ts';
