import { available, type Bucket, type Clock, spend, waitMs } from '@posthorn/core';
import type { Authenticate, Caller } from './auth.ts';
import { HttpProblem } from './problems.ts';
import { retryAfter } from './retry-after.ts';

/** Most requests a second on average, and no more than a second's worth at once; null for any number. */
export interface CallerRates {
  /** Of each key. A key's own rate can only be lower. */
  readonly perKeyPerSecond: number | null;
  /** Of all keys of a project together. */
  readonly perProjectPerSecond: number | null;
}

/**
 * Lets callers make so many requests. What is refused by one rate is not counted by the other. Keys that are not valid leave
 * no trace, so nobody can fill the memory with them.
 */
export function ratedCallers(authenticate: Authenticate, rates: CallerRates, clock: Clock): Authenticate {
  const { perKeyPerSecond, perProjectPerSecond } = rates;
  const ofKeys = new WeakMap<Caller, Bucket>();
  const ofProjects = new Map<number, Bucket>();
  return (authorization, context) => {
    const caller = authenticate(authorization, context);
    const perKey = lower(perKeyPerSecond, caller.ratePerSecond);
    if (perKey === null && perProjectPerSecond === null) return caller;
    const now = clock.now();
    const ofKey = perKey === null ? null : (ofKeys.get(caller) ?? fullBucket(perKey, now));
    const project = caller.project.key;
    const ofProject =
      perProjectPerSecond === null ? null : (ofProjects.get(project) ?? fullBucket(perProjectPerSecond, now));
    refuseEmpty(ofKey, 'this key', now);
    refuseEmpty(ofProject, 'this project', now);
    if (ofKey !== null) ofKeys.set(caller, spend(ofKey, 1, now));
    if (ofProject !== null) ofProjects.set(project, spend(ofProject, 1, now));
    return caller;
  };
}

function lower(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function fullBucket(perSecond: number, now: number): Bucket {
  const burst = Math.max(1, perSecond);
  return { perSecond, burst, tokens: burst, at: now };
}

function refuseEmpty(bucket: Bucket | null, who: string, now: number): void {
  if (bucket === null || available(bucket, 1, now) > 0) return;
  throw new HttpProblem('rate_limited', `${who} has made all the requests that it may make for now`, {
    headers: retryAfter(now + waitMs(bucket, now), now),
  });
}
