import {
  type ChannelBounds,
  type ChannelSetup,
  counts,
  isLimit,
  type Kind,
  type Limit,
  type Limits,
  laneKey,
  openWindow,
} from '@posthorn/core';
import type { AccountConfig, ChannelConfig } from '../config/config.ts';
import { type ChannelLimitsConfig, channelOfItself } from '../config/limits/limits.ts';

/**
 * What is counted for an account beside its vendor's quotas. What the file says holds everywhere, so that it can be tried
 * in a sandbox; what a channel brings by itself only where messages reach people.
 */
export function limitsOf(
  { channel }: ChannelConfig,
  { kind }: AccountConfig,
  limits: ChannelLimitsConfig = channelOfItself,
  timezone: string,
): readonly Limit[] {
  const { perAddress, perPrefix, dailyBudget } = limits;
  const own = kind.simulated === true ? [] : (channel.defaults?.codesPerAddress ?? []);
  const counted: Limit[] = [];
  if (perAddress === null && own.length > 0)
    counted.push({ of: 'project', per: 'address', kinds: ['otp'], windows: own });
  if (perAddress !== null && perAddress.length > 0)
    counted.push({ of: 'project', per: 'address', windows: perAddress });
  if (perPrefix !== null) counted.push({ of: 'project', per: 'prefix', ...perPrefix });
  if (dailyBudget !== null) counted.push({ of: 'project', per: 'day', most: dailyBudget, timezone });
  return counted;
}

/** What a channel may not send at all, or not at this hour; null when it has no such bounds. */
export function boundsOf(
  { channel, accounts }: ChannelConfig,
  { countries, marketingWindow, optOutText }: ChannelLimitsConfig = channelOfItself,
  timezone: string,
): ChannelBounds | null {
  const reaches = accounts.some(({ kind }) => kind.simulated !== true);
  const window = marketingWindow ?? (reaches ? (channel.defaults?.marketingWindow ?? false) : false);
  const asksOptOut = channel.optOutOf !== undefined && (optOutText ?? reaches);
  if (countries === null && window === false && !asksOptOut) return null;
  const opens = window === false ? null : openWindow(window, timezone);
  return {
    countries: countries === null ? null : new Set(countries),
    optOutText: asksOptOut,
    opensAt(kind, address, at) {
      if (opens === null || kind !== 'marketing') return at;
      return opens(channel.regionOf?.(address) ?? null, at);
    },
  };
}

/** The limits that an accept of these kinds has to count; null when nothing would be counted. */
export type LimitsFor = (kinds: Iterable<Kind>) => Limits | null;

export function limitsByKind(channels: ReadonlyMap<string, ChannelSetup>): LimitsFor {
  const all = [...channels.values()].flatMap(({ accounts }) =>
    [...accounts.values()].map((account) => [laneKey(account), (account.quotas ?? []).filter(isLimit)] as const),
  );
  const counted = all.filter(([, limits]) => limits.length > 0);
  const limits: Limits = Object.fromEntries(counted);
  return (kinds) => {
    for (const kind of kinds) if (counted.some(([, some]) => some.some((limit) => counts(limit, kind)))) return limits;
    return null;
  };
}

/** Channels with a budget, which counts the parts of their messages. */
export function weighedChannels(channels: ReadonlyMap<string, ChannelSetup>): ReadonlySet<string> {
  const weighed = [...channels].filter(([, { accounts }]) =>
    [...accounts.values()].some(({ quotas = [] }) => quotas.some(({ per }) => per === 'day')),
  );
  return new Set(weighed.map(([name]) => name));
}
