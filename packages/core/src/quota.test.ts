import { describe, expect, it } from 'vitest';
import { finish, misconfigured, pass, play, sent, settled } from '../doubles/dispatcher-stage.ts';
import { type Quota, quotaFaults } from './quota.ts';

const minute = 60_000;
const otp = (most: number, more: Partial<Quota> = {}): Quota => ({
  per: 'address',
  kinds: ['otp'],
  windows: [{ most, ms: minute }],
  ...more,
});
const code = { kind: 'otp', priority: 'critical' } as const;

describe('a delivery over the quota of its account', () => {
  it('goes to the next usable account of its route at once, and no attempt is spent', async () => {
    const stage = play({
      a: { quotas: [otp(1)] },
      b: { behaves: () => ({ outcome: misconfigured }) },
      c: {},
    });
    stage.put(1, { account: 'b', accounts: ['b'] });
    await stage.dispatcher.start();
    await pass(stage.clock, 1);
    stage.put(3, code);
    await pass(stage.clock, 10);
    expect(stage.sendings.slice(1).map(({ account, attempt }) => [account, attempt])).toEqual([
      ['a', 1],
      ['c', 1],
      ['c', 1],
    ]);
    const moved = stage.seen.settles.filter(({ settlement }) => 'account' in settlement && settlement.code === 'quota');
    expect(moved.map(({ attempt }) => attempt)).toEqual([null, null]);
    await finish(stage);
  });

  it('is parked until the quota allows it when there is none, and its address, kind and fields alone', async () => {
    const stage = play({ a: { quotas: [otp(1, { field: 'sign' })] } });
    const start = stage.clock.now();
    for (const content of [{ sign: 'x' }, { sign: 'x' }, { sign: 'y' }, {}]) stage.put(1, { ...code, content });
    stage.put(1, { ...code, address: '+2', content: { sign: 'x' } });
    stage.put(2, { content: { sign: 'x' } });
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    expect(stage.states()).toEqual(['sent', 'waiting', 'sent', 'sent', 'sent', 'sent', 'sent']);
    await pass(stage.clock, minute - 11);
    expect(stage.sendings).toHaveLength(6);
    await pass(stage.clock, 2);
    expect(stage.sendings.at(-1)).toMatchObject({ attempt: 1, at: start + minute });
    expect(stage.states()).toEqual(Array(7).fill('sent'));
    await finish(stage);
  });

  it('ends expired when its time is over before', async () => {
    const stage = play({ a: { quotas: [otp(1)] } });
    stage.put(2, { ...code, expiresAt: stage.clock.now() + 30_000 });
    await stage.dispatcher.start();
    await pass(stage.clock, 10);
    expect(stage.states()).toEqual(['sent', 'expired']);
    await finish(stage);
  });

  it('holds up nothing: others behind it leave at once, and it uses up neither rate nor breaker', async () => {
    const stage = play({ a: { concurrency: 2, ratePerSecond: 1, quotas: [otp(1)] } });
    stage.put(500, code);
    stage.put(3, { ...code, address: '+2', kind: 'transactional' });
    await stage.dispatcher.start();
    await pass(stage.clock, 4_000);
    expect(stage.rows.slice(500).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
    expect(stage.sendings).toHaveLength(4);
    expect(stage.rows.slice(1, 500).every(({ state, attempts }) => state === 'waiting' && attempts === 0)).toBe(true);
    await finish(stage);
  });

  it('is never more than its windows allow, over any time, and none is lost', async () => {
    const windows = [
      { most: 2, ms: 10_000 },
      { most: 5, ms: minute },
    ];
    const stage = play({ a: { quotas: [{ per: 'account', windows }] } });
    stage.put(20);
    await stage.dispatcher.start();
    await pass(stage.clock, 10 * minute);
    expect(stage.states()).toEqual(Array(20).fill('sent'));
    for (const { most, ms } of windows)
      for (const { at } of stage.sendings)
        expect(stage.sendings.filter((other) => other.at >= at && other.at < at + ms).length).toBeLessThanOrEqual(most);
    await finish(stage);
  });

  it('is looked up nevertheless when it may have arrived, and moved only once it surely has not', async () => {
    const fates = ['accepted', 'absent', 'unknown'] as const;
    const stage = play({
      a: {
        quotas: [{ per: 'account', windows: [{ most: 1, ms: minute }] }],
        behaves: () => ({ outcome: sent }),
        knows: ({ address }) => ({ fate: { kind: address, vendorId: null } }),
      },
      b: {},
    });
    stage.put(1);
    await stage.dispatcher.start();
    await settled();
    for (const address of fates) stage.put(1, { address, guarantee: 'at-most-once', doubtful: true });
    await pass(stage.clock, 10);
    expect(stage.states()).toEqual(['sent', 'sent', 'sent', 'waiting']);
    expect(stage.sendings.map(({ account }) => account)).toEqual(['a', 'b']);
    await finish(stage);
  });
});

describe('quotas', () => {
  const windows = [{ most: 1, ms: minute }];
  it.each<[unknown, RegExp]>([
    [{ 0: 1 }, /must be a list/],
    [[null], /per must be .*windows must name/s],
    [[{ per: 'recipient', windows }], /per must be "account" or "address"/],
    [[{ per: 'address', windows: [] }], /at least one window/],
    [[{ per: 'address' }], /at least one window/],
    [[{ per: 'address', windows: [{ most: 0, ms: 1 }] }], /allows at least 1/],
    [[{ per: 'address', windows: [{ most: Number.NaN, ms: 1 }] }], /allows at least 1/],
    [[{ per: 'address', windows: [{ most: 1.5, ms: 1 }] }], /allows at least 1/],
    [[{ per: 'address', windows: [{ most: 1, ms: 0 }] }], /allows at least 1/],
    [[{ per: 'address', windows: [{ most: 1, ms: 40 * 86_400_000 }] }], /to 31 days/],
    [[{ per: 'address', windows: [{ most: 1, ms: Number.POSITIVE_INFINITY }] }], /to 31 days/],
    [[{ per: 'address', windows, kinds: [] }], /kinds must be some of otp/],
    [[{ per: 'address', windows, kinds: ['sms'] }], /kinds must be some of otp/],
    [[{ per: 'address', windows, field: '' }], /field must be a name/],
    [[{ per: 'address', windows, field: ['a'] }], /field must be a name/],
    [[{ per: 'address', windows: [...windows, { most: 2, ms: minute }] }], /two windows of 1m/],
    [
      [
        {
          per: 'address',
          windows: [
            { most: 10, ms: minute },
            { most: 5, ms: 60 * minute },
          ],
        },
      ],
      /^quotas\[0\]: 10 in 1m can never be reached: 5 in 1h allows no more$/,
    ],
    [
      [
        { per: 'address', windows, field: 'a' },
        { per: 'address', windows, field: 'a', kinds: ['otp'] },
      ],
      /^quotas\[1\]: an earlier quota counts the same/,
    ],
  ])('%j are refused', (quotas, reason) => {
    expect(quotaFaults(quotas).join('; ')).toMatch(reason);
  });

  it('that can be kept are not', () => {
    expect(quotaFaults([otp(1), otp(2, { field: 'sign' }), { per: 'account', windows }])).toEqual([]);
    expect(quotaFaults([otp(1), otp(1, { kinds: ['marketing', 'transactional'] })])).toEqual([]);
  });
});
