import { type Channel, type DailyWindow, type QuotaWindow, windowFaults } from '@posthorn/core';
import type { Path, Report } from '../problems/problem.ts';
import { suggestion } from '../problems/suggestion.ts';
import { type ChannelLimitSettings, limits as limitsSchema } from '../schema.ts';
import type { Rate } from '../units.ts';

/** What the operator allows. */
export interface LimitsConfig {
  /** Requests a second of one API key; null for any number. */
  readonly perKeyPerSecond: number | null;
  /** The same of all keys of one project together. */
  readonly perProjectPerSecond: number | null;
  /** By channel; those about which the file says nothing are missing. */
  readonly channels: ReadonlyMap<string, ChannelLimitsConfig>;
}

export interface ChannelLimitsConfig {
  /** Empty for no limit; null for the channel's own, which counts one-time codes. */
  readonly perAddress: readonly QuotaWindow[] | null;
  /** The same. */
  readonly perSource: readonly QuotaWindow[] | null;
  /** False for no limit; null for the channel's own, which counts one-time codes. */
  readonly perPrefix: PrefixLimitConfig | false | null;
  readonly countries: readonly string[] | null;
  /** Billed parts in an hour of the clock. */
  readonly hourlyBudget: number | null;
  /** Billed parts on a calendar day. */
  readonly dailyBudget: number | null;
  /** False for any hour; null for the channel's own. */
  readonly marketingWindow: DailyWindow | false | null;
  /** Whether marketing has to tell how to stop it where the law wants it; null for wherever messages reach people. */
  readonly optOutText: boolean | null;
}

export interface PrefixLimitConfig {
  readonly digits: number;
  readonly windows: readonly QuotaWindow[];
  /** In a hundred; null for a limit that counts all kinds and always holds. */
  readonly unlessVerified: number | null;
}

/** Nothing is said about a channel. */
export const channelOfItself: ChannelLimitsConfig = Object.freeze({
  perAddress: null,
  perSource: null,
  perPrefix: null,
  countries: null,
  hourlyBudget: null,
  dailyBudget: null,
  marketingWindow: null,
  optOutText: null,
});

/** Reads `limits`. What is wrong with its shape has been said by the check of the whole file. */
export function readLimits(
  given: unknown,
  configured: readonly string[],
  loaded: readonly Channel[],
  report: Report,
): LimitsConfig {
  const parsed = limitsSchema.safeParse(given ?? {});
  const { perKey, perProject, ...named } = parsed.success ? parsed.data : {};
  const channels = new Map<string, ChannelLimitsConfig>();
  for (const [name, settings] of Object.entries(named) as [string, ChannelLimitSettings][]) {
    const path = ['limits', name];
    if (!configured.includes(name)) {
      const known = [...configured, 'perKey', 'perProject'];
      report.problem(path, `there is no channel "${name}" in this file${suggestion(name, known)}`);
      continue;
    }
    const channel = loaded.find((each) => each.name === name);
    if (channel !== undefined && channel.regionOf === undefined) refusePlaces(settings, path, report);
    channels.set(name, readChannelLimits(settings, path, report));
  }
  return Object.freeze({ perKeyPerSecond: perSecond(perKey), perProjectPerSecond: perSecond(perProject), channels });
}

function perSecond(rate: Rate | undefined): number | null {
  return rate === undefined ? null : (rate.count / rate.perMs) * 1_000;
}

function readChannelLimits(settings: ChannelLimitSettings, path: Path, report: Report): ChannelLimitsConfig {
  const {
    perNumber,
    perAddress = perNumber,
    perSource,
    perPrefix,
    countries,
    hourlyBudget,
    dailyBudget,
    marketingWindow,
    optOutText,
  } = settings;
  if (perNumber !== undefined && settings.perAddress !== undefined)
    report.problem([...path, 'perNumber'], 'says the same as perAddress: remove one of them');
  if (hourlyBudget !== undefined && dailyBudget !== undefined && hourlyBudget >= dailyBudget)
    report.problem([...path, 'hourlyBudget'], 'can never be reached: dailyBudget allows no more');
  return Object.freeze({
    perAddress: readWindows(perAddress, [...path, perNumber === undefined ? 'perAddress' : 'perNumber'], report),
    perSource: readWindows(perSource, [...path, 'perSource'], report),
    perPrefix: readPrefix(perPrefix, [...path, 'perPrefix'], report),
    countries: countries === undefined ? null : Object.freeze(countries),
    hourlyBudget: hourlyBudget ?? null,
    dailyBudget: dailyBudget ?? null,
    marketingWindow: marketingWindow === undefined ? null : Object.freeze(marketingWindow),
    optOutText: optOutText ?? null,
  });
}

function readPrefix(
  given: ChannelLimitSettings['perPrefix'],
  path: Path,
  report: Report,
): ChannelLimitsConfig['perPrefix'] {
  if (given === undefined || given === false) return given ?? null;
  const { digits, limits: rates, unlessVerified = null } = given;
  return Object.freeze({ digits, windows: readWindows(rates, [...path, 'limits'], report) ?? [], unlessVerified });
}

function readWindows(rates: readonly Rate[] | undefined, path: Path, report: Report): readonly QuotaWindow[] | null {
  if (rates === undefined) return null;
  const windows = rates.map(({ count: most, perMs: ms }) => Object.freeze({ most, ms }));
  if (windows.length > 0) for (const fault of windowFaults(windows)) report.problem(path, fault);
  return Object.freeze(windows);
}

/** What only makes sense where addresses are numbers of a country. */
function refusePlaces(settings: ChannelLimitSettings, path: Path, report: Report): void {
  for (const key of ['countries', 'perPrefix', 'marketingWindow'] as const) {
    if (settings[key] === undefined || settings[key] === false) continue;
    report.problem([...path, key], 'the addresses of this channel belong to no country: remove it');
  }
}
