import assert from 'node:assert/strict';
import { type ManualClock, manualClock, recordingLogger } from '@posthorn/testkit';
import type { Channel } from '../src/channel.ts';
import { type Dispatcher, openDispatcher } from '../src/dispatcher.ts';
import type { Fate } from '../src/fate.ts';
import type { DeliveryId } from '../src/ids.ts';
import type { Account, ChannelSetup } from '../src/lane.ts';
import type { Outcome } from '../src/outcome.ts';
import type { OutgoingDelivery } from '../src/provider.ts';
import type { Route } from '../src/route.ts';
import { memoryOutbox } from './memory-outbox.ts';

export const sent: Outcome = { kind: 'accepted', vendorId: 'v' };
export const misconfigured: Outcome = { kind: 'misconfigured', code: 'credentials', detail: 'wrong key' };
export const lost: Outcome = { kind: 'uncertain', code: 'connection_lost', detail: 'no answer' };
export const busy = (retryAfterMs: number | null = null): Outcome => ({
  kind: 'deferred',
  scope: 'account',
  retryAfterMs,
  code: 'busy',
  detail: 'come back',
});

interface Sending {
  readonly id: DeliveryId;
  readonly account: string;
  readonly attempt: number;
  readonly at: number;
}

/** How an account behaves: what a send comes to and how long it takes. */
type Behaviour = (delivery: OutgoingDelivery, signal: AbortSignal) => { outcome: Outcome; afterMs?: number } | 'never';

/** What a vendor says when it is asked about an earlier attempt. */
type Knows = (delivery: OutgoingDelivery, signal: AbortSignal) => { fate: unknown; afterMs?: number } | 'never';

type AccountOf = Partial<Omit<Account, 'provider'>> & { readonly behaves?: Behaviour; readonly knows?: Knows };

/** A dispatcher over the memory outbox, with accounts that behave as told. */
export function play(accounts: Readonly<Record<string, AccountOf>>, route?: Route) {
  const clock = manualClock();
  const memory = memoryOutbox(clock);
  const sendings: Sending[] = [];
  const lookUps: Sending[] = [];
  const open = { now: 0, most: 0 };
  const log = recordingLogger();

  /** One request to a vendor: what it answers and when. */
  const request = <Answer>(answer: Answer | 'never', afterMs = 0) => {
    open.now++;
    open.most = Math.max(open.most, open.now);
    return new Promise<Answer>((resolve) => {
      if (answer === 'never') return;
      clock.after(afterMs, () => {
        open.now--;
        resolve(answer);
      });
    });
  };
  const lookUpOf = (name: string, asked: Knows) => (delivery: OutgoingDelivery, signal: AbortSignal) => {
    lookUps.push({ id: delivery.id, account: name, attempt: delivery.attempt, at: clock.now() });
    const answer = asked(delivery, signal);
    return answer === 'never' ? request<Fate>('never') : request(answer.fate as Fate, answer.afterMs);
  };

  const account = (name: string, { behaves = () => ({ outcome: sent }), knows, ...more }: AccountOf): Account => ({
    channel: 'sms',
    account: name,
    timeoutMs: 10_000,
    concurrency: 4,
    ratePerSecond: null,
    onUncertain: 'retry',
    ...more,
    provider: {
      send(delivery, signal) {
        sendings.push({ id: delivery.id, account: name, attempt: delivery.attempt, at: clock.now() });
        const plan = behaves(delivery, signal);
        return plan === 'never' ? request<Outcome>('never') : request(plan.outcome, plan.afterMs);
      },
      ...(knows && { lookUp: lookUpOf(name, knows) }),
    },
  });

  const all = Object.entries(accounts).map(([name, more]) => account(name, more));
  const channels = new Map<string, ChannelSetup>();
  for (const one of all) {
    const accountsOfChannel = all.filter(({ channel }) => channel === one.channel);
    channels.set(one.channel, {
      channel: { retry: { maxAttempts: 4, baseMs: 1_000, capMs: 60_000 } } as Channel,
      route: route ?? { default: accountsOfChannel.map(({ account: name }) => name) },
      accounts: new Map(accountsOfChannel.map((each) => [each.account, each])),
    });
  }
  const dispatcher: Dispatcher = openDispatcher({ outbox: memory.outbox, channels, clock, random: () => 0.5, log });
  return { clock, sendings, lookUps, open, log, dispatcher, ...memory };
}

/** Everything that can happen without time passing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, job by job, and everything that follows from each. */
export async function pass(clock: ManualClock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await settled();
  for (let next = clock.nextAt(); next !== null && next <= end; next = clock.nextAt()) {
    clock.advance(Math.max(0, next - clock.now()));
    await settled();
  }
  clock.advance(end - clock.now());
  await settled();
}

/** Stops and looks that nothing stays behind. */
export async function finish({ dispatcher, clock }: { dispatcher: Dispatcher; clock: ManualClock }): Promise<void> {
  let stopped = false;
  const stopping = dispatcher.stop(0).then(() => {
    stopped = true;
  });
  await pass(clock, 1_500);
  assert.ok(stopped, 'stop() did not end');
  await stopping;
  assert.equal(dispatcher.inFlight(), 0);
  assert.equal(clock.pending(), 0, 'a timer was left behind');
}
