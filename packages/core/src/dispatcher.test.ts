import { describe, expect, it } from 'vitest';
import { busy, finish, misconfigured, pass, play, sent, settled } from '../doubles/dispatcher-stage.ts';
import type { DeliveryId } from './ids.ts';
import type { Outcome } from './outcome.ts';
import type { Route } from './route.ts';
import { StoreUnavailable } from './store-fault.ts';

describe('a lane', () => {
  it('keeps one slot in eight for critical deliveries, which then never wait for a slow crowd', async () => {
    const stage = play({
      a: { concurrency: 16, behaves: () => ({ outcome: sent, afterMs: 1_000 }) },
    });
    stage.put(100, { priority: 'bulk' });
    await stage.dispatcher.start();
    await settled();
    expect(stage.sendings).toHaveLength(14);
    const [urgent] = stage.put(1, { priority: 'critical' });
    await settled();
    expect(stage.sendings.map(({ id }) => id)).toContain(urgent);
    stage.put(5, { priority: 'critical' });
    await settled();
    expect(stage.open.now).toBe(16);
    await finish(stage);
  });

  it('never has more under way than its concurrency, and claims no more than it has room for', async () => {
    const stage = play({ a: { concurrency: 3, behaves: () => ({ outcome: sent, afterMs: 100 }) } });
    stage.put(20);
    await stage.dispatcher.start();
    await settled();
    expect(stage.open.now).toBe(3);
    expect(stage.seen.claims.map(({ limit }) => limit)).toEqual([3]);
    await pass(stage.clock, 99);
    expect(stage.seen.claims).toHaveLength(1);
    await pass(stage.clock, 601);
    expect(stage.open.most).toBe(3);
    expect(stage.states()).toEqual(Array(20).fill('sent'));
    expect(new Set(stage.sendings.map(({ id }) => id)).size).toBe(20);
    expect(stage.sendings).toHaveLength(20);
    await finish(stage);
  });

  it('asks for the next delivery with the settlement of the last, and does not wait for its commit', async () => {
    const stage = play({ a: { concurrency: 1, behaves: () => ({ outcome: sent, afterMs: 100 }) } });
    stage.put(3);
    stage.before.settle = () => new Promise((resolve) => void stage.clock.after(50, () => resolve()));
    const begun = stage.clock.now();
    await stage.dispatcher.start();
    await pass(stage.clock, 450);
    expect(stage.states()).toEqual(['sent', 'sent', 'sent']);
    expect(stage.sendings.map(({ at }) => at - begun)).toEqual([0, 100, 200]);
    expect(stage.open.most).toBe(1);
    await finish(stage);
  });

  it('never sends more than its rate and its burst in any second', async () => {
    const stage = play({ a: { concurrency: 50, ratePerSecond: 20 } });
    stage.put(100);
    await stage.dispatcher.start();
    await pass(stage.clock, 5_000);
    expect(stage.states()).toEqual(Array(100).fill('sent'));
    for (const { at } of stage.sendings) {
      const second = stage.sendings.filter((other) => other.at >= at && other.at < at + 1_000);
      expect(second.length).toBeLessThanOrEqual(22);
    }
    await finish(stage);
  });

  it('does not wait for another one whose provider hangs', async () => {
    const stage = play({ a: { behaves: () => 'never' }, b: {} });
    stage.put(10, { account: 'a' });
    stage.put(100, { account: 'b' });
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    expect(stage.rows.filter(({ account, state }) => account === 'b' && state === 'sent')).toHaveLength(100);
    expect(stage.dispatcher.inFlight()).toBe(4);
    await finish(stage);
  });

  it('finds work whose wake-up was lost at the next heartbeat', async () => {
    const stage = play({ a: {} });
    await stage.dispatcher.start();
    await settled();
    stage.put(3, {}, 'lost');
    await settled();
    expect(stage.sendings).toEqual([]);
    await pass(stage.clock, 1_000);
    expect(stage.states()).toEqual(['sent', 'sent', 'sent']);
    await finish(stage);
  });

  it('asks an empty queue about once a second, not more', async () => {
    const stage = play({ a: {} });
    await stage.dispatcher.start();
    await pass(stage.clock, 10_000);
    expect(stage.seen.claims.length).toBeLessThanOrEqual(12);
    await finish(stage);
  });

  it('sends what becomes due as soon as it is due', async () => {
    const stage = play({
      a: { behaves: ({ attempt }) => ({ outcome: attempt === 1 ? { ...deferredDelivery } : sent }) },
    });
    stage.put(1);
    await stage.dispatcher.start();
    await pass(stage.clock, 2_499);
    expect(stage.sendings).toHaveLength(1);
    await pass(stage.clock, 1);
    expect(stage.sendings.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(stage.states()).toEqual(['sent']);
    await finish(stage);
  });
});

/** With chance at one half, the second attempt follows 2,500 ms later. */
const deferredDelivery: Outcome = {
  kind: 'deferred',
  scope: 'delivery',
  retryAfterMs: 2_000,
  code: 'later',
  detail: '',
};

describe('a breaker', () => {
  it('hands what waits for an account that cannot be used to the next healthy one, and spends no attempt on it', async () => {
    const stage = play({
      a: { concurrency: 2, behaves: () => ({ outcome: misconfigured, afterMs: 10 }) },
      b: { concurrency: 4, behaves: () => ({ outcome: sent, afterMs: 10 }) },
    });
    stage.put(500);
    await stage.dispatcher.start();
    await pass(stage.clock, 3_000);
    expect(stage.states().filter((state) => state !== 'sent')).toEqual([]);
    const through = Map.groupBy(stage.sendings, ({ account }) => account);
    expect(through.get('a')?.length).toBeLessThan(10);
    expect(new Set(through.get('b')?.map(({ id }) => id)).size).toBe(500);
    await finish(stage);
  });

  it('parks what has nowhere else to go, and leaves a healthy sibling alone', async () => {
    const stage = play({ a: { concurrency: 2, behaves: () => ({ outcome: misconfigured }) }, b: { concurrency: 2 } });
    stage.put(50, { accounts: ['a'] });
    stage.put(50, { account: 'b', accounts: ['b'] });
    await stage.dispatcher.start();
    await pass(stage.clock, 500);
    const lane = (name: string) => stage.sendings.filter(({ account }) => account === name);
    expect(lane('a')).toHaveLength(2);
    expect(lane('b')).toHaveLength(50);
    expect(stage.seen.settles.filter(({ settlement }) => settlement.to === 'parked')).toHaveLength(2);
    expect(stage.dispatcher.gate({ channel: 'sms', account: 'a' })?.breaker.state).toBe('open');
    expect(stage.dispatcher.gate({ channel: 'sms', account: 'b' })?.breaker.state).toBe('closed');
    expect(stage.log.text()).toContain('account is not usable');
    await pass(stage.clock, 60_000);
    expect(lane('a').length, 'probes while it is open').toBeLessThanOrEqual(8);
    await finish(stage);
  });

  it('costs a parked delivery no attempt, and lets all of them go once the account works', async () => {
    let works = false;
    const stage = play({ a: { behaves: () => ({ outcome: works ? sent : misconfigured }) } });
    stage.put(30);
    await stage.dispatcher.start();
    await pass(stage.clock, 120_000);
    expect(stage.states()).not.toContain('dead');
    works = true;
    await pass(stage.clock, 900_000);
    expect(stage.states()).toEqual(Array(30).fill('sent'));
    const last = new Map(stage.sendings.map(({ id, attempt }) => [id, attempt]));
    expect([...last.values()]).toEqual(Array(30).fill(1));
    await finish(stage);
  });

  it.each([1, 2, 5])('lets neighbours through beside %i deliveries that are themselves the fault', async (poisons) => {
    const poison = new Set<DeliveryId>();
    const stage = play({
      a: { concurrency: 1, behaves: ({ id }) => ({ outcome: poison.has(id) ? misconfigured : sent, afterMs: 10 }) },
    });
    for (const id of stage.put(poisons)) poison.add(id);
    stage.put(20);
    await stage.dispatcher.start();
    await pass(stage.clock, 900_000);
    expect(stage.states().filter((state) => state === 'sent')).toHaveLength(20);
    await finish(stage);
  });

  it('probes once per wait that the vendor asked for, and nothing is lost in a storm', async () => {
    let over = 0;
    const stage = play({
      a: { concurrency: 8, behaves: () => ({ outcome: stage.clock.now() < over ? busy(30_000) : sent, afterMs: 20 }) },
    });
    over = stage.clock.now() + 120_000;
    stage.put(500);
    await stage.dispatcher.start();
    await pass(stage.clock, 120_000);
    const storm = stage.sendings.length;
    expect(storm).toBeGreaterThan(8);
    expect(storm).toBeLessThanOrEqual(8 + 5);
    await pass(stage.clock, 240_000);
    expect(stage.states()).toEqual(Array(500).fill('sent'));
    await finish(stage);
  });

  it('starts slowly again after a probe', async () => {
    let works = false;
    const stage = play({
      a: { concurrency: 32, behaves: () => ({ outcome: works ? sent : misconfigured, afterMs: 100 }) },
    });
    stage.put(100);
    await stage.dispatcher.start();
    await pass(stage.clock, 100);
    works = true;
    const before = stage.sendings.length;
    await pass(stage.clock, 1_000);
    expect(stage.sendings.length - before, 'the probe').toBe(1);
    await pass(stage.clock, 100);
    expect(stage.sendings.length - before, 'two after it').toBe(3);
    await pass(stage.clock, 100);
    expect(stage.sendings.length - before, 'four after them').toBe(7);
    await finish(stage);
  });
});

describe('failover', () => {
  it.each([
    ['misconfigured', misconfigured, 1],
    ['busy', busy(), 2],
  ] as const)('hands over at once from an account that is %s', async (_name, outcome, attempt) => {
    const stage = play({ a: { behaves: () => ({ outcome }) }, b: {} });
    stage.put(1);
    await stage.dispatcher.start();
    await settled();
    stage.clock.advance(0);
    await pass(stage.clock, 1);
    expect(stage.sendings.map((one) => [one.account, one.attempt])).toEqual([
      ['a', 1],
      ['b', attempt],
    ]);
    expect(stage.states()).toEqual(['sent']);
    await finish(stage);
  });

  it('always finds the other account of a weighted route', async () => {
    const route: Route = { default: { weighted: { a: 1, b: 1 } } };
    const accounts = { a: { concurrency: 1, behaves: () => ({ outcome: misconfigured }) }, b: {} };
    for (let round = 0; round < 20; round++) {
      const stage = play(accounts, route);
      const [id] = stage.put(1, { account: 'a' });
      await stage.dispatcher.start();
      await pass(stage.clock, 5_000);
      // Whoever was drawn last has nowhere to go at once; its next round begins with the other one.
      expect(stage.sendings.at(-1), String(id)).toMatchObject({ account: 'b' });
      expect(stage.states()).toEqual(['sent']);
      await finish(stage);
    }
  });

  it('does not go round in circles when a step names the same account twice', async () => {
    const stage = play({ a: { behaves: () => ({ outcome: misconfigured }) } });
    stage.put(1, { accounts: ['a', 'a'] });
    await stage.dispatcher.start();
    await pass(stage.clock, 100);
    expect(stage.seen.settles.map(({ settlement }) => settlement.to)).toEqual(['parked']);
    await finish(stage);
  });

  it('passes over an account that is open', async () => {
    const stage = play({
      a: { behaves: () => ({ outcome: misconfigured }) },
      b: { behaves: () => ({ outcome: misconfigured }) },
      c: {},
    });
    stage.put(1, { account: 'b', accounts: ['b'] });
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    stage.put(1);
    await pass(stage.clock, 10);
    expect(stage.sendings.map(({ account }) => account)).toEqual(['b', 'a', 'c']);
    await finish(stage);
  });

  it('says which lanes hold what is uncertain, for the rescue of lost leases', async () => {
    const stage = play({ a: { onUncertain: 'hold' }, b: {} });
    await stage.dispatcher.start();
    expect(stage.seen.held.map(({ account }) => account)).toEqual(['a']);
    await finish(stage);
  });
});

describe('an attempt', () => {
  it('is not made when the delivery expired on its way out of the store', async () => {
    const stage = play({ a: {} });
    stage.put(1, { expiresAt: stage.clock.now() + 50 });
    stage.before.claim = async () => stage.clock.advance(50);
    await stage.dispatcher.start();
    await settled();
    expect(stage.sendings).toEqual([]);
    expect(stage.states()).toEqual(['expired']);
    expect(stage.seen.settles[0]?.attempt).toBeNull();
    delete stage.before.claim;
    await finish(stage);
  });

  it('keeps its lease however long it takes', async () => {
    const stage = play({ a: { timeoutMs: 600_000, behaves: () => ({ outcome: sent, afterMs: 590_000 }) } });
    stage.put(2);
    await stage.dispatcher.start();
    await pass(stage.clock, 600_000);
    expect(stage.seen).toMatchObject({ rescued: 0, lost: 0 });
    expect(stage.sendings).toHaveLength(2);
    expect(stage.states()).toEqual(['sent', 'sent']);
    await finish(stage);
  });

  it('is recorded with what came of it', async () => {
    const stage = play({ a: { behaves: () => ({ outcome: deferredDelivery, afterMs: 30 }) } });
    stage.put(1);
    await stage.dispatcher.start();
    const startedAt = stage.clock.now();
    await pass(stage.clock, 30);
    expect(stage.seen.settles[0]).toMatchObject({
      attempt: { channel: 'sms', account: 'a', startedAt, endedAt: startedAt + 30, outcome: 'deferred', code: 'later' },
      settlement: { to: 'retrying', at: startedAt + 30 + 2_500 },
    });
    await finish(stage);
  });

  it('of a provider that throws ends uncertain after its tries, and the others are sent', async () => {
    const poison = new Set<DeliveryId>();
    const stage = play({
      a: {
        behaves: ({ id }) => {
          if (poison.has(id)) throw new TypeError('a bug');
          return { outcome: sent };
        },
      },
    });
    for (const id of stage.put(1)) poison.add(id);
    stage.put(10);
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect(stage.states()).toEqual(['uncertain', ...Array(10).fill('sent')]);
    expect(stage.sendings.filter(({ id }) => poison.has(id))).toHaveLength(4);
    await finish(stage);
  });
});

describe('a store that is away', () => {
  const away = () => Promise.reject(new StoreUnavailable('storage_full'));

  it('when an attempt is settled: it is settled later, and never sent again', async () => {
    const stage = play({ a: { concurrency: 2, timeoutMs: 1_000 } });
    stage.put(2);
    stage.before.settle = away;
    await stage.dispatcher.start();
    await pass(stage.clock, 120_000);
    expect(stage.sendings).toHaveLength(2);
    expect(stage.states()).toEqual(['leased', 'leased']);
    delete stage.before.settle;
    await pass(stage.clock, 1_000);
    expect(stage.states()).toEqual(['sent', 'sent']);
    expect(stage.sendings).toHaveLength(2);
    expect(stage.seen.rescued).toBe(0);
    expect(stage.log.text()).toContain('storage_full');
    await finish(stage);
  });

  it('when attempts are settled: no more are made than the slots that a settlement on its way had freed', async () => {
    const stage = play({ a: { concurrency: 2, timeoutMs: 1_000 } });
    stage.put(20);
    stage.before.settle = away;
    await stage.dispatcher.start();
    await pass(stage.clock, 120_000);
    expect(stage.sendings.length).toBeLessThanOrEqual(4);
    delete stage.before.settle;
    await pass(stage.clock, 2_000);
    expect(stage.states()).toEqual(Array(20).fill('sent'));
    expect(stage.sendings).toHaveLength(20);
    await finish(stage);
  });

  it('when deliveries are claimed: they are claimed when it is back, and it is not asked in a loop', async () => {
    const stage = play({ a: {} });
    stage.put(5);
    stage.before.claim = away;
    await stage.dispatcher.start();
    await pass(stage.clock, 10_000);
    expect(stage.seen.claims.length).toBeLessThanOrEqual(25);
    delete stage.before.claim;
    await pass(stage.clock, 1_000);
    expect(stage.states()).toEqual(Array(5).fill('sent'));
    await finish(stage);
  });

  it('when time is looked at: it is looked at again', async () => {
    const stage = play({ a: { behaves: ({ attempt }) => ({ outcome: attempt === 1 ? deferredDelivery : sent }) } });
    stage.put(1);
    stage.before.tick = away;
    await stage.dispatcher.start();
    await pass(stage.clock, 5_000);
    expect(stage.states()).toEqual(['waiting']);
    delete stage.before.tick;
    await pass(stage.clock, 1_000);
    expect(stage.states()).toEqual(['sent']);
    await finish(stage);
  });

  it('when we stop: what cannot be settled is given up', async () => {
    const stage = play({ a: {} });
    stage.put(1);
    stage.before.settle = away;
    await stage.dispatcher.start();
    await pass(stage.clock, 100);
    await finish(stage);
    expect(stage.states()).toEqual(['leased']);
  });
});

describe('stop', () => {
  it('waits for what is under way, and claims nothing more', async () => {
    const stage = play({ a: { concurrency: 3, behaves: () => ({ outcome: sent, afterMs: 500 }) } });
    stage.put(10);
    await stage.dispatcher.start();
    await settled();
    let stopped = false;
    const stopping = stage.dispatcher.stop(5_000).then(() => {
      stopped = true;
    });
    await pass(stage.clock, 499);
    expect(stopped).toBe(false);
    await pass(stage.clock, 1);
    await stopping;
    expect(stage.states()).toEqual([...Array(3).fill('sent'), ...Array(7).fill('queued')]);
    expect(stage.clock.pending()).toBe(0);
    stage.put(1);
    await pass(stage.clock, 10_000);
    expect(stage.sendings).toHaveLength(3);
  });

  it('aborts what is under way when its patience ends, and leaves behind who does not listen', async () => {
    const stage = play({ a: { timeoutMs: 60_000, behaves: () => 'never' } });
    stage.put(2);
    await stage.dispatcher.start();
    await settled();
    let stopped = false;
    const stopping = stage.dispatcher.stop(5_000).then(() => {
      stopped = true;
    });
    await pass(stage.clock, 5_499);
    expect(stopped).toBe(false);
    await pass(stage.clock, 1);
    await stopping;
    expect(stage.seen.settles.map(({ attempt }) => attempt?.outcome)).toEqual(['uncertain', 'uncertain']);
    expect(stage.clock.pending()).toBe(0);
  });

  it('gives back what a claim brings after it, unsent and without an attempt spent', async () => {
    const stage = play({ a: {} });
    stage.put(3);
    const disk = Promise.withResolvers<void>();
    stage.before.claim = () => disk.promise;
    await stage.dispatcher.start();
    await settled();
    let stopped = false;
    const stopping = stage.dispatcher.stop(5_000).then(() => {
      stopped = true;
    });
    await settled();
    expect(stopped, 'it ended before its claim did').toBe(false);
    disk.resolve();
    await stopping;
    expect(stage.sendings).toEqual([]);
    expect(stage.states()).toEqual(['queued', 'queued', 'queued']);
    expect(stage.rows.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
    expect(stage.clock.pending()).toBe(0);
  });

  it('leaves no timer behind, whatever the lanes wait for', async () => {
    const stage = play({
      a: { behaves: () => ({ outcome: misconfigured }) },
      b: { ratePerSecond: 1 },
      c: { behaves: () => ({ outcome: deferredDelivery }) },
    });
    for (const account of ['a', 'b', 'c']) stage.put(10, { account, accounts: [account] });
    await stage.dispatcher.start();
    await pass(stage.clock, 300);
    await finish(stage);
  });

  it('leaves no timer behind when a claim fails meanwhile', async () => {
    const stage = play({ a: {} });
    const disk = Promise.withResolvers<void>();
    stage.before.claim = () => disk.promise;
    stage.put(1);
    await stage.dispatcher.start();
    await settled();
    const stopping = stage.dispatcher.stop(5_000);
    disk.reject(new StoreUnavailable('storage_unavailable'));
    await stopping;
    expect(stage.clock.pending()).toBe(0);
  });
});
