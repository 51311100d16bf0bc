import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, clampRetryAfter, type RetryPolicy, retryAfterBoundsMs } from './retry.ts';

const policy: RetryPolicy = { maxAttempts: 8, baseMs: 1_000, capMs: 30_000 };
/** The largest number below one, which is what chance may come to at most. */
const nearlyOne = () => 1 - Number.EPSILON / 2;

describe('backoffMs', () => {
  it('doubles its limit with every attempt, up to the cap', () => {
    const limits = [1, 2, 3, 4, 5, 6, 7, 100, 5_000].map((attempt) => backoffMs(policy, attempt, nearlyOne));
    expect(limits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('waits a day at most, whatever the cap', () => {
    const endless = { maxAttempts: 100, baseMs: 1_000, capMs: Number.MAX_SAFE_INTEGER };
    expect(backoffMs(endless, 50, nearlyOne)).toBe(86_400_000);
  });

  it('is a uniform choice between nothing and the limit', () => {
    expect(backoffMs(policy, 3, () => 0)).toBe(0);
    expect(backoffMs(policy, 3, () => 0.25)).toBe(1_000);
  });

  it('is a whole number of milliseconds between 0 and the cap, whatever the policy', () => {
    fc.assert(
      fc.property(
        fc.record({ maxAttempts: fc.nat(), baseMs: fc.nat(86_400_000), capMs: fc.nat(86_400_000) }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (any, attempt, chance) => {
          const wait = backoffMs(any, attempt, () => chance);
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
