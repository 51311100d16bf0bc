import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busy, finish, lost, pass, play, sent, settled } from '../doubles/dispatcher-stage.ts';

const second = 1_000;

describe('an account whose vendor hangs', () => {
  it('never delays the claims of another lane', async () => {
    const stage = play({ a: { timeoutMs: 30 * second, behaves: () => 'never' }, b: { concurrency: 2 } });
    stage.put(50, { account: 'a', accounts: ['a'] });
    await stage.dispatcher.start();
    const put = new Map<string, number>();
    for (let round = 0; round < 120; round++) {
      for (const id of stage.put(1, { account: 'b', accounts: ['b'] })) put.set(id, stage.clock.now());
      await pass(stage.clock, second);
    }
    const waits = stage.sendings.filter(({ account }) => account === 'b').map(({ id, at }) => at - (put.get(id) ?? 0));
    expect(waits).toEqual(Array(120).fill(0));
    expect(stage.sendings.filter(({ account }) => account === 'a').length).toBeGreaterThan(4);
    await finish(stage);
  });
});

describe('a vendor that answers 429', () => {
  it('is probed once per Retry-After, then all 10,000 leave, none is lost and no second is flooded', async () => {
    let over = 0;
    const stage = play({
      a: {
        concurrency: 32,
        behaves: () => ({ outcome: stage.clock.now() < over ? busy(30 * second) : sent, afterMs: 50 }),
      },
    });
    const start = stage.clock.now();
    over = start + 120 * second;
    stage.put(10_000);
    await stage.dispatcher.start();
    await pass(stage.clock, 120 * second);
    const storm = stage.sendings.filter(({ at }) => at >= start + second);
    expect(storm.length).toBeGreaterThan(0);
    expect(storm.length, 'probes in two minutes').toBeLessThanOrEqual(4);
    await pass(stage.clock, 180 * second);
    expect(stage.states().filter((state) => state !== 'sent')).toEqual([]);
    const drain = stage.sendings.filter(({ at }) => at >= over);
    const first = drain[0]?.at ?? 0;
    const perSecond = Map.groupBy(drain, ({ at }) => Math.floor((at - first) / second));
    const mean = drain.length / (Math.max(...perSecond.keys()) + 1);
    expect(Math.max(...perSecond.values().map(({ length }) => length))).toBeLessThanOrEqual(3 * mean);
    expect(new Set(stage.sendings.filter(({ attempt }) => attempt > 2).map(({ id }) => id)).size).toBeLessThan(40);
    await finish(stage);
  }, 60_000);
});

describe('a clock that jumps 36 hours ahead', () => {
  const leapMs = 36 * 3_600 * second;

  it('takes no lease from an attempt under way', async () => {
    const stage = play({ a: { timeoutMs: 20 * second, behaves: () => ({ outcome: sent, afterMs: 15 * second }) } });
    stage.put(4);
    await stage.dispatcher.start();
    await pass(stage.clock, 5 * second);
    stage.clock.leap(leapMs);
    await pass(stage.clock, 30 * second);
    expect(stage.seen).toMatchObject({ rescued: 0, lost: 0 });
    expect(stage.sendings).toHaveLength(4);
    expect(stage.states()).toEqual(Array(4).fill('sent'));
    await finish(stage);
  });

  it('takes none from a claim that is on its way back from the store', async () => {
    const stage = play({ a: { behaves: () => ({ outcome: sent, afterMs: 5 * second }) } });
    const disk = Promise.withResolvers<void>();
    stage.after.claim = () => disk.promise;
    stage.put(2);
    await stage.dispatcher.start();
    await settled();
    expect(stage.states()).toEqual(['leased', 'leased']);
    expect(stage.dispatcher.inFlight()).toBe(0);
    stage.clock.leap(leapMs);
    await pass(stage.clock, 2 * second);
    disk.resolve();
    await settled();
    await pass(stage.clock, 30 * second);
    expect(stage.seen).toMatchObject({ rescued: 0, lost: 0 });
    expect(stage.sendings).toHaveLength(2);
    expect(stage.states()).toEqual(['sent', 'sent']);
    await finish(stage);
  });

  it('brings at most one attempt for each step of the backoff', async () => {
    const stage = play({ a: { concurrency: 100, behaves: () => ({ outcome: deferred }) } });
    stage.put(50);
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    expect(stage.sendings).toHaveLength(50);
    stage.clock.leap(leapMs);
    await pass(stage.clock, second);
    // With chance at one half the second attempt has to wait half of two seconds for the third.
    expect(stage.sendings).toHaveLength(100);
    await pass(stage.clock, 600 * second);
    expect(stage.states()).toEqual(Array(50).fill('dead'));
    for (const sendings of Map.groupBy(stage.sendings, ({ id }) => id).values())
      expect(sendings.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    await finish(stage);
  });
});

const deferred = { kind: 'deferred', scope: 'delivery', retryAfterMs: null, code: 'later', detail: '' } as const;

describe('a slow crowd', () => {
  it.each([8, 32])(
    'of 100,000 in front of %i slots of ten seconds each never delays what is critical',
    async (concurrency) => {
      const stage = play({ a: { concurrency, behaves: () => ({ outcome: sent, afterMs: 10 * second }) } });
      stage.put(100_000, { priority: 'bulk' });
      await stage.dispatcher.start();
      await pass(stage.clock, 25 * second);
      const put = new Map<string, number>();
      for (let round = 0; round < 20; round++) {
        for (const id of stage.put(1, { priority: 'critical' })) put.set(id, stage.clock.now());
        await pass(stage.clock, 10 * second);
      }
      const urgent = stage.sendings.filter(({ id }) => put.has(id));
      expect(urgent).toHaveLength(20);
      for (const { id, at } of urgent) expect(at - (put.get(id) ?? 0)).toBeLessThanOrEqual(2 * second);
      const stopping = stage.dispatcher.stop(20 * second);
      await pass(stage.clock, 11 * second);
      await stopping;
      expect(stage.clock.pending()).toBe(0);
    },
    60_000,
  );
});

describe('a lease', () => {
  it('is never shorter than all that its account may do with it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (timeoutMs, asks, deliveries) => {
          const knows = () => 'never' as const;
          const stage = play({ a: { timeoutMs, behaves: () => ({ outcome: lost }), ...(asks && { knows }) } });
          stage.put(deliveries, { doubtful: true });
          await stage.dispatcher.start();
          await pass(stage.clock, 60 * second);
          const longest = (timeoutMs + 500) * (asks ? 2 : 1);
          expect(stage.seen.claims.length).toBeGreaterThan(0);
          for (const { leaseMs } of [...stage.seen.claims, ...stage.seen.renewals])
            expect(leaseMs).toBeGreaterThan(longest);
          await finish(stage);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot be made for a timeout of %s ms: the gateway does not start',
    (timeoutMs) => {
      expect(() => play({ a: { timeoutMs } })).toThrow(/sms\/a has no usable timeout/);
    },
  );

  it('also covers what is handed over', async () => {
    const stage = play({ a: { timeoutMs: 70_000, behaves: () => ({ outcome: busy() }) }, b: {} });
    stage.put(20);
    await stage.dispatcher.start();
    await pass(stage.clock, 30 * second);
    const claims = stage.seen.claims.filter(({ lane }) => lane === 'sms/a');
    expect(
      claims.some(({ limit }) => limit > 4),
      'nothing was handed over',
    ).toBe(true);
    for (const { leaseMs } of claims) expect(leaseMs).toBeGreaterThan(70_000);
    await finish(stage);
  });
});
