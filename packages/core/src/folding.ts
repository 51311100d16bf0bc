import { attempt, longestDetail } from './attempt.ts';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Settlement } from './decide.ts';
import { type Delivering, leaseOf } from './delivering.ts';
import type { Account, LaneGate } from './lane.ts';
import type { Logger } from './log.ts';
import type { Claimed, Fold } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { bounded, type Verdicts } from './verdict.ts';

export interface FoldingTools {
  readonly delivering: Delivering;
  readonly verdicts: Verdicts;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts what is under way. */
  readonly stop: AbortSignal;
  /** False as soon as nothing more may begin. */
  running(): boolean;
}

/**
 * Says what waits for one account in one message. Every delivery in it keeps its own status, attempt and timeline: what
 * the message came to is recorded for each.
 */
export interface Folding {
  /** What the outbox is asked for with a claim. */
  fold(): Fold;
  /** Sends and settles what was claimed as one. Resolves when all of it is settled or given up. */
  deliver(at: { readonly account: Account; readonly gate: LaneGate }, claimed: readonly Claimed[]): Promise<void>;
}

/** A message that has to wait longer than this for its quota is better said in few words. */
const patienceMs = 10_000;
/** What one message can still tell something about, and a claim may hold in memory. */
const mostFolded = 200;

/**
 * Null where nothing is folded: by a channel that cannot, without a quota that would make anything wait, and through a
 * vendor that can be asked about single messages, which one message for many has not.
 */
export function openFolding(
  { fold }: Channel,
  { quotas = [], provider }: Account,
  tools: FoldingTools,
): Folding | null {
  if (fold === undefined || quotas.length === 0 || provider.lookUp !== undefined) return null;
  const { delivering, verdicts, clock, log, stop, running } = tools;
  /**
   * A vendor that refuses a message for one of many may have taken the others: the next one has half as many, down to one
   * that stands for itself.
   */
  let most = mostFolded;

  const giveBack = (claimed: Claimed, settlement: Settlement) =>
    delivering.settle({ lease: leaseOf(claimed), attempt: null, settlement, now: clock.now() });

  /** What may not be sent is settled, the rest comes back. */
  const admit = async ({ account, gate }: Parameters<Folding['deliver']>[0], claimed: readonly Claimed[]) => {
    const now = clock.now();
    const held = claimed.map((one) => {
      const { doubtful, quotaUntil } = one;
      const looked = () => (doubtful ? verdicts.lookedUp(account, gate, one, { kind: 'unknown' }, now) : null);
      const over = () => (quotaUntil === null ? null : verdicts.overQuota(account, gate, one, quotaUntil, now));
      return verdicts.untried(one, running(), now) ?? looked() ?? over();
    });
    await Promise.all(
      claimed.map(async (one, place) => {
        const settlement = held[place];
        if (settlement) await giveBack(one, settlement);
      }),
    );
    return claimed.filter((_one, place) => held[place] === null);
  };

  /** What is said for all; null when the channel has a fault of its own. */
  const contentOf = (deliveries: readonly Claimed[]): { readonly content: unknown } | null => {
    try {
      return { content: fold(deliveries.map(({ content }) => content)) };
    } catch (error) {
      log.warn('a channel failed to fold messages: they go one by one', {
        channel: deliveries[0]?.channel ?? '',
        error: error instanceof Error ? error.name : 'not an error',
      });
      return null;
    }
  };

  return {
    fold: () => ({ most, patienceMs }),
    async deliver(at, claimed) {
      const { account, gate } = at;
      const deliveries = await admit(at, claimed);
      const [first, ...others] = deliveries;
      if (first === undefined) {
        gate.observed(null, clock.now());
        return;
      }
      const folded = others.length === 0 ? null : contentOf(deliveries);
      if (folded === null) {
        const { account: name } = first;
        const told = { code: 'not_folded', detail: 'given back unsent: its messages could not be folded' };
        if (others.length > 0) most = 1;
        await Promise.all([
          delivering.send(at, first),
          ...others.map((one) => giveBack(one, { to: 'queued', account: name, spent: false, ...told })),
        ]);
        return;
      }
      const startedAt = clock.now();
      const outcome = await attempt(account.provider, { ...first, ...folded }, account.timeoutMs, stop, clock);
      const endedAt = clock.now();
      delivering.observe(at, outcome, endedAt);
      if (outcome.kind === 'refused') most = Math.ceil(deliveries.length / 2);
      if (outcome.kind === 'accepted') most = Math.min(mostFolded, most * 2);
      await Promise.all(
        deliveries.map((one) =>
          delivering.conclude(at, one, outcome, {
            startedAt,
            endedAt,
            told: toldOf(outcome, deliveries.length),
            ...(outcome.kind === 'refused' && { settlement: refusedTogether(one, outcome, deliveries.length) }),
          }),
        ),
      );
    },
  };
}

function toldOf(outcome: Outcome, count: number): { readonly code: string; readonly detail: string } {
  if (outcome.kind === 'accepted') return { code: 'digest', detail: `sent in one message for ${count} deliveries` };
  return {
    code: outcome.code,
    detail: `one message for ${count} deliveries: ${outcome.detail}`.slice(0, longestDetail),
  };
}

/** Nobody knows which of them was meant: each goes on, in a smaller message, and no attempt is spent. */
function refusedTogether(claimed: Claimed, outcome: Outcome, count: number): Settlement {
  const { account } = claimed;
  return bounded({ to: 'queued', account, spent: false, ...toldOf(outcome, count) }, claimed, claimed.doubtful);
}
