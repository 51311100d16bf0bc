import { describe, expect, it } from 'vitest';
import { busy, finish, lost, misconfigured, pass, play, sent, settled } from '../doubles/dispatcher-stage.ts';
import type { Fate } from './fate.ts';
import type { Outcome } from './outcome.ts';
import { StoreUnavailable } from './store-fault.ts';

const once = { guarantee: 'at-most-once' } as const;
const later: Outcome = { kind: 'deferred', scope: 'delivery', retryAfterMs: null, code: 'later', detail: '' };

/** An account whose first attempt is of unknown outcome, and whose vendor then says this of it. */
const firstLost = (fate: unknown, then: Outcome = sent) => ({
  behaves: ({ attempt }: { attempt: number }) => ({ outcome: attempt === 1 ? lost : then }),
  knows: () => ({ fate }),
});

describe('a delivery whose attempt may have arrived', () => {
  const receipt = { status: 'undelivered', code: 'off', detail: null, at: 5 } as const;
  it.each<[Fate, string]>([
    [{ kind: 'accepted', vendorId: 'v-7', parts: 2 }, 'sent'],
    [{ kind: 'receipt', vendorId: 'v-7', receipt: { ...receipt, status: 'delivered' } }, 'delivered'],
    [{ kind: 'receipt', vendorId: 'v-7', receipt }, 'undelivered'],
  ])('is settled by the vendor’s word and never sent again: %j', async (fate, state) => {
    for (const guarantee of ['at-least-once', 'at-most-once'] as const) {
      for (const onUncertain of ['retry', 'hold'] as const) {
        const stage = play({ a: { onUncertain, ...firstLost(fate) } });
        stage.put(1, { guarantee });
        await stage.dispatcher.start();
        await pass(stage.clock, 60_000);
        expect(stage.sendings).toHaveLength(1);
        expect(stage.lookUps.map(({ attempt }) => attempt)).toEqual([2]);
        expect(stage.states()).toEqual([state]);
        const parts = fate.kind === 'accepted' ? 2 : null;
        expect(stage.seen.settles.at(-1)).toMatchObject({
          attempt: null,
          settlement: { to: 'sent', vendorId: 'v-7', parts },
        });
        expect(stage.seen.receipts.map(({ receipt: { status } }) => status)).toEqual(state === 'sent' ? [] : [state]);
        await finish(stage);
      }
    }
  });

  it.each(['at-least-once', 'at-most-once'] as const)('is sent %s when the vendor never got it', async (guarantee) => {
    const stage = play({ a: { onUncertain: 'hold', ...firstLost({ kind: 'absent' }) } });
    stage.put(1, { guarantee });
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect(stage.sendings.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(stage.states()).toEqual(['sent']);
    await finish(stage);
  });

  it('is doubtful no more once the vendor said that it is absent: it may then go elsewhere, even at most once', async () => {
    const stage = play({ a: firstLost({ kind: 'absent' }, busy()), b: { onUncertain: 'hold' } });
    stage.put(1, once);
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect(stage.sendings.map(({ account }) => account)).toEqual(['a', 'a', 'b']);
    expect(stage.states()).toEqual(['sent']);
    expect(stage.seen.settles[1]?.settlement).toMatchObject({ to: 'queued', account: 'b', cleared: true });
    await finish(stage);
  });

  it('is sent again at least once when the vendor does not know', async () => {
    const stage = play({ a: firstLost({ kind: 'unknown' }) });
    stage.put(1);
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect(stage.sendings.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(stage.lookUps).toHaveLength(1);
    await finish(stage);
  });

  it.each([
    ['at most once', once, 'retry'],
    ['on an account that holds', {}, 'hold'],
  ] as const)('%s is looked up so often, never sent again, and ends uncertain', async (_name, more, onUncertain) => {
    const stage = play({ a: { onUncertain, ...firstLost({ kind: 'unknown' }) } });
    stage.put(1, more);
    await stage.dispatcher.start();
    await pass(stage.clock, 600_000);
    expect(stage.sendings).toHaveLength(1);
    // Four attempts in all, of which three are look-ups, and the three that follow.
    expect(stage.lookUps.map(({ attempt }) => attempt)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(stage.states()).toEqual(['uncertain']);
    expect(stage.seen.settles.at(-1)?.settlement).toMatchObject({ code: 'look_up_unknown' });
    await finish(stage);
  });

  it('is found by a later look-up', async () => {
    const knows = ({ attempt }: { attempt: number }) => ({
      fate: attempt < 4 ? { kind: 'unknown' } : { kind: 'accepted', vendorId: 'late' },
    });
    const stage = play({ a: { behaves: () => ({ outcome: lost }), knows } });
    stage.put(1, once);
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect([stage.sendings.length, stage.lookUps.length, ...stage.states()]).toEqual([1, 3, 'sent']);
    await finish(stage);
  });

  it('ends uncertain, not expired, when its time is over before the vendor knows', async () => {
    const stage = play({ a: firstLost({ kind: 'unknown' }) });
    stage.put(1, { ...once, expiresAt: stage.clock.now() + 2_000 });
    await stage.dispatcher.start();
    await pass(stage.clock, 60_000);
    expect(stage.states()).toEqual(['uncertain']);
    await finish(stage);
  });

  it('was claimed at a vendor that cannot be asked: then the guarantee decides, and nothing is sent at most once', async () => {
    const stage = play({ a: {}, b: { onUncertain: 'hold' } });
    stage.put(1, { ...once, doubtful: true });
    stage.put(1, { account: 'b', doubtful: true });
    stage.put(1, { doubtful: true });
    await stage.dispatcher.start();
    await pass(stage.clock, 10_000);
    expect(stage.states()).toEqual(['uncertain', 'uncertain', 'sent']);
    await finish(stage);
  });

  it('stays with its vendor while that cannot be used, where no other could tell what became of it', async () => {
    let works = false;
    const stage = play({
      a: {
        concurrency: 2,
        behaves: ({ address }) => ({ outcome: works ? sent : address === '+lost' ? lost : misconfigured }),
        knows: () => ({ fate: works ? { kind: 'accepted', vendorId: 'v' } : { kind: 'unknown' } }),
      },
      b: {},
    });
    const [id] = stage.put(1, { ...once, address: '+lost' });
    await stage.dispatcher.start();
    await settled();
    stage.clock.advance(0);
    stage.put(3);
    await pass(stage.clock, 1_000);
    expect(stage.dispatcher.gate({ channel: 'sms', account: 'a' })?.breaker.state).not.toBe('closed');
    works = true;
    await pass(stage.clock, 120_000);
    expect(stage.states()).toEqual(Array(4).fill('sent'));
    expect(stage.sendings.filter((one) => one.id === id).map(({ account }) => account)).toEqual(['a']);
    await finish(stage);
  });

  it('is asked about after a lost lease, whatever the guarantee', async () => {
    const stage = play({ a: { knows: () => ({ fate: { kind: 'accepted', vendorId: 'v' } }) }, b: {} });
    stage.put(1, { ...once, doubtful: true });
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    expect(stage.seen.asked.map(({ account }) => account)).toEqual(['a']);
    expect([stage.sendings.length, ...stage.states()]).toEqual([0, 'sent']);
    await finish(stage);
  });
});

describe('a look-up', () => {
  const garbage: readonly unknown[] = [
    null,
    'accepted',
    {},
    { kind: 'delivered' },
    { kind: 'receipt' },
    { kind: 'receipt', receipt: { status: 'read' } },
    { kind: 'receipt', receipt: null },
  ];
  it.each([...garbage])('that answers %j does not know', async (fate) => {
    const stage = play({ a: firstLost(fate) });
    stage.put(1, once);
    await stage.dispatcher.start();
    await pass(stage.clock, 600_000);
    expect([stage.sendings.length, ...stage.states()]).toEqual([1, 'uncertain']);
    await finish(stage);
  });

  it('that throws does not know, and one that hangs is left behind after the account’s time', async () => {
    const knows = [
      () => {
        throw new TypeError('a bug');
      },
      () => 'never' as const,
    ];
    for (const each of knows) {
      const stage = play({ a: { timeoutMs: 5_000, behaves: firstLost(null).behaves, knows: each } });
      stage.put(1);
      await stage.dispatcher.start();
      await pass(stage.clock, 20_000);
      expect(stage.sendings.map(({ attempt }) => attempt)).toEqual([1, 2]);
      const waited = (stage.sendings[1]?.at ?? 0) - (stage.lookUps[0]?.at ?? 0);
      expect(waited).toBe(each === knows[1] ? 5_500 : 0);
      await finish(stage);
    }
  });

  it('takes a slot of the account', async () => {
    const stage = play({ a: { concurrency: 2, knows: () => ({ fate: { kind: 'absent' }, afterMs: 1_000 }) } });
    stage.put(4, { doubtful: true });
    await stage.dispatcher.start();
    await pass(stage.clock, 10_000);
    expect(stage.open.most).toBe(2);
    expect(stage.states()).toEqual(Array(4).fill('sent'));
    await finish(stage);
  });

  it('that is under way at a stop gives the delivery back, unsent', async () => {
    const stage = play({ a: { knows: () => 'never' } });
    stage.put(1, { ...once, doubtful: true });
    await stage.dispatcher.start();
    await settled();
    await finish(stage);
    expect([stage.sendings.length, ...stage.states(), stage.rows[0]?.attempts]).toEqual([0, 'queued', 1]);
  });

  it('keeps its receipt until the store can take it', async () => {
    const receipt = { status: 'delivered', code: null, detail: null, at: 1 };
    const stage = play({ a: firstLost({ kind: 'receipt', vendorId: null, receipt }, later) });
    stage.put(1);
    let away = true;
    stage.before.receive = async () => {
      if (away) throw new StoreUnavailable('storage_full');
    };
    await stage.dispatcher.start();
    await pass(stage.clock, 5_000);
    expect(stage.states()).toEqual(['sent']);
    away = false;
    await pass(stage.clock, 2_000);
    expect(stage.states()).toEqual(['delivered']);
    await finish(stage);
  });
});
