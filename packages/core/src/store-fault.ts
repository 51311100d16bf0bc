import type { Logger } from './log.ts';

const storeFaults = {
  storage_full: 'the disk of the store is full',
  storage_unavailable: 'the store cannot be reached',
  overloaded: 'more waits to be stored than the disk takes in good time',
} as const;
export type StoreFault = keyof typeof storeFaults;

/** The store cannot write or read now. The cause says why; `code` is what the API answers. */
export class StoreUnavailable extends Error {
  readonly code: StoreFault;
  constructor(code: StoreFault, cause?: unknown) {
    super(storeFaults[code], { cause });
    this.name = 'StoreUnavailable';
    this.code = code;
  }
}

/** How long to wait before something is offered again to a store that could not take it. */
export const storePauseMs = 1_000;

/** Writes down that the store is away; whoever calls tries again later. Any other error is a bug, and thrown on. */
export function noteStoreFault(log: Logger, error: unknown, during: string): void {
  if (!(error instanceof StoreUnavailable)) throw error;
  log.error(`the store cannot be used while ${during}`, { code: error.code });
}
