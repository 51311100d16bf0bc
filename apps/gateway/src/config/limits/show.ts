import type { QuotaWindow } from '@posthorn/core';
import { durationText, rateText } from '../units.ts';
import { hourText } from '../values/hour.ts';
import type { ChannelLimitsConfig, LimitsConfig } from './limits.ts';

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
  const { perAddress, perPrefix, countries, dailyBudget, marketingWindow: window, optOutText } = limits;
  return {
    ...(perAddress !== null && { perAddress: perAddress.map(windowText) }),
    ...(perPrefix !== null && { perPrefix: { digits: perPrefix.digits, limits: perPrefix.windows.map(windowText) } }),
    ...(countries !== null && { countries }),
    ...(dailyBudget !== null && { dailyBudget }),
    ...(window !== null && {
      marketingWindow: window === false ? false : { from: hourText(window.from), to: hourText(window.to) },
    }),
    ...(optOutText !== null && { optOutText }),
  };
}

function windowText({ most, ms }: QuotaWindow): string {
  return `${most}/${durationText(ms)}`;
}
