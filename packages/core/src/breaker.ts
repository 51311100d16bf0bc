import type { OutcomeKind } from './outcome.ts';
import { assertNever } from './result.ts';

/**
 * An account's circuit breaker. It opens on a misconfiguration at once and after consecutive faults of the vendor; while
 * it is open what waits for the account is parked, not failed. After a while one probe goes through: its success closes
 * the breaker, its failure opens it for twice as long.
 */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'probing';
  /** When the next probe may go; meaningless while closed. */
  readonly probeAt: number;
  /** Consecutive faults. */
  readonly faults: number;
  /** Openings since the last success; they double the wait. */
  readonly openings: number;
}

export const closedBreaker: Breaker = { state: 'closed', probeAt: 0, faults: 0, openings: 0 };

const faultsToOpen = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** The breaker after an outcome. What is about one address or one message says nothing about the account. */
export function observe(
  breaker: Breaker,
  outcome: { readonly kind: OutcomeKind; readonly scope?: string },
  now: number,
): Breaker {
  switch (outcome.kind) {
    case 'accepted':
    case 'refused':
      return closedBreaker;
    case 'misconfigured':
      return opened(breaker, now);
    case 'deferred':
      return outcome.scope === 'account' ? faulty(breaker, now) : release(breaker);
    case 'uncertain':
      return faulty(breaker, now);
    default:
      return assertNever(outcome.kind);
  }
}

/** How many sends the breaker lets through now, of `want`. */
export function allowance(breaker: Breaker, want: number, now: number): number {
  if (breaker.state === 'closed') return want;
  return breaker.state === 'open' && now >= breaker.probeAt ? Math.min(want, 1) : 0;
}

/** The breaker while its probe is under way: nothing else goes through. */
export function probe(breaker: Breaker): Breaker {
  return breaker.state === 'open' ? { ...breaker, state: 'probing' } : breaker;
}

/** The probe said nothing about the account, or never left: the next delivery may probe. */
export function release(breaker: Breaker): Breaker {
  return breaker.state === 'probing' ? { ...breaker, state: 'open' } : breaker;
}

function faulty(breaker: Breaker, now: number): Breaker {
  const faults = breaker.faults + 1;
  if (breaker.state === 'closed' && faults < faultsToOpen) return { ...breaker, faults };
  return opened({ ...breaker, faults }, now);
}

function opened(breaker: Breaker, now: number): Breaker {
  if (breaker.state === 'open' && now < breaker.probeAt) return breaker;
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(breaker.openings, 16));
  return { state: 'open', probeAt: now + waitMs, faults: breaker.faults, openings: breaker.openings + 1 };
}
