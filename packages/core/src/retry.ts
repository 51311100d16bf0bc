/** How often and how far apart a delivery is tried: waits that double, or a published list of them. */
export type RetryPolicy = Backoff | Schedule;

/** Full jitter: a uniform choice between 0 and an exponential limit, so that what failed together does not come back together. */
export interface Backoff {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** The longest wait before the second attempt; it doubles with each further one. */
  readonly baseMs: number;
  readonly capMs: number;
}

/** Fixed waits; a delivery has one attempt more than there are waits. */
export interface Schedule {
  /** The wait before the second attempt, before the third, and so on. */
  readonly waitsMs: readonly number[];
  /** The share of a wait by which it may be longer or shorter: 0.2 for a fifth. */
  readonly jitter: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** The schedule that Standard Webhooks 1.0.0 advises: ten attempts over some three days. */
export const standardWebhooksSchedule: Schedule = {
  waitsMs: [
    5 * secondMs,
    5 * minuteMs,
    30 * minuteMs,
    2 * hourMs,
    5 * hourMs,
    10 * hourMs,
    14 * hourMs,
    20 * hourMs,
    24 * hourMs,
  ],
  jitter: 0.2,
};

/** A vendor's Retry-After is honoured within these bounds, however absurd it is. */
export const retryAfterBoundsMs = { least: 1_000, most: 24 * 3_600_000 } as const;

/** No policy waits longer between two attempts, but for the jitter of a schedule. */
const longestBackoffMs = 24 * hourMs;

/** No delivery that will be tried again is ever more than this away from its next attempt. */
export const longestWaitMs = retryAfterBoundsMs.most + longestBackoffMs;

/** Attempts in all, the first included. */
export function maxAttemptsOf(policy: RetryPolicy): number {
  return 'waitsMs' in policy ? policy.waitsMs.length + 1 : policy.maxAttempts;
}

/**
 * The wait before the next attempt after `attempt` of them. `askedMs` is what the vendor asked for: never less than that,
 * and with jitter on top, since others were asked the same. `random` gives [0, 1).
 */
export function retryWaitMs(
  policy: RetryPolicy,
  attempt: number,
  askedMs: number | null,
  random: () => number,
): number {
  if (!('waitsMs' in policy)) return (askedMs ?? 0) + backoffMs(policy, attempt, random);
  const { waitsMs, jitter } = policy;
  // Look-ups may go on a little after the last attempt: then the last wait stays.
  const wait = waitsMs[Math.min(attempt, waitsMs.length) - 1] ?? 0;
  const chance = random();
  return Math.round(Math.max(wait * (1 + jitter * (2 * chance - 1)), (askedMs ?? 0) * (1 + jitter * chance)));
}

/** Full jitter (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). */
function backoffMs(policy: Backoff, attempt: number, random: () => number): number {
  const limit = Math.min(longestBackoffMs, policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * limit);
}

/** What a vendor asked us to wait, within bounds; null when it asked for nothing that makes sense. */
export function clampRetryAfter(ms: number | null): number | null {
  if (ms === null || Number.isNaN(ms)) return null;
  return Math.min(Math.max(ms, retryAfterBoundsMs.least), retryAfterBoundsMs.most);
}

/** More attempts than this are no retries but a loop, and the ids of attempts must last for what is parked as well. */
const mostAttempts = 1_000;

/** What is wrong with a channel's policy; a plugin's may be anything. */
export function retryFaults(policy: unknown): readonly string[] {
  const given: Readonly<Record<string, unknown>> = { ...(policy as object | null) };
  const fixed = ['waitsMs', 'jitter'].some((key) => key in given);
  const doubling = ['maxAttempts', 'baseMs', 'capMs'].some((key) => key in given);
  if (fixed === doubling) return ['retry must have either maxAttempts, baseMs and capMs, or waitsMs and jitter'];
  return fixed ? scheduleFaults(given) : backoffFaults(given);
}

function backoffFaults({ maxAttempts, baseMs, capMs }: Readonly<Record<string, unknown>>): readonly string[] {
  const faults = [
    ...(isWithin(maxAttempts, 1, mostAttempts)
      ? []
      : [`retry.maxAttempts must be a whole number, 1 to ${mostAttempts}`]),
    ...(isWithin(baseMs, 1, longestBackoffMs)
      ? []
      : ['retry.baseMs must be a whole number of milliseconds, 1 to 24 hours']),
    ...(isWithin(capMs, 1, longestBackoffMs)
      ? []
      : ['retry.capMs must be a whole number of milliseconds, 1 to 24 hours']),
  ];
  const isLess = faults.length === 0 && (capMs as number) < (baseMs as number);
  return isLess ? ['retry.capMs must not be less than retry.baseMs'] : faults;
}

function scheduleFaults({ waitsMs, jitter }: Readonly<Record<string, unknown>>): readonly string[] {
  const isList = Array.isArray(waitsMs) && waitsMs.length >= 1 && waitsMs.length < mostAttempts;
  const isSane = isList && waitsMs.every((wait) => isWithin(wait, 0, longestBackoffMs));
  const isShare = typeof jitter === 'number' && jitter >= 0 && jitter < 1;
  return [
    ...(isSane ? [] : ['retry.waitsMs must list at least one wait, in whole milliseconds, 0 to 24 hours each']),
    ...(isShare ? [] : ['retry.jitter must be a share of the wait, from 0 to below 1']),
  ];
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}
