import {
  type ChannelBounds,
  type ChannelDefaults,
  type ChannelSetup,
  counts,
  isBudget,
  isLimit,
  type Kind,
  type Limit,
  type Limits,
  laneKey,
  openWindow,
  type QuotaWindow,
} from '@posthorn/core';
import type { AccountConfig, ChannelConfig } from '../config/config.ts';
import { type ChannelLimitsConfig, channelOfItself, type PrefixLimitConfig } from '../config/limits/limits.ts';

const codes: readonly Kind[] = ['otp'];

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
  const { perAddress, perSource, perPrefix, hourlyBudget, dailyBudget } = limits;
  const own: ChannelDefaults = kind.simulated === true ? {} : (channel.defaults ?? {});
  return [
    ...windowLimits('address', perAddress, own.codesPerAddress),
    ...windowLimits('source', perSource, own.codesPerSource),
    ...prefixLimits(perPrefix, own.codesPerPrefix),
    ...(hourlyBudget === null ? [] : [{ of: 'project', per: 'hour', most: hourlyBudget, timezone } as const]),
    ...(dailyBudget === null ? [] : [{ of: 'project', per: 'day', most: dailyBudget, timezone } as const]),
  ];
}

/** A limit of the file for every kind, or else the channel's own for codes. */
function windowLimits(
  per: 'address' | 'source',
  stated: readonly QuotaWindow[] | null,
  own: readonly QuotaWindow[] = [],
): readonly Limit[] {
  const windows = stated ?? own;
  if (windows.length === 0) return [];
  return [{ of: 'project', per, ...(stated === null && { kinds: codes }), windows }];
}

/** Only codes are ever verified. */
function prefixLimits(
  stated: ChannelLimitsConfig['perPrefix'],
  own: PrefixLimitConfig | null = null,
): readonly Limit[] {
  const limit = stated ?? own;
  if (limit === null || limit === false) return [];
  const { digits, windows, unlessVerified } = limit;
  const asking = unlessVerified !== null && { kinds: codes, unlessVerified };
  return [{ of: 'project', per: 'prefix', digits, ...asking, windows }];
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
    [...accounts.values()].some(({ quotas = [] }) => quotas.some(isBudget)),
  );
  return new Set(weighed.map(([name]) => name));
}
