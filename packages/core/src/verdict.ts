import { stepAside } from './breaker.ts';
import {
  type Decision,
  decide,
  decideOutsideWindow,
  decideOverLimit,
  decideOverQuota,
  mayRepeat,
  type Settlement,
} from './decide.ts';
import type { Fate } from './fate.ts';
import { maxFamilyOrdinal } from './ids.ts';
import { type Account, type ChannelSetup, type LaneGate, laneKey } from './lane.ts';
import { type Kind, kinds } from './notification.ts';
import type { Claimed, Lane } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { openPruningGuard } from './pruning.ts';
import { maxAttemptsOf } from './retry.ts';
import { accountAfter, accountsFor, drawOf } from './route.ts';
import { skipReason } from './suppression.ts';
import { shareAddresses, takersOf } from './taker.ts';

/** What becomes of a claimed delivery: gathers the facts that `decide` asks for. */
export interface Verdicts {
  /** For a delivery that must not be tried any more, or not at this hour; null when it may be. */
  untried(delivery: Claimed, running: boolean, now: number): Settlement | null;
  /** For a delivery that waits for an account which cannot be used: a healthy one of its route. `followed` when its plan has a further step. */
  waiting(delivery: Claimed, followed: boolean, now: number): Settlement;
  /** The kinds of notifications whose route has a healthy account beside this one. */
  heirKinds(lane: Lane): readonly Kind[];
  /** For a doubtful delivery, after its vendor was asked as far as it can be; null when it may be sent. */
  lookedUp(account: Account, gate: LaneGate, delivery: Claimed, fate: Fate, now: number): Settlement | null;
  /** For a delivery that a quota of its account, or a limit, forbids to send before `until`. */
  overQuota(account: Account, gate: LaneGate, delivery: Claimed, until: number, now: number): Settlement;
  /** After an attempt through `account`, whose gate has seen the outcome already. */
  tried(account: Account, gate: LaneGate, delivery: Claimed, outcome: Outcome, now: number): Settlement;
}

const notAnswered: Outcome = {
  kind: 'uncertain',
  code: 'look_up_unknown',
  detail: 'an earlier attempt may have arrived, and the vendor could not say what became of it',
};

/** `gateOf` gives what an account may do now. */
export function openVerdicts(
  channels: ReadonlyMap<string, ChannelSetup>,
  gateOf: (lane: Lane) => LaneGate | undefined,
  random: () => number,
): Verdicts {
  const setupOf = (channel: string) => channels.get(channel) as ChannelSetup;
  const guards = new Map(
    [...channels].flatMap(
      ([
        name,
        {
          channel: { pruning },
        },
      ]) => (pruning === undefined ? [] : [[name, openPruningGuard(pruning)] as const]),
    ),
  );
  const orderOf = ({ channel, kind, accounts, notification, address }: Claimed) => {
    const setup = setupOf(channel);
    return takersOf(setup, address, accountsFor(setup.route, kind, accounts, drawOf(notification)));
  };
  /** What may have arrived goes elsewhere only where it would be repeated: no other vendor can tell what became of it. */
  const mayMoveTo = ({ channel, doubtful, guarantee }: Claimed, names: readonly string[]) =>
    names.every((name) => {
      const onUncertain = setupOf(channel).accounts.get(name)?.onUncertain ?? 'hold';
      return !doubtful || mayRepeat({ guarantee, onUncertain });
    });

  const factsOf = (account: Account, gate: LaneGate, delivery: Claimed, now: number): Decision => {
    const { channel, attempt, guarantee, expiresAt, doubtful, token } = delivery;
    const isUsable = (name: string) =>
      (gateOf({ channel, account: name })?.usable(now) ?? false) &&
      (name === delivery.account || mayMoveTo(delivery, [delivery.account, name]));
    const order = orderOf(delivery);
    return {
      now,
      attempt,
      retry: setupOf(channel).channel.retry,
      guarantee,
      onUncertain: account.onUncertain,
      expiresAt,
      account: delivery.account,
      nextAccount: firstAfter(order, delivery.account, isUsable),
      firstAccount: order.find(isUsable) ?? (doubtful ? delivery.account : (order[0] ?? delivery.account)),
      asks: account.provider.lookUp !== undefined,
      doubtful,
      parkedUntil: stepAside(gate.breaker, token - attempt, now),
      random,
    };
  };

  return {
    untried(delivery, running, now) {
      const { channel, account, address, kind, expiresAt, doubtful } = delivery;
      if (expiresAt !== null && now >= expiresAt) {
        const to = doubtful ? 'uncertain' : 'expired';
        return { to, code: 'expired', detail: 'its time was up before it could be sent' };
      }
      const { bounds, suppressionOf } = setupOf(channel);
      const suppression = suppressionOf?.(delivery) ?? null;
      if (running && suppression !== null) {
        const detail = 'its address was suppressed after it was accepted';
        return { to: doubtful ? 'uncertain' : 'skipped', code: skipReason(suppression), detail };
      }
      const opensAt = bounds?.opensAt(kind, address, now) ?? now;
      if (opensAt > now) return decideOutsideWindow(opensAt, { account, expiresAt, doubtful });
      if (running) return null;
      return { to: 'queued', account, spent: false, code: 'stopping', detail: 'given back unsent: the gateway stops' };
    },
    waiting(delivery, followed, now) {
      const { channel, account, doubtful } = delivery;
      const told = { code: 'account_open', detail: 'the account cannot be used now' };
      const mayInherit = (name: string) =>
        name !== account && isHealthy(gateOf({ channel, account: name })) && mayMoveTo(delivery, [account, name]);
      const heir = orderOf(delivery).find(mayInherit);
      // It must not come back before the account may be usable again: what is handed over is claimed at once.
      if (heir === undefined && (doubtful || followed || setupOf(channel).channel.kindOf !== undefined)) {
        const probeAt = gateOf({ channel, account })?.breaker.probeAt ?? now;
        return { to: 'parked', at: Math.max(now + 1, probeAt), account, ...told };
      }
      return { to: 'queued', account: heir ?? account, spent: false, ...told };
    },
    heirKinds({ channel, account }) {
      const { route, accounts } = setupOf(channel);
      const isHeir = (name: string) =>
        name !== account &&
        isHealthy(gateOf({ channel, account: name })) &&
        shareAddresses(accounts.get(account) ?? {}, accounts.get(name) ?? {});
      return kinds.filter((kind) => accountsFor(route, kind, null, () => 0).some(isHeir));
    },
    lookedUp(account, gate, delivery, fate, now) {
      if (fate.kind === 'accepted')
        return sentBy(account, delivery, { to: 'sent', vendorId: fate.vendorId, parts: fate.parts ?? null });
      if (fate.kind === 'receipt')
        return sentBy(account, delivery, { to: 'sent', vendorId: fate.vendorId, parts: null });
      if (fate.kind === 'absent') return null;
      const facts = factsOf(account, gate, delivery, now);
      if (mayRepeat(facts) && facts.attempt <= maxAttemptsOf(facts.retry)) return null;
      return bounded(decide(notAnswered, facts), delivery, true);
    },
    overQuota(account, gate, delivery, until, now) {
      const facts = factsOf(account, gate, delivery, now);
      const { limited, doubtful } = delivery;
      const settlement = limited === undefined ? decideOverQuota(until, facts) : decideOverLimit(limited, until, facts);
      return bounded(settlement, delivery, doubtful);
    },
    tried(account, gate, delivery, outcome, now) {
      const doubtful = delivery.doubtful || outcome.kind === 'uncertain';
      const settlement = bounded(decide(outcome, factsOf(account, gate, delivery, now)), delivery, doubtful);
      const disbelief = guards.get(delivery.channel)?.heard(laneKey(account), outcome, now) ?? null;
      if (settlement.to === 'sent') return sentBy(account, delivery, absolved(setupOf(delivery.channel), settlement));
      if (settlement.to !== 'failed' || outcome.kind !== 'refused' || outcome.suppress === undefined) return settlement;
      if (disbelief !== null)
        return { ...settlement, detail: `${settlement.detail}; the address is kept, since ${disbelief}` };
      const { channel } = setupOf(delivery.channel);
      const masked = channel.maskAddress(delivery.address);
      const reason = outcome.because === 'blocked' ? 'unsubscribed' : 'bounced';
      const strikes = channel.pruning && { strikes: channel.pruning.strikes };
      return { ...settlement, suppress: { strength: outcome.suppress, reason, masked, ...strikes } };
    },
  };
}

/** Where vendors say at once that an address is dead, an acceptance says that it is not; mail is accepted for a dead one too. */
function absolved({ channel }: ChannelSetup, sent: Sent): Sent {
  return channel.pruning === undefined ? sent : { ...sent, absolves: true };
}

type Sent = Extract<Settlement, { to: 'sent' }>;

/** Most vendors give our id back: then nothing has to be kept to find it. */
function sentBy({ receiptsBy }: Account, { verifiable }: Claimed, sent: Sent): Settlement {
  const traced = receiptsBy === 'vendorId' && sent.vendorId !== null;
  return { ...sent, ...(traced && { traced }), ...(verifiable && { verifiable }) };
}

/** The ids of attempts count no further: what was claimed that often will not be sent at all. */
export function bounded(settlement: Settlement, { token }: Claimed, doubtful: boolean): Settlement {
  if (!('account' in settlement) || token < maxFamilyOrdinal) return settlement;
  return { to: doubtful ? 'uncertain' : 'dead', code: settlement.code, detail: settlement.detail };
}

function isHealthy(gate: LaneGate | undefined): boolean {
  return gate?.breaker.state === 'closed';
}

function firstAfter(order: readonly string[], account: string, isUsable: (name: string) => boolean): string | null {
  let next = accountAfter(order, account);
  while (next !== null && !isUsable(next)) next = accountAfter(order, next);
  return next;
}
