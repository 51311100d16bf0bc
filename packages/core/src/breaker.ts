import type { OutcomeKind } from './outcome.ts';
import { assertNever } from './result.ts';
import { clampRetryAfter } from './retry.ts';

/**
 * An account's circuit breaker. It opens at once on a misconfiguration and when the vendor asks the whole account to
 * wait, and after consecutive faults; while it is open what waits for the account is parked, not failed. After a while
 * one probe goes through: its failure opens the breaker for twice as long, its success closes it, and the account takes
 * up its work slowly: two at a time, then four, then eight.
 */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'probing';
  /** When the next probe may go; meaningless while closed. */
  readonly probeAt: number;
  /** Consecutive faults. */
  readonly faults: number;
  /** Openings since the last success; they double the wait. */
  readonly openings: number;
  /** Sends that may begin before the next outcome, while a closed breaker recovers; Infinity when it has. */
  readonly credit: number;
}

export const closedBreaker: Breaker = {
  state: 'closed',
  probeAt: 0,
  faults: 0,
  openings: 0,
  credit: Number.POSITIVE_INFINITY,
};

const faultsToOpen = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Each success of a recovering account lets two more begin, so that what is under way doubles with every round. */
const creditOfSuccess = 2;
const recoveredCredit = 64;
const longestAsideMs = 600_000;

/** The breaker after an outcome. What is about one address or one message says nothing about the account. */
export function observe(
  breaker: Breaker,
  outcome: { readonly kind: OutcomeKind; readonly scope?: string; readonly retryAfterMs?: number | null },
  now: number,
): Breaker {
  switch (outcome.kind) {
    case 'accepted':
    case 'refused':
      return healthy(breaker);
    case 'misconfigured':
      return opened(breaker, now, null);
    case 'deferred':
      if (outcome.scope !== 'account') return release(breaker);
      return faulty(breaker, now, clampRetryAfter(outcome.retryAfterMs ?? null));
    case 'uncertain':
      return outcome.scope === 'address' ? release(breaker) : faulty(breaker, now, null);
    default:
      return assertNever(outcome.kind);
  }
}

/** How many sends the breaker lets through now, of `want`. */
export function allowance(breaker: Breaker, want: number, now: number): number {
  if (breaker.state === 'closed') return Math.min(want, breaker.credit);
  return breaker.state === 'open' && now >= breaker.probeAt ? Math.min(want, 1) : 0;
}

/** The breaker after `count` sends that it let through at `now` have begun: a probe lets nothing else through beside it. */
export function begin(breaker: Breaker, count: number, now: number): Breaker {
  if (count === 0) return breaker;
  if (breaker.state === 'closed') return { ...breaker, credit: Math.max(0, breaker.credit - count) };
  // One that opened while these were being claimed has let no probe through.
  return breaker.state === 'open' && now >= breaker.probeAt ? { ...breaker, state: 'probing' } : breaker;
}

/** What had begun said nothing about the account, or never left: another may go in its place. */
export function release(breaker: Breaker): Breaker {
  return breaker.state === 'probing' ? { ...breaker, state: 'open' } : { ...breaker, credit: breaker.credit + 1 };
}

/**
 * When a delivery that opened the breaker may come back. Its next turn is after the next two probes at least, and later
 * each time it was given back before: a delivery that is itself the fault must not always be the probe that fails.
 */
export function stepAside(breaker: Breaker, timesBefore: number, now: number): number {
  const probeAt = Math.max(now, breaker.probeAt);
  const aside = (2 * (probeAt - now) + firstWaitMs) * 2 ** Math.min(timesBefore, 16);
  return probeAt + Math.min(aside, longestAsideMs);
}

function healthy(breaker: Breaker): Breaker {
  if (breaker.state !== 'closed') return { ...closedBreaker, credit: creditOfSuccess };
  const credit = breaker.credit + creditOfSuccess;
  return credit >= recoveredCredit ? closedBreaker : { ...closedBreaker, credit };
}

function faulty(breaker: Breaker, now: number, askedMs: number | null): Breaker {
  const faults = breaker.faults + 1;
  if (breaker.state === 'closed' && faults < faultsToOpen && askedMs === null)
    return { ...breaker, faults, credit: breaker.credit + 1 };
  return opened({ ...breaker, faults }, now, askedMs);
}

/** `askedMs` is how long the vendor asked us to wait: no probe goes before, however short our own wait would be. */
function opened(breaker: Breaker, now: number, askedMs: number | null): Breaker {
  const askedAt = now + (askedMs ?? 0);
  if (breaker.state === 'open' && now < breaker.probeAt)
    return { ...breaker, probeAt: Math.max(breaker.probeAt, askedAt) };
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(breaker.openings, 16));
  return { ...breaker, state: 'open', probeAt: Math.max(now + waitMs, askedAt), openings: breaker.openings + 1 };
}
