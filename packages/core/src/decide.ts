import type { Guarantee } from './notification.ts';
import type { Outcome } from './outcome.ts';
import type { StrikePolicy } from './pruning.ts';
import type { LimitCode } from './quota.ts';
import { assertNever } from './result.ts';
import { clampRetryAfter, maxAttemptsOf, type RetryPolicy, retryWaitMs } from './retry.ts';

/** What happens to a delivery after an attempt. */
export type Settlement =
  | {
      readonly to: 'sent';
      readonly vendorId: string | null;
      readonly parts: number | null;
      /** Its receipts will name it by the vendor's id alone: it has to be found by that. */
      readonly traced?: true;
      /** Its address is alive, so what was counted against it is forgotten. */
      readonly absolves?: true;
      /** It brought a code that is verified here: what becomes of it is counted for its account. */
      readonly verifiable?: true;
    }
  /** Tried again at `at`; the attempt counts. */
  | ({ readonly to: 'retrying'; readonly at: number } & Again)
  /** Held back until `at`; the attempt does not count. */
  | ({ readonly to: 'parked'; readonly at: number } & Again)
  /** Held until its recipient's window opens at `at`; the attempt does not count, and its plan waits with it. */
  | ({ readonly to: 'scheduled'; readonly at: number } & Again)
  /** Handed to another account of the route at once; `spent` says whether the attempt counts. */
  | ({ readonly to: 'queued'; readonly spent: boolean } & Again)
  | ({ readonly to: 'failed'; readonly suppress?: AddressFault } & Told)
  | ({ readonly to: 'dead' | 'uncertain' | 'expired' | 'skipped' } & Told);

/** The vendor asks to stop using the address. */
export interface AddressFault {
  readonly strength: 'hard' | 'soft';
  /** What a hard one means: nothing arrives there, or its owner blocks us, as with a STOP that only the vendor heard. */
  readonly reason: 'bounced' | 'unsubscribed';
  /** What is shown of the address. */
  readonly masked: string;
  /** It is a strike, however strong, and so many of them keep the address from everything; left out where the strength decides. */
  readonly strikes?: StrikePolicy;
}

/** It goes on, on this account. */
interface Again extends Told {
  readonly account: string;
  /** The vendor has said that no earlier attempt arrived: the delivery is doubtful no more. */
  readonly cleared?: true;
}

interface Told {
  readonly code: string;
  readonly detail: string;
}

/** All that the decision depends on beside the outcome. */
export interface Decision {
  readonly now: number;
  /** Attempts spent so far, this one included. */
  readonly attempt: number;
  readonly retry: RetryPolicy;
  readonly guarantee: Guarantee;
  readonly onUncertain: 'retry' | 'hold';
  readonly expiresAt: number | null;
  /** The account that made the attempt. */
  readonly account: string;
  /** The next account of the route that could take it now; null when there is none. */
  readonly nextAccount: string | null;
  /** The account with which a later round over the route begins. */
  readonly firstAccount: string;
  /** The vendor can be asked what became of an attempt. */
  readonly asks: boolean;
  /** An earlier attempt may have arrived. */
  readonly doubtful: boolean;
  /** When a delivery that this outcome parks may come back. */
  readonly parkedUntil: number;
  /** Full jitter, [0, 1). */
  readonly random: () => number;
}

/** A vendor may learn late what became of a last attempt: after all tries it is asked this often still. */
export const furtherLookUps = 3;

/**
 * The heart: outcome → settlement. Pure and total, and held by a table test.
 *
 * Another account is tried at once only when the message was surely not sent. What has to wait beyond its expiry is not
 * kept alive for it: it ends `expired` now.
 */
export function decide(outcome: Outcome, facts: Decision): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      return { to: 'sent', vendorId: outcome.vendorId, parts: outcome.parts ?? null };
    case 'refused':
      return { to: 'failed', code: outcome.code, detail: outcome.detail };
    case 'deferred':
      return decideDeferred(outcome, facts);
    case 'misconfigured':
      return facts.nextAccount === null
        ? later('parked', facts.parkedUntil, facts.firstAccount, outcome, facts)
        : { to: 'queued', account: facts.nextAccount, spent: false, code: outcome.code, detail: outcome.detail };
    case 'uncertain':
      return decideUncertain(outcome, facts);
    default:
      return assertNever(outcome);
  }
}

function decideDeferred(outcome: Extract<Outcome, { kind: 'deferred' }>, facts: Decision): Settlement {
  if (facts.attempt >= maxAttemptsOf(facts.retry)) return { to: 'dead', code: outcome.code, detail: outcome.detail };
  const movesOn = outcome.scope === 'account' || outcome.elsewhere === true;
  if (movesOn && facts.nextAccount !== null) {
    return { to: 'queued', account: facts.nextAccount, spent: true, code: outcome.code, detail: outcome.detail };
  }
  const account = movesOn ? facts.firstAccount : facts.account;
  return retryLater(outcome, clampRetryAfter(outcome.retryAfterMs), account, facts);
}

/** Whether a delivery may be sent again although an earlier attempt may have arrived. */
export function mayRepeat({ guarantee, onUncertain }: Pick<Decision, 'guarantee' | 'onUncertain'>): boolean {
  return guarantee === 'at-least-once' && onUncertain === 'retry';
}

/** A look-up that brings no answer ends here like the attempt that it asks about, and counts like one: so they come to an end. */
function decideUncertain({ code, detail }: Told, facts: Decision): Settlement {
  const { attempt, asks, retry } = facts;
  const tries = mayRepeat(facts) && attempt < maxAttemptsOf(retry);
  const looksUp = asks && attempt < maxAttemptsOf(retry) + furtherLookUps;
  if (!tries && !looksUp) return { to: 'uncertain', code, detail };
  // The same account again: only there can the vendor be asked, or recognise our key and drop the second copy.
  return retryLater({ code, detail }, null, facts.account, { ...facts, doubtful: true });
}

/** A claimed delivery that a quota of its account forbids to send before `until`: another account at once, else later. */
export function decideOverQuota(until: number, facts: Decision): Settlement {
  const told = { code: 'quota', detail: 'the account has sent as much of this as its vendor allows for now' };
  if (facts.nextAccount !== null) return { to: 'queued', account: facts.nextAccount, spent: false, ...told };
  return later('parked', until, facts.firstAccount, told, facts);
}

const limitDetails: Readonly<Record<LimitCode, string>> = {
  rate_limited: 'as much was sent to this address, or to addresses like it, as the limits of the gateway allow for now',
  budget_exhausted: 'the budget of the hour or the day is used up',
};

/** A claimed delivery that a limit of its channel forbids to send before `until`: no other account may send it either. */
export function decideOverLimit(code: LimitCode, until: number, facts: Decision): Settlement {
  return later('parked', until, facts.firstAccount, { code, detail: limitDetails[code] }, facts);
}

/** A delivery whose recipient's window opens at `at`. */
export function decideOutsideWindow(
  at: number,
  facts: Pick<Decision, 'account' | 'expiresAt' | 'doubtful'>,
): Settlement {
  const detail = 'its recipient gets such messages at certain hours only';
  return later('scheduled', at, facts.account, { code: 'outside_window', detail }, facts);
}

/** A vendor's own wait is the least; the jitter on top keeps deliveries that were told the same from coming back together. */
function retryLater(outcome: Told, askedMs: number | null, account: string, facts: Decision): Settlement {
  const wait = retryWaitMs(facts.retry, facts.attempt, askedMs, facts.random);
  return later('retrying', facts.now + wait, account, outcome, facts);
}

function later(
  to: 'retrying' | 'parked' | 'scheduled',
  at: number,
  account: string,
  outcome: Told,
  facts: Pick<Decision, 'expiresAt' | 'doubtful'>,
): Settlement {
  const { code, detail } = outcome;
  // Too late to try again does not make what may have arrived unsent: the truth stays "nobody knows".
  if (facts.expiresAt !== null && at >= facts.expiresAt)
    return { to: facts.doubtful ? 'uncertain' : 'expired', code, detail };
  return { to, at, account, code, detail };
}
