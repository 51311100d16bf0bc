import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { available, fullBucket, spend, waitMs } from './limits.ts';

describe('a bucket', () => {
  it('never lets more through in any window than its rate and its burst', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 2_000, noNaN: true }),
        fc.array(fc.record({ waitMs: fc.nat(3_000), want: fc.integer({ min: 0, max: 500 }) }), { maxLength: 60 }),
        (perSecond, asks) => {
          let now = 1_700_000_000_000;
          let bucket = fullBucket(perSecond, now);
          const sent: { readonly at: number; readonly count: number }[] = [];
          for (const ask of asks) {
            now += ask.waitMs;
            const count = available(bucket, ask.want, now);
            expect(Number.isInteger(count) && count >= 0 && count <= ask.want).toBe(true);
            bucket = spend(bucket, count, now);
            sent.push({ at: now, count });
          }
          for (const [start, first] of sent.entries()) {
            let total = 0;
            for (const { at, count } of sent.slice(start)) {
              total += count;
              const most = bucket.burst + (perSecond * (at - first.at)) / 1_000;
              expect(total).toBeLessThanOrEqual(most + 1e-6);
            }
          }
        },
      ),
    );
  });

  it('lets its rate through in the long run', () => {
    for (const perSecond of [0.5, 1, 3, 7.5, 40, 333]) {
      let now = 0;
      let bucket = fullBucket(perSecond, now);
      let sent = 0;
      while (now < 60_000) {
        const count = available(bucket, 1_000, now);
        bucket = spend(bucket, count, now);
        sent += count;
        now += Math.max(1, waitMs(bucket, now));
      }
      expect(sent / 60, `${perSecond} a second`).toBeGreaterThan(perSecond * 0.95);
      expect(sent).toBeLessThanOrEqual(perSecond * 60 + bucket.burst);
    }
  });

  it('says exactly how long until one more may go', () => {
    const empty = spend(fullBucket(4, 0), 1, 0);
    expect(waitMs(empty, 0)).toBe(250);
    expect(available(empty, 1, 249)).toBe(0);
    expect(available(empty, 1, 250)).toBe(1);
    expect(waitMs(empty, 250)).toBe(0);
  });

  it('does not fill by a clock that went back, nor empty', () => {
    const bucket = spend(fullBucket(10, 10_000), 1, 10_000);
    expect(available(bucket, 10, 0)).toBe(0);
    expect(available(spend(bucket, 0, 0), 10, 10_100)).toBe(1);
  });
});
