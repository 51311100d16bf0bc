import { stepAside } from './breaker.ts';
import { decide, type Settlement } from './decide.ts';
import { maxFamilyOrdinal } from './ids.ts';
import type { Account, ChannelSetup, LaneGate } from './lane.ts';
import { type Kind, kinds } from './notification.ts';
import type { Claimed, Lane } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { accountAfter, accountsFor, drawOf } from './route.ts';

/** What becomes of a claimed delivery: gathers the facts that `decide` asks for. */
export interface Verdicts {
  /** For a delivery that must not be tried any more; null when it may be. */
  untried(delivery: Claimed, running: boolean, now: number): Settlement | null;
  /** For a delivery that waits for an account which cannot be used: a healthy one of its route. */
  waiting(delivery: Claimed): Settlement;
  /** The kinds of notifications whose route has a healthy account beside this one. */
  heirKinds(lane: Lane): readonly Kind[];
  /** After an attempt through `account`, whose gate has seen the outcome already. */
  tried(account: Account, gate: LaneGate, delivery: Claimed, outcome: Outcome, now: number): Settlement;
}

/** `gateOf` gives what an account may do now. */
export function openVerdicts(
  channels: ReadonlyMap<string, ChannelSetup>,
  gateOf: (lane: Lane) => LaneGate | undefined,
  random: () => number,
): Verdicts {
  const usable = (lane: Lane, now: number) => gateOf(lane)?.usable(now) ?? false;
  const healthy = (lane: Lane) => gateOf(lane)?.breaker.state === 'closed';
  const orderOf = ({ channel, kind, accounts, notification }: Claimed) =>
    accountsFor((channels.get(channel) as ChannelSetup).route, kind, accounts, drawOf(notification));

  const afterAttempt: Verdicts['tried'] = (account, gate, delivery, outcome, now) => {
    const setup = channels.get(delivery.channel) as ChannelSetup;
    const order = orderOf(delivery);
    const isUsable = (name: string) => usable({ channel: delivery.channel, account: name }, now);
    return decide(outcome, {
      now,
      attempt: delivery.attempt,
      retry: setup.channel.retry,
      guarantee: delivery.guarantee,
      onUncertain: account.onUncertain,
      expiresAt: delivery.expiresAt,
      account: delivery.account,
      nextAccount: firstAfter(order, delivery.account, isUsable),
      firstAccount: order.find(isUsable) ?? order[0] ?? delivery.account,
      parkedUntil: stepAside(gate.breaker, delivery.token - delivery.attempt, now),
      random,
    });
  };

  return {
    untried({ account, expiresAt }, running, now) {
      if (expiresAt !== null && now >= expiresAt) {
        return { to: 'expired', code: 'expired', detail: 'its time was up before it could be sent' };
      }
      if (running) return null;
      return { to: 'queued', account, spent: false, code: 'stopping', detail: 'given back unsent: the gateway stops' };
    },
    waiting(delivery) {
      const { channel, account } = delivery;
      const heir = orderOf(delivery).find((name) => name !== account && healthy({ channel, account: name }));
      const told = { code: 'account_open', detail: 'the account cannot be used now' };
      return { to: 'queued', account: heir ?? account, spent: false, ...told };
    },
    heirKinds({ channel, account }) {
      const { route } = channels.get(channel) as ChannelSetup;
      const isHeir = (name: string) => name !== account && healthy({ channel, account: name });
      return kinds.filter((kind) => accountsFor(route, kind, null, () => 0).some(isHeir));
    },
    tried(account, gate, delivery, outcome, now) {
      const settlement = afterAttempt(account, gate, delivery, outcome, now);
      // The ids of attempts count no further: what was claimed that often will not be sent at all.
      if (!('account' in settlement) || delivery.token < maxFamilyOrdinal) return settlement;
      return { to: 'dead', code: settlement.code, detail: settlement.detail };
    },
  };
}

function firstAfter(order: readonly string[], account: string, isUsable: (name: string) => boolean): string | null {
  let next = accountAfter(order, account);
  while (next !== null && !isUsable(next)) next = accountAfter(order, next);
  return next;
}
