import { allowance, type Breaker, begin, closedBreaker, observe, release } from './breaker.ts';
import type { Channel } from './channel.ts';
import { available, type Bucket, fullBucket, spend, waitMs } from './limits.ts';
import type { Kind } from './notification.ts';
import type { Claimed, Lane } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { Provider } from './provider.ts';
import type { Counted } from './quota.ts';
import type { Route } from './route.ts';
import type { SuppressionReason } from './suppression.ts';

/** A connected account with what the config says of it. */
export interface Account extends Lane {
  readonly provider: Provider;
  readonly timeoutMs: number;
  /** Most sends at the same time. */
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly onUncertain: 'retry' | 'hold';
  /** What its vendor and the operator allow, counted by the outbox; none when left out. */
  readonly quotas?: readonly Counted[];
  /** What its receipts name a message by; our own id when left out. */
  readonly receiptsBy?: 'delivery' | 'vendorId';
  /** The kinds of addresses its provider understands; all of them when null or left out. */
  readonly takes?: readonly string[] | null;
}

/** A channel as it is set up: its rules, its route, its accounts by name. */
export interface ChannelSetup {
  readonly channel: Channel;
  readonly route: Route;
  readonly accounts: ReadonlyMap<string, Account>;
  /** Why a claimed delivery must not be sent any more: its address was suppressed since it was accepted. Null when it may be. */
  suppressionOf?(delivery: Claimed): SuppressionReason | null;
  /** What the operator, or the channel by itself, does not allow at all or not now; nothing when left out. */
  readonly bounds?: ChannelBounds;
}

/** The bounds of a channel that need no counting. */
export interface ChannelBounds {
  /** ISO countries that may be written to; null for all. */
  readonly countries: ReadonlySet<string> | null;
  /** Marketing that does not tell how to stop it is refused where it has to. */
  readonly optOutText: boolean;
  /** When a message of this kind may leave: `at` itself, or the next moment at which the recipient's window is open. */
  opensAt(kind: Kind, address: string, at: number): number;
}

/** What an account may do now: its free slots, its rate, its breaker. One object per account, changed by the dispatcher alone. */
export interface LaneGate {
  /** How many deliveries may be claimed now, of `want`. */
  grant(want: number, now: number): number;
  /** So many were claimed of what was granted at `now`. */
  claimed(count: number, now: number): void;
  /** A claimed delivery came to this; null when nothing was tried. */
  observed(outcome: Outcome | null, now: number): void;
  /** Whether a delivery that could also go elsewhere should come here. */
  usable(now: number): boolean;
  /** When to look again if the last grant was smaller than wanted; null when only a settled delivery can change that. */
  retryAt(now: number): number | null;
  readonly breaker: Breaker;
}

export function laneGate(account: Pick<Account, 'ratePerSecond'>, now: number): LaneGate {
  let breaker: Breaker = closedBreaker;
  let bucket: Bucket | null = account.ratePerSecond === null ? null : fullBucket(account.ratePerSecond, now);
  return {
    get breaker() {
      return breaker;
    },
    grant(want, at) {
      const allowed = allowance(breaker, want, at);
      return bucket === null ? allowed : available(bucket, allowed, at);
    },
    claimed(count, at) {
      if (bucket !== null) bucket = spend(bucket, count, at);
      breaker = begin(breaker, count, at);
    },
    observed(outcome, at) {
      breaker = outcome === null ? release(breaker) : observe(breaker, outcome, at);
    },
    usable: (at) => breaker.state === 'closed' || (breaker.state === 'open' && at >= breaker.probeAt),
    retryAt(at) {
      if (breaker.state === 'open') return Math.max(breaker.probeAt, at);
      if (breaker.state === 'probing' || bucket === null) return null;
      const wait = waitMs(bucket, at);
      return wait > 0 ? at + wait : null;
    },
  };
}

/** A lease outlives all that may be under way by this much, so that settling has time too. */
const leaseMarginMs = 15_000;

/** How long a delivery is leased: its vendor may be asked what became of it, and then it may be sent, each within the account's time. */
export function leaseMsOf({ channel, account, timeoutMs, provider }: Account): number {
  // Anything else would make leases that no attempt fits into.
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1)
    throw new RangeError(`the account ${channel}/${account} has no usable timeout: ${timeoutMs} ms`);
  return (provider.lookUp === undefined ? 1 : 2) * timeoutMs + leaseMarginMs;
}

/** Whether a claimed delivery makes a request to the vendor: one over its quota does not, unless a doubt about it can be asked. */
export function asksVendor({ provider }: Account, { quotaUntil, doubtful }: Claimed): boolean {
  return quotaUntil === null || (doubtful && provider.lookUp !== undefined);
}

/** The key of a lane in maps and logs: `sms/aliyun-main`. */
export function laneKey({ channel, account }: Lane): string {
  return `${channel}/${account}`;
}
