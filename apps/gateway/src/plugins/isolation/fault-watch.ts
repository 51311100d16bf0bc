import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@posthorn/core';

const running = new AsyncLocalStorage<string>();

/** Runs what belongs to a plugin: whatever it leaves behind (a timer, a stream, a promise) is known by this name from then on. */
export function asPlugin<Result>(name: string, work: () => Result): Result {
  return running.run(name, work);
}

/** Runs what is ours, though a plugin asked for it. */
export function asGateway<Result>(work: () => Result): Result {
  return running.exit(work);
}

/** What the process lends the watch. */
export interface WatchedProcess {
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  off(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
}

/**
 * Errors that nobody waits for end a Node process. One that a plugin left behind is a line in the log instead; every
 * other one is a bug of ours and ends the process as before, by `crash`.
 */
export function watchFaults(process: WatchedProcess, log: Logger, crash: (error: unknown) => void): () => void {
  const judge = (error: unknown) => {
    const plugin = running.getStore();
    if (plugin === undefined) crash(error);
    else asGateway(() => log.error('a plugin threw where nobody waits for it', { plugin, ...faultOf(error) }));
  };
  process.on('uncaughtException', judge);
  return () => void process.off('uncaughtException', judge);
}

/** What may be logged of a stranger's error: its kind and where it was thrown. Its message may have an address in it. */
export function faultOf(error: unknown): { readonly error: string; readonly place: string | null } {
  try {
    if (!(error instanceof Error)) return { error: `not an error, a ${typeof error}`, place: null };
    const [, place = null] = /^\s+at .*?([^\s(]+:\d+:\d+)\)?$/m.exec(String(error.stack)) ?? [];
    return { error: String(error.name).slice(0, 100), place: place?.slice(0, 300) ?? null };
  } catch {
    return { error: 'an error that cannot be read', place: null };
  }
}
