import {
  type Channel,
  type ChannelSetup,
  type Kind,
  type Limit,
  type ProviderKind,
  sandboxProvider,
} from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import type { AccountConfig, ChannelConfig } from '../config/config.ts';
import { channelOfItself } from '../config/limits/limits.ts';
import { boundsOf, limitsByKind, limitsOf, weighedChannels } from './channel-limits.ts';

const hourMs = 3_600_000;
const codesPerAddress = [{ most: 1, ms: 60_000 }];
const codesPerSource = [{ most: 30, ms: hourMs }];
const codesPerPrefix = { digits: 7, windows: [{ most: 50, ms: 900_000 }], unlessVerified: 20 };
const perAddress = [{ most: 5, ms: hourMs }];
/** Numbers of a country that sleeps until 08:00 of Shanghai, unless a channel leaves its defaults out. */
const sms = {
  name: 'sms',
  regionOf: (address: string) => (address.startsWith('+86') ? 'CN' : null),
  defaults: { codesPerAddress, codesPerSource, codesPerPrefix, marketingWindow: { from: 480, to: 1_200 } },
} as unknown as Channel;
const bare = { name: 'sms' } as Channel;
const accountOf = (kind: Partial<ProviderKind>) => ({ kind }) as AccountConfig;
const real = accountOf({ name: 'vendor' });
const sandbox = accountOf(sandboxProvider({}) as ProviderKind);
const configOf = (channel: Channel, ...accounts: readonly AccountConfig[]) =>
  ({ channel, accounts }) as unknown as ChannelConfig;
const limits = (channel: Channel, account: AccountConfig, more: Partial<typeof channelOfItself> = {}) =>
  limitsOf(configOf(channel, account), account, { ...channelOfItself, ...more }, 'UTC');

describe('the limits of an account', () => {
  it('are those of its channel for codes where it reaches people, and none in a sandbox', () => {
    expect(limits(sms, real)).toEqual([
      { of: 'project', per: 'address', kinds: ['otp'], windows: codesPerAddress },
      { of: 'project', per: 'source', kinds: ['otp'], windows: codesPerSource },
      { of: 'project', per: 'prefix', kinds: ['otp'], ...codesPerPrefix },
    ]);
    expect(limitsOf(configOf(sms, real), real, undefined, 'UTC')).toHaveLength(3);
    expect(limits(sms, sandbox)).toEqual([]);
    expect(limits(bare, real)).toEqual([]);
  });

  it('are those of the file for every kind and account, or none where it says so', () => {
    const all: readonly Limit[] = [
      { of: 'project', per: 'address', windows: perAddress },
      { of: 'project', per: 'source', windows: perAddress },
      { of: 'project', per: 'prefix', digits: 7, windows: perAddress },
      { of: 'project', per: 'hour', most: 4, timezone: 'UTC' },
      { of: 'project', per: 'day', most: 9, timezone: 'UTC' },
    ];
    const perPrefix = { digits: 7, windows: perAddress, unlessVerified: null };
    const stated = { perAddress, perSource: perAddress, perPrefix, hourlyBudget: 4, dailyBudget: 9 };
    for (const account of [real, sandbox]) expect(limits(sms, account, stated)).toEqual(all);
    expect(limits(sms, real, { perAddress: [], perSource: [], perPrefix: false })).toEqual([]);
  });

  it('count codes alone where they ask what becomes of them', () => {
    const perPrefix = { digits: 5, windows: perAddress, unlessVerified: 30 };
    expect(limits(bare, sandbox, { perPrefix })).toEqual([
      { of: 'project', per: 'prefix', kinds: ['otp'], ...perPrefix },
    ]);
  });
});

describe('the bounds of a channel', () => {
  const midnight = Date.parse('2026-06-01T16:00:00Z');
  const morning = Date.parse('2026-06-02T00:00:00Z');
  const opens = (channel: ChannelConfig, more: Partial<typeof channelOfItself> = {}, kind: Kind = 'marketing') =>
    boundsOf(channel, { ...channelOfItself, ...more }, 'UTC')?.opensAt(kind, '+8613800138000', midnight);

  it('hold marketing back until the morning where a message reaches people, and there alone', () => {
    expect(opens(configOf(sms, sandbox, real))).toBe(morning);
    expect(opens(configOf(sms, sandbox, real), {}, 'otp')).toBe(midnight);
    expect(opens(configOf(sms, sandbox, real), {}, 'transactional')).toBe(midnight);
    expect(boundsOf(configOf(sms, sandbox), undefined, 'UTC')).toBeNull();
    expect(boundsOf(configOf(bare, real), undefined, 'UTC')).toBeNull();
  });

  it('hold it back for the hours of the file in a sandbox too, or not at all', () => {
    const marketingWindow = { from: 540, to: 600 };
    expect(opens(configOf(sms, sandbox), { marketingWindow })).toBe(morning + hourMs);
    expect(boundsOf(configOf(sms, real), { ...channelOfItself, marketingWindow: false }, 'UTC')).toBeNull();
  });

  it('ask for a word about opting out where messages reach people, or where the file does', () => {
    const asking = { ...bare, optOutOf: () => ({ kind: 'needless' }) } as Channel;
    const asks = (channel: Channel, account: AccountConfig, optOutText: boolean | null) =>
      boundsOf(configOf(channel, account), { ...channelOfItself, optOutText }, 'UTC')?.optOutText ?? false;
    expect([asks(asking, real, null), asks(asking, sandbox, null)]).toEqual([true, false]);
    expect([asks(asking, real, false), asks(asking, sandbox, true)]).toEqual([false, true]);
    expect(asks(bare, real, true)).toBe(false);
  });

  it('name the countries of the file', () => {
    const countries = boundsOf(configOf(bare, sandbox), { ...channelOfItself, countries: ['CN'] }, 'UTC')?.countries;
    expect([...(countries ?? [])]).toEqual(['CN']);
  });
});

describe('what an accept counts', () => {
  const vendor = { per: 'account', windows: perAddress } as const;
  const codes: Limit = { of: 'project', per: 'address', kinds: ['otp'], windows: perAddress };
  const hourly: Limit = { of: 'project', per: 'hour', most: 9, timezone: 'UTC' };
  const budget: Limit = { of: 'project', per: 'day', most: 9, timezone: 'UTC' };
  const setups = (...counted: readonly (Limit | typeof vendor)[]) =>
    new Map([
      ['sms', { accounts: new Map([['a', { channel: 'sms', account: 'a', quotas: [vendor, ...counted] }]]) }],
    ]) as unknown as ReadonlyMap<string, ChannelSetup>;

  it('are the limits of the lanes, and nothing where no kind of it counts', () => {
    const limitsFor = limitsByKind(setups(codes));
    expect(limitsFor(['otp'])).toEqual({ 'sms/a': [codes] });
    expect(limitsFor(['marketing', 'otp'])).toEqual({ 'sms/a': [codes] });
    expect(limitsFor(['marketing', 'transactional'])).toBeNull();
    expect(limitsByKind(setups())(['otp'])).toBeNull();
  });

  it('are parts where a budget counts them', () => {
    for (const one of [budget, hourly]) expect([...weighedChannels(setups(one))]).toEqual(['sms']);
    expect([...weighedChannels(setups(codes))]).toEqual([]);
  });
});
