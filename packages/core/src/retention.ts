import type { Clock } from './clock.ts';
import { codeKeptMs } from './codes.ts';
import type { Logger } from './log.ts';
import type { Outbox } from './outbox.ts';
import { StoreUnavailable } from './store-fault.ts';

/** How long things are kept after a notification was accepted; what is still open is kept longer. */
export interface RetentionPolicy {
  readonly contentMs: number;
  readonly metadataMs: number;
  readonly idempotencyMs: number;
}

/** Rows of each sort in one step: small enough that nobody waits for it (a few milliseconds of the store). */
const stepLimit = 200;
const restMs = 60_000;
/** No vendor's quota looks further back than this. */
const longestQuotaMs = 31 * 24 * 3_600_000;
/** No vendor reports later. */
const longestTraceMs = 31 * 24 * 3_600_000;
/** Between steps of a long purge the store is left to others. */
const breathMs = 50;

/** Purges in the background, a small step at a time. The returned function stops it. */
export function startRetention(outbox: Outbox, policy: RetentionPolicy, clock: Clock, log: Logger): () => void {
  let cancel = clock.after(restMs, () => void step());
  let stopped = false;

  const step = async (): Promise<void> => {
    let wait = restMs;
    try {
      const now = clock.now();
      const { more, resealed } = await outbox.prune({
        contentBefore: now - policy.contentMs,
        metadataBefore: now - policy.metadataMs,
        idempotencyBefore: now - policy.idempotencyMs,
        quotaBefore: now - longestQuotaMs,
        codesBefore: now - codeKeptMs,
        tracesBefore: now - longestTraceMs,
        limit: stepLimit,
      });
      if (more) wait = breathMs;
      if (resealed) log.info('all of the store is sealed with the first key of encryption.keys: the others may go');
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn('what has outlived its retention could not be purged now', { code: error.code });
    }
    if (!stopped) cancel = clock.after(wait, () => void step());
  };

  return () => {
    stopped = true;
    cancel();
  };
}
