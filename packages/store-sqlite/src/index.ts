export { openStore, type Store, type StoreOptions } from './open.ts';
export type { Project } from './projects.ts';
