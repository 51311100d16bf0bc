import { hash } from 'node:crypto';
import { available, type Bucket, type Clock, spend, waitMs } from '@posthorn/core';
import type { Authenticate } from './auth.ts';
import { HttpProblem } from './problems.ts';
import { retryAfter } from './retry-after.ts';

/**
 * Lets every valid key make so many requests a second on average, and no more than a second's worth at once. Keys that are
 * not valid leave no trace, so nobody can fill the memory with them.
 */
export function ratedKeys(authenticate: Authenticate, perSecond: number, clock: Clock): Authenticate {
  const burst = Math.max(1, perSecond);
  const buckets = new Map<string, Bucket>();
  return (authorization) => {
    const caller = authenticate(authorization);
    const now = clock.now();
    const key = hash('sha256', authorization ?? '', 'base64');
    const bucket = buckets.get(key) ?? { perSecond, burst, tokens: burst, at: now };
    if (available(bucket, 1, now) === 0) {
      const wait = waitMs(bucket, now);
      throw new HttpProblem('rate_limited', 'this key has made all the requests that it may make for now', {
        headers: retryAfter(now + wait, now),
      });
    }
    buckets.set(key, spend(bucket, 1, now));
    return caller;
  };
}
