import { formatDuration } from './duration.ts';
import { kinds as everyKind, type Kind } from './notification.ts';

/**
 * A limit that a vendor keeps by itself and tells in advance: what it would refuse, or punish, is not sent to it. A send
 * counts when its delivery is claimed, and for as long as the longest window looks back, also over a restart.
 */
export interface Quota {
  /** What is counted together: all that the account sends, or all of it that goes to one address. */
  readonly per: 'account' | 'address';
  /** A field of the content that is counted apart as well, such as the signature of an SMS; what leaves it out shares one count. */
  readonly field?: string;
  /** Only what is sent for these kinds counts; all when left out. */
  readonly kinds?: readonly Kind[];
  /** Each must hold: at most `most` sends within any `ms` milliseconds. */
  readonly windows: readonly QuotaWindow[];
}

export interface QuotaWindow {
  readonly most: number;
  readonly ms: number;
}

/** A count further back would have to be kept longer than everything else is. */
const longestWindowMs = 31 * 24 * 3_600_000;

/**
 * What is wrong with a provider's quotas; a plugin's may be anything. Refused are windows that allow nothing or are no
 * time, two of the same length, one that can never be reached because a longer one allows no more, and two quotas that
 * count the same: their windows belong into one.
 */
export function quotaFaults(quotas: unknown): readonly string[] {
  if (!Array.isArray(quotas)) return ['quotas must be a list'];
  const seen = new Set<string>();
  return quotas.flatMap((quota: unknown, place) => {
    const given: Readonly<Record<string, unknown>> = { ...(quota as object | null) };
    const { per, field = null, kinds = everyKind, windows } = given;
    const faults = [
      ...(per === 'account' || per === 'address' ? [] : ['per must be "account" or "address"']),
      ...(field === null || (typeof field === 'string' && field !== '') ? [] : ['field must be a name']),
      ...(isListOf(kinds, (kind) => everyKind.includes(kind as Kind)) && kinds.length > 0
        ? []
        : [`kinds must be some of ${everyKind.join(', ')}, each once`]),
      ...windowFaults(windows),
    ];
    if (faults.length === 0) {
      const counted = (kinds as readonly Kind[]).map((kind) => JSON.stringify([per, field, kind]));
      if (counted.some((one) => seen.has(one))) faults.push('an earlier quota counts the same: put its windows there');
      for (const one of counted) seen.add(one);
    }
    return faults.map((fault) => `quotas[${place}]: ${fault}`);
  });
}

function windowFaults(windows: unknown): readonly string[] {
  if (!Array.isArray(windows) || windows.length === 0) return ['windows must name at least one window'];
  if (!windows.every(isWindow))
    return ['a window allows at least 1 (most) within 1 ms to 31 days (ms), both whole numbers'];
  const byLength = windows.toSorted((a, b) => a.ms - b.ms);
  return byLength.slice(1).flatMap((longer, at) => {
    const shorter = byLength[at] as QuotaWindow;
    if (longer.ms === shorter.ms) return [`two windows of ${formatDuration(longer.ms)}`];
    if (longer.most > shorter.most) return [];
    return [`${told(shorter)} can never be reached: ${told(longer)} allows no more`];
  });
}

function isWindow(value: unknown): value is QuotaWindow {
  const { most, ms } = { ...(value as Partial<QuotaWindow> | null) };
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 1;
  return isCount(most) && isCount(ms) && (ms as number) <= longestWindowMs;
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(fits) && new Set(value).size === value.length;
}

function told({ most, ms }: QuotaWindow): string {
  return `${most} in ${formatDuration(ms)}`;
}
