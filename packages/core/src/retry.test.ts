import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from './channel.ts';
import { defineChannel } from './channel.ts';
import {
  type Backoff,
  clampRetryAfter,
  maxAttemptsOf,
  type RetryPolicy,
  retryAfterBoundsMs,
  retryFaults,
  retryWaitMs,
  standardWebhooksSchedule,
} from './retry.ts';

const policy: Backoff = { maxAttempts: 8, baseMs: 1_000, capMs: 30_000 };
/** The largest number below one, which is what chance may come to at most. */
const nearlyOne = () => 1 - Number.EPSILON / 2;

describe('waits that double', () => {
  it('doubles its limit with every attempt, up to the cap', () => {
    const limits = [1, 2, 3, 4, 5, 6, 7, 100, 5_000].map((attempt) => retryWaitMs(policy, attempt, null, nearlyOne));
    expect(limits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('waits a day at most, whatever the cap', () => {
    const endless = { maxAttempts: 100, baseMs: 1_000, capMs: Number.MAX_SAFE_INTEGER };
    expect(retryWaitMs(endless, 50, null, nearlyOne)).toBe(86_400_000);
  });

  it('is a uniform choice between nothing and the limit', () => {
    expect(retryWaitMs(policy, 3, null, () => 0)).toBe(0);
    expect(retryWaitMs(policy, 3, null, () => 0.25)).toBe(1_000);
  });

  it('is a whole number of milliseconds between 0 and the cap, whatever the policy', () => {
    fc.assert(
      fc.property(
        fc.record({ maxAttempts: fc.nat(), baseMs: fc.nat(86_400_000), capMs: fc.nat(86_400_000) }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (any, attempt, chance) => {
          const wait = retryWaitMs(any, attempt, null, () => chance);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(any.capMs);
        },
      ),
    );
  });
});

describe('clampRetryAfter', () => {
  const { least, most } = retryAfterBoundsMs;
  it.each([
    [null, null],
    [Number.NaN, null],
    [0, least],
    [-1, least],
    [Number.NEGATIVE_INFINITY, least],
    [999, least],
    [1_000, 1_000],
    [90_000, 90_000],
    [most, most],
    [most + 1, most],
    [1e12, most],
    [Number.POSITIVE_INFINITY, most],
  ])('%s becomes %s', (given, expected) => {
    expect(clampRetryAfter(given)).toBe(expected);
  });
});

const seconds = (...values: readonly number[]) => values.map((value) => value * 1_000);
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const schedules = fc.record({
  waitsMs: fc.array(fc.oneof(fc.nat(1_000), fc.nat(86_400_000)), { minLength: 1, maxLength: 20 }),
  jitter: fc.double({ min: 0, max: 0.99, noNaN: true }),
});

describe('a schedule', () => {
  it('of Standard Webhooks tries at once, after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h', () => {
    const published = seconds(5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400);
    const waits = (chance: number) =>
      published.map((_wait, at) => retryWaitMs(standardWebhooksSchedule, at + 1, null, () => chance));
    expect(maxAttemptsOf(standardWebhooksSchedule)).toBe(10);
    expect(waits(0.5)).toEqual(published);
    expect(waits(0)).toEqual(published.map((wait) => wait * 0.8));
    expect(waits(nearlyOne())).toEqual(published.map((wait) => wait * 1.2));
  });

  it('keeps every wait within its jitter, in whole milliseconds, for as long as it is asked', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 30 }), chances, (schedule, attempt, chance) => {
        const wait = retryWaitMs(schedule, attempt, null, () => chance);
        const stated = schedule.waitsMs[Math.min(attempt, schedule.waitsMs.length) - 1] ?? Number.NaN;
        expect(Number.isInteger(wait)).toBe(true);
        expect(Math.abs(wait - stated)).toBeLessThanOrEqual(stated * schedule.jitter + 1);
        expect(retryFaults(schedule)).toEqual([]);
      }),
    );
  });
});

it('no policy waits less than the vendor asked for', () => {
  const doubling = fc.record({ maxAttempts: fc.nat(), baseMs: fc.nat(86_400_000), capMs: fc.nat(86_400_000) });
  const policies: fc.Arbitrary<RetryPolicy> = fc.oneof(doubling, schedules);
  fc.assert(
    fc.property(
      policies,
      fc.integer({ min: 1, max: 30 }),
      fc.nat(86_400_000),
      chances,
      (any, attempt, asked, chance) => {
        expect(retryWaitMs(any, attempt, asked, () => chance)).toBeGreaterThanOrEqual(asked);
      },
    ),
  );
});

describe('nonsense', () => {
  const base = { maxAttempts: 3, baseMs: 1, capMs: 1 };
  const fixed = { waitsMs: [0, 1], jitter: 0 };
  it.each<[unknown, RegExp]>([
    [null, /either maxAttempts, baseMs and capMs, or waitsMs and jitter/],
    [{}, /either/],
    [{ ...base, jitter: 0.2 }, /either/],
    [{ ...base, maxAttempts: 0 }, /retry.maxAttempts/],
    [{ ...base, maxAttempts: 2.5 }, /retry.maxAttempts/],
    [{ ...base, maxAttempts: Number.POSITIVE_INFINITY }, /retry.maxAttempts/],
    [{ ...base, baseMs: 0 }, /retry.baseMs/],
    [{ ...base, baseMs: Number.NaN }, /retry.baseMs/],
    [{ ...base, baseMs: 2 }, /retry.capMs must not be less/],
    [{ maxAttempts: 3, baseMs: 1 }, /retry.capMs/],
    [{ ...fixed, waitsMs: [] }, /retry.waitsMs/],
    [{ ...fixed, waitsMs: [1, -1] }, /retry.waitsMs/],
    [{ ...fixed, waitsMs: ['1'] }, /retry.waitsMs/],
    [{ ...fixed, waitsMs: Array(1_000).fill(1) }, /retry.waitsMs/],
    [{ ...fixed, jitter: 1 }, /retry.jitter/],
    [{ ...fixed, jitter: Number.NaN }, /retry.jitter/],
    [{ waitsMs: [1] }, /retry.jitter/],
  ])('%j is refused, also by defineChannel', (retry, reason) => {
    expect(retryFaults(retry).join('; ')).toMatch(reason);
    const channel = { api: 1, name: 'x', addressKey: 'x', maxAddresses: 1, providers: [], retry };
    expect(() => defineChannel(channel as unknown as Channel)).toThrow(reason);
  });
});
