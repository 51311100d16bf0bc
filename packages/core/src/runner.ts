import type { Folding } from './folding.ts';
import { type Account, type LaneGate, laneGate, leaseMsOf } from './lane.ts';
import type { Claimed, Lane } from './outbox.ts';

/** One slot in eight is kept for critical deliveries, so that they never wait for a slow crowd; of many slots a few are enough. */
const slotsPerReserved = 8;
const mostReserved = 8;

/** What the dispatcher knows of one lane: its account, what is leased, and what is looked at next. */
export interface Runner {
  readonly account: Account;
  /** What the outbox knows of the account: commands are plain data. */
  readonly lane: Lane;
  readonly gate: LaneGate;
  readonly leaseMs: number;
  readonly folding: Folding | null;
  /** Leases and when they end. */
  readonly held: Map<Claimed, number>;
  /** Those of them that have been tried and whose settlement is on its way: their slots are free. */
  readonly settling: Set<Claimed>;
  /** The latest claim, whose leases are in `held` once it has ended. */
  claiming: Promise<unknown>;
  /** When what could go on elsewhere is looked for again while the account cannot be used. */
  lookAgainAt: number;
  pumping: boolean;
  again: boolean;
  cancelWake: (() => void) | null;
}

/** How many more deliveries that are not critical may be under way: the slots kept for critical ones are never theirs. */
export function slotsForOthers(runner: Runner): number {
  const { concurrency } = runner.account;
  const kept = Math.min(mostReserved, Math.floor(concurrency / slotsPerReserved));
  const others = underWay(runner).filter(({ priority }) => priority !== 'critical').length;
  return Math.max(0, concurrency - kept - others);
}

/** What occupies a slot. */
function underWay({ held, settling }: Runner): readonly Claimed[] {
  return [...held.keys()].filter((delivery) => !settling.has(delivery));
}

export function openRunner(account: Account, folding: Folding | null, now: number): Runner {
  return {
    account,
    lane: { channel: account.channel, account: account.account },
    gate: laneGate(account, now),
    leaseMs: leaseMsOf(account),
    folding,
    held: new Map(),
    settling: new Set(),
    claiming: Promise.resolve(),
    lookAgainAt: Number.NEGATIVE_INFINITY,
    pumping: false,
    again: false,
    cancelWake: null,
  };
}
