import type { Logger } from './log.ts';
import { StoreUnavailable } from './outbox.ts';

/** How long to wait before something is offered again to a store that could not take it. */
export const storePauseMs = 1_000;

/** Writes down that the store is away; whoever calls tries again later. Any other error is a bug, and thrown on. */
export function noteStoreFault(log: Logger, error: unknown, during: string): void {
  if (!(error instanceof StoreUnavailable)) throw error;
  log.error(`the store cannot be used while ${during}`, { code: error.code });
}
