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

/**
 * A limit that the operator sets. It is counted as a quota is, but for each project, over all accounts of a channel, and a
 * delivery counts once however often it is tried: when it is accepted if it is due then, else when it is first claimed.
 */
export type Limit = SendLimit | Budget;

/**
 * At most so many deliveries to one address, to all addresses that begin with the same digits, or at the word of one
 * network. What names no source, and what is claimed later, counts for none.
 */
export interface SendLimit {
  readonly of: 'project';
  readonly per: 'address' | 'prefix' | 'source';
  /** How long a prefix is, country code included. */
  readonly digits?: number;
  /**
   * The limit holds only while fewer than so many in a hundred of what was counted in a full window have been verified:
   * where people type their codes, they are people. Always when left out.
   */
  readonly unlessVerified?: number;
  readonly kinds?: readonly Kind[];
  /** Each must hold. */
  readonly windows: readonly QuotaWindow[];
}

/** At most so many billed parts on a calendar day, or in an hour of the clock. */
export interface Budget {
  readonly of: 'project';
  readonly per: 'hour' | 'day';
  readonly most: number;
  /** Whose days are counted; hours are those of UTC. */
  readonly timezone: string;
}

/** What is counted for an account when it claims: its vendor's quotas, and the limits of its channel. */
export type Counted = Quota | Limit;

/** What a caller is told of a limit that is reached. */
export type LimitCode = 'rate_limited' | 'budget_exhausted';

/** By the keys of lanes. */
export type Limits = Readonly<Record<string, readonly Limit[]>>;

/** What an accept comes to that a limit forbids before `until`. */
export interface Limited {
  readonly kind: 'limited';
  readonly code: LimitCode;
  readonly channel: string;
  readonly per: Limit['per'];
  readonly until: number;
}

/** Where a request came from, as far as limits tell sources apart: IPv4 by /24, IPv6 by /48. */
export type SourceNetwork = `${string}/24` | `${string}/48`;

export function isLimit(counted: Counted): counted is Limit {
  return 'of' in counted;
}

/** Whether what is sent for this kind counts. */
export function counts(counted: Counted, kind: Kind): boolean {
  return !('kinds' in counted) || counted.kinds === undefined || counted.kinds.includes(kind);
}

export function limitCodeOf({ per }: Limit): LimitCode {
  return per === 'day' || per === 'hour' ? 'budget_exhausted' : 'rate_limited';
}

export function isBudget(counted: Counted): counted is Budget {
  return counted.per === 'day' || counted.per === 'hour';
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

/** What is wrong with the windows of a quota or a limit. */
export function windowFaults(windows: unknown): readonly string[] {
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
