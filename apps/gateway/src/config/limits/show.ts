import type { QuotaWindow } from '@posthorn/core';
import { durationText, rateText } from '../units.ts';
import { hourText } from '../values/hour.ts';
import type { ChannelLimitsConfig, LimitsConfig, PrefixLimitConfig } from './limits.ts';

/** The limits in the shape of the file; what the file leaves to the channels is left out. */
export function shownLimits({
  perKeyPerSecond,
  perProjectPerSecond,
  channels,
}: LimitsConfig): Readonly<Record<string, unknown>> {
  return {
    ...(perKeyPerSecond !== null && { perKey: rateText(perKeyPerSecond) }),
    ...(perProjectPerSecond !== null && { perProject: rateText(perProjectPerSecond) }),
    ...Object.fromEntries([...channels].map(([name, limits]) => [name, shownChannelLimits(limits)])),
  };
}

function shownChannelLimits(limits: ChannelLimitsConfig): Readonly<Record<string, unknown>> {
  const { perAddress, perSource, perPrefix, countries, hourlyBudget, dailyBudget, optOutText } = limits;
  const { marketingWindow: window } = limits;
  return {
    ...(perAddress !== null && { perAddress: perAddress.map(windowText) }),
    ...(perSource !== null && { perSource: perSource.map(windowText) }),
    ...(perPrefix !== null && { perPrefix: perPrefix === false ? false : prefixShown(perPrefix) }),
    ...(countries !== null && { countries }),
    ...(hourlyBudget !== null && { hourlyBudget }),
    ...(dailyBudget !== null && { dailyBudget }),
    ...(window !== null && {
      marketingWindow: window === false ? false : { from: hourText(window.from), to: hourText(window.to) },
    }),
    ...(optOutText !== null && { optOutText }),
  };
}

function prefixShown({ digits, windows, unlessVerified }: PrefixLimitConfig) {
  const share = unlessVerified !== null && { unlessVerified: `${unlessVerified}%` };
  return { digits, limits: windows.map(windowText), ...share };
}

function windowText({ most, ms }: QuotaWindow): string {
  return `${most}/${durationText(ms)}`;
}
