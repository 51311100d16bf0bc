/** How often and how far apart a delivery is tried. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** The longest wait before the second attempt; it doubles with each further one. */
  readonly baseMs: number;
  readonly capMs: number;
}

/** A vendor's Retry-After is honoured within these bounds, however absurd it is. */
export const retryAfterBoundsMs = { least: 1_000, most: 24 * 3_600_000 } as const;

/** No policy waits longer between two attempts, whatever its cap. */
const longestBackoffMs = 24 * 3_600_000;

/** No delivery that will be tried again is ever more than this away from its next attempt. */
export const longestWaitMs = retryAfterBoundsMs.most + longestBackoffMs;

/**
 * The wait before the next attempt after `attempt` of them: full jitter, a uniform choice between 0 and the exponential
 * limit, so that deliveries that failed together do not come back together
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). `random` gives [0, 1).
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const limit = Math.min(longestBackoffMs, policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * limit);
}

/** What a vendor asked us to wait, within bounds; null when it asked for nothing that makes sense. */
export function clampRetryAfter(ms: number | null): number | null {
  if (ms === null || Number.isNaN(ms)) return null;
  return Math.min(Math.max(ms, retryAfterBoundsMs.least), retryAfterBoundsMs.most);
}
