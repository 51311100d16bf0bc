import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Account,
  type Channel,
  type ChannelSetup,
  type Claimed,
  type Clock,
  type DeliveryId,
  type DeliveryStatus,
  type Dispatcher,
  deliveryId,
  type Guarantee,
  idMint,
  isOpen,
  isUnsent,
  type NewNotification,
  type NotificationId,
  type NotificationStatus,
  type Outbox,
  type Outcome,
  type OutgoingDelivery,
  openDispatcher,
  type PlanStep,
  type Settle,
  type Settlement,
  silentLogger,
} from '@posthorn/core';
import { manualClock, sampleNotification } from '@posthorn/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keys } from '../doubles/temporary-store.ts';
import { type EmbeddedStore, openStore } from './index.ts';

/**
 * The dispatcher and the store at work for a caller, vendors that do what vendors do, and a machine that is switched off
 * between any two steps, all in simulated time and drawn from one seed. Run on the real store, because the claims, fences
 * and rescues that carry the promises are its SQL; its file lies in memory where the machine offers that, since what is
 * tried here is the order of commits and not the disk.
 *
 * A failure prints its seed: POSTHORN_SIMULATION_SEED=<seed> repeats it alone; POSTHORN_SIMULATION_COUNT=<n> plays more.
 */
const { POSTHORN_SIMULATION_SEED: givenSeed, POSTHORN_SIMULATION_COUNT: givenCount } = process.env;
const firstSeed = givenSeed === undefined ? Date.now() % 1_000_000_000 : Number(givenSeed);
const histories = Number(givenCount ?? (givenSeed === undefined ? 150 : 1));

const chaosMs = 8_000;
const crashesAtMost = 4;
const timeoutMs = 1_000;

/** Chance from a seed (mulberry32). */
function chanceOf(seed: number) {
  let state = seed | 0;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    draw,
    below: (most: number) => Math.floor(draw() * most),
    hits: (probability: number) => draw() < probability,
    pick: <Item>(items: readonly Item[]): Item => items[Math.floor(draw() * items.length)] as Item,
  };
}

/** What the vendor does with a message. `took` says that it reaches its person, whatever we are told. */
const plays = {
  accepts: { took: true },
  'accepts late': { took: true },
  refuses: { took: false },
  'defers this one': { took: false },
  'defers the account': { took: false },
  'asks the account to wait': { took: false },
  'rejects our key': { took: false },
  'breaks off, sent': { took: true },
  'breaks off, unsent': { took: false },
  'throws, sent': { took: true },
  'says nonsense, sent': { took: true },
  'never answers, sent': { took: true },
  'never answers, unsent': { took: false },
  'answers when nobody listens': { took: true },
} as const;
type Play = keyof typeof plays;

const words = Object.keys(plays) as Play[];
/** After these nobody can know whether it was sent. */
const doubtful: ReadonlySet<Play> = new Set(words.filter((play) => /breaks|throws|nonsense|never|nobody/.test(play)));

/** How an account is for a while. */
const moods: readonly (readonly Play[])[] = [
  ['accepts'],
  ['accepts', 'accepts', 'accepts late', 'refuses', 'defers this one'],
  ['rejects our key'],
  ['defers the account', 'asks the account to wait'],
  ['never answers, sent', 'never answers, unsent'],
  words,
  words,
];

/** What is known about a delivery from outside the system under test. */
interface Story {
  readonly notification: NotificationId;
  readonly step: number;
  readonly guarantee: Guarantee;
  readonly expiresAt: number | null;
  /** Copies that reach the person. */
  copies: number;
  /** Attempts, by token, that ended or were cut off so that nobody can know; `holds`: on an account that never repeats. */
  readonly doubts: Map<number, { readonly holds: boolean }>;
  /** The newest lease that anyone was told of. */
  token: number;
  /** With a vendor, and not yet settled. */
  open: { readonly holds: boolean } | null;
}

/** One process: it dies at a crash with everything it was waiting for. */
interface Life {
  dead: boolean;
  timers: number;
  readonly leased: Map<DeliveryId, Claimed>;
  readonly dispatcher: Dispatcher;
}

class Violation extends Error {}

async function simulate(seed: number, folder: string) {
  const chance = chanceOf(seed);
  const clock = manualClock();
  const path = join(folder, `${seed}.db`);
  const open = (): EmbeddedStore => openStore({ path, searchKey: Buffer.alloc(32, 7), keys, now: clock.now() });
  let store = open();
  const mint = idMint({
    fill: (bytes) => {
      for (let place = 0; place < bytes.length; place++) bytes[place] = chance.below(256);
    },
  });

  const stories = new Map<DeliveryId, Story>();
  const asked = new Map<NotificationId, NewNotification>();
  const accepted = new Set<NotificationId>();
  const canceled = new Set<NotificationId>();
  const statuses = new Map<NotificationId, NotificationStatus>();
  const zombies: Settle[] = [];
  const moodOf = new Map<string, readonly Play[]>();
  const history: string[] = [];
  let calm = false;
  let crashes = 0;
  let late = 0;
  let calls = 0;
  let life: Life;

  const note = (text: string) => void history.push(`${clock.now() - Date.UTC(2026, 0, 1)} ${text}`);
  const broken = (rule: string) => {
    throw new Violation(`seed ${seed}: ${rule}\n${history.slice(-60).join('\n')}`);
  };
  let violation: unknown = null;
  /** A broken rule inside a provider would look like a provider that throws: it is kept for the end of the step. */
  const hold = (rule: () => void) => {
    try {
      rule();
    } catch (error) {
      violation ??= error;
    }
  };
  const storyOf = (id: DeliveryId) => stories.get(id) as Story;
  const viewOf = (id: DeliveryId) => store.reader.delivery(store.defaultProject.key, id);

  /** A point at which the machine may be switched off; true when this process is dead. */
  const off = (mine: Life): boolean => {
    if (!mine.dead && !calm && crashes < crashesAtMost && chance.hits(0.012)) {
      note('*** crash');
      crashes++;
      mine.dead = true;
    }
    return mine.dead;
  };
  const forever = () => new Promise<never>(() => undefined);

  /** The store as one process sees it: a command may be lost before its commit, or its answer after it. */
  const lineTo = (mine: Life): Outbox => {
    const call = async <Answer>(command: () => Promise<Answer>): Promise<Answer> => {
      await Promise.resolve();
      if (off(mine)) return forever();
      calls++;
      try {
        const answer = await command();
        return off(mine) ? forever() : answer;
      } finally {
        calls--;
      }
    };
    const { outbox } = store;
    return {
      ...outbox,
      claim: async (input) => {
        const claimed = await call(() => outbox.claim(input));
        for (const lease of claimed) hold(() => leased(mine, lease));
        return claimed;
      },
      settle: async (input) => {
        const lost = () => {
          if (mine.dead) zombies.push(input);
        };
        const settle = async () => {
          const answer = await outbox.settle(input);
          storyOf(input.lease.id).open = null;
          // At once: the next lane may have its claim in the same commit, and be told in the same breath.
          if (mine.leased.get(input.lease.id)?.token === input.lease.token) mine.leased.delete(input.lease.id);
          return answer;
        };
        const answer = await call(settle).finally(lost);
        note(`settled ${input.lease.id.slice(-9)}#${input.lease.token} ${input.settlement.to}: ${answer}`);
        return answer;
      },
      renew: (input) => call(() => outbox.renew(input)),
      tick: (input) => call(() => outbox.tick(input)),
      reassign: (input) => call(() => outbox.reassign(input)),
      onCommit: (listener) =>
        outbox.onCommit((commit) => {
          if (!mine.dead) listener(commit);
        }),
    };
  };

  const leased = (mine: Life, lease: Claimed) => {
    const story = storyOf(lease.id);
    note(`claimed ${lease.id.slice(-9)}#${lease.token}`);
    if (mine.leased.has(lease.id)) broken(`${lease.id} was leased twice at the same time`);
    if (lease.token <= story.token) broken(`${lease.id} was leased with token ${lease.token} after ${story.token}`);
    if (canceled.has(lease.notification)) broken(`${lease.id} was claimed after it had been canceled`);
    story.token = lease.token;
    mine.leased.set(lease.id, lease);
  };

  /** Looked at when a message leaves us. */
  const mayLeave = ({ id, notification }: OutgoingDelivery) => {
    const story = storyOf(id);
    const now = clock.now();
    if (story.expiresAt !== null && now >= story.expiresAt) broken(`${id} was sent after its expiry`);
    if (story.guarantee === 'at-most-once' && (story.copies > 0 || story.doubts.size > 0))
      broken(`${id} was sent more than once`);
    if (story.copies > 0 && story.doubts.size === 0) broken(`${id} was sent again although everyone knew`);
    if ([...story.doubts.values()].some((doubt) => doubt.holds))
      broken(`${id} was sent again although its account holds what is uncertain`);
    const { plan, dueAt } = asked.get(notification) as NewNotification;
    if (dueAt !== null && now < dueAt) broken(`${id} was sent before its time`);
    if (plan.strategy === 'broadcast') return;
    for (const [other, before] of stories) {
      if (before.notification !== notification || before.step >= story.step) continue;
      const view = viewOf(other);
      const status = view?.status as DeliveryStatus;
      const { withinMs } = plan.steps[before.step] as PlanStep;
      if (status === 'expired' && view?.code === 'within_passed' && withinMs === null)
        broken(`step ${story.step} was sent after ${other} ran out of a time that it did not have`);
      const told = store.reader.notification(store.defaultProject.key, notification)?.timeline ?? [];
      const wasParked = told.some(({ type, delivery }) => delivery === other && type === 'delivery.parked');
      if (view?.code === 'no_account' && !wasParked)
        broken(`step ${story.step} was sent after ${other} was given up though an account was there`);
      if (isUnsent(status)) broken(`step ${story.step} was sent while ${other} is ${status}`);
      if ((status === 'sending' || status === 'sent') && withinMs === null)
        broken(`step ${story.step} was sent beside ${other}, ${status}, which had no limit`);
      if (story.guarantee === 'at-most-once' && (status === 'sending' || status === 'uncertain'))
        broken(`step ${story.step} was sent at most once beside ${other}, ${status}`);
    }
  };

  /** The vendor has it: a receipt may follow, whether we live or not. */
  const arrives = (id: DeliveryId) => {
    const story = storyOf(id);
    story.copies++;
    if (!chance.hits(0.4)) return;
    const status = chance.hits(0.8) ? 'delivered' : 'undelivered';
    const report = () => {
      if (life.dead) {
        clock.after(700, report);
        return;
      }
      note(`receipt ${id.slice(-9)} ${status}`);
      void store.outbox
        .receive({ delivery: id, receipt: { status, code: null, detail: null, at: clock.now() }, now: clock.now() })
        .catch(() => clock.after(700, report));
    };
    clock.after(chance.below(6_000), report);
  };

  const told = { code: 'told', detail: 'by the vendor' };
  const answers: Readonly<Record<Play, Outcome | 'nothing' | 'nonsense' | 'error'>> = {
    accepts: { kind: 'accepted', vendorId: 'v' },
    'accepts late': { kind: 'accepted', vendorId: 'v' },
    refuses: { kind: 'refused', because: 'address', ...told },
    'defers this one': { kind: 'deferred', scope: 'delivery', retryAfterMs: null, ...told },
    'defers the account': { kind: 'deferred', scope: 'account', retryAfterMs: null, ...told },
    'asks the account to wait': { kind: 'deferred', scope: 'account', retryAfterMs: 1_500, ...told },
    'rejects our key': { kind: 'misconfigured', ...told },
    'breaks off, sent': { kind: 'uncertain', ...told },
    'breaks off, unsent': { kind: 'uncertain', ...told },
    'throws, sent': 'error',
    'says nonsense, sent': 'nonsense',
    'never answers, sent': 'nothing',
    'never answers, unsent': 'nothing',
    'answers when nobody listens': { kind: 'accepted', vendorId: 'late' },
  };

  const send = (mine: Life, account: string, holds: boolean, delivery: OutgoingDelivery): Promise<Outcome> => {
    const play = chance.pick(calm ? (['accepts'] as const) : (moodOf.get(account) ?? words));
    hold(() => mayLeave(delivery));
    if (off(mine)) return forever();
    const story = storyOf(delivery.id);
    note(`sending ${delivery.id.slice(-9)} by ${account}: ${play}`);
    story.open = { holds };
    if (doubtful.has(play)) story.doubts.set(story.token, { holds });
    const late = play === 'answers when nobody listens' ? timeoutMs + 600 : 0;
    const delay = play === 'accepts late' ? timeoutMs + chance.below(400) : late + chance.below(300);
    if (plays[play].took) clock.after(chance.below(delay + 1), () => arrives(delivery.id));
    return new Promise((resolve, reject) => {
      const answer = answers[play];
      if (answer === 'nothing') return;
      clock.after(delay, () => {
        if (off(mine)) {
          if (typeof answer === 'object') leaveZombie(mine, delivery.id, answer);
        } else if (answer === 'error') reject(new Error('a bug of the provider'));
        else resolve(answer === 'nonsense' ? ({ kind: 'well' } as unknown as Outcome) : answer);
      });
    });
  };

  /** The answer comes to a process that is dead by now: what it would have settled may still reach the store. */
  const leaveZombie = ({ leased: leases }: Life, id: DeliveryId, answer: Outcome) => {
    const lease = leases.get(id);
    const now = clock.now();
    if (lease === undefined) return;
    const { channel, account } = lease;
    const about = { channel, account, startedAt: now, endedAt: now, outcome: answer.kind, code: null, detail: null };
    zombies.push({ lease, now, attempt: about, settlement: lateWord(answer, account, now) });
  };

  const begin = (): Life => {
    const mine: { dead: boolean; timers: number; leased: Map<DeliveryId, Claimed>; dispatcher?: Dispatcher } = {
      dead: false,
      timers: 0,
      leased: new Map(),
    };
    const own: Clock = {
      now: clock.now,
      afterTurn: (job) =>
        clock.afterTurn(() => {
          if (!mine.dead) job();
        }),
      after(ms, job) {
        mine.timers++;
        let waits = true;
        const ends = () => {
          if (waits) mine.timers--;
          waits = false;
        };
        const cancel = clock.after(ms, () => {
          ends();
          if (!mine.dead) job();
        });
        return () => {
          ends();
          cancel();
        };
      },
    };
    const me = mine as Life;
    const account = (channel: string, name: string, more: Partial<Account> = {}): Account => ({
      channel,
      account: name,
      timeoutMs,
      concurrency: 2,
      ratePerSecond: null,
      onUncertain: 'retry',
      ...more,
      provider: { send: (delivery) => send(me, name, more.onUncertain === 'hold', delivery) },
    });
    const setup = (...accounts: readonly Account[]): ChannelSetup => ({
      channel: { retry: { maxAttempts: 4, baseMs: 300, capMs: 2_000 } } as Channel,
      route: { default: accounts.map((one) => one.account) },
      accounts: new Map(accounts.map((one) => [one.account, one])),
    });
    const channels = new Map([
      ['sms', setup(account('sms', 'sms-a'), account('sms', 'sms-b', { ratePerSecond: 20 }))],
      ['push', setup(account('push', 'push-a', { concurrency: 3 }))],
      ['email', setup(account('email', 'email-a', { onUncertain: 'hold' }))],
    ]);
    const tools = { outbox: lineTo(me), channels, clock: own, random: chance.draw, log: silentLogger };
    mine.dispatcher = openDispatcher(tools);
    void me.dispatcher.start();
    store.outbox.onCommit(({ events }) => {
      for (const { notification, status, type } of events) {
        if (status !== null) hold(() => statusMoves(notification, status, type));
      }
    });
    return me;
  };

  const final: ReadonlySet<NotificationStatus> = new Set(['delivered', 'failed', 'expired', 'canceled']);
  const statusMoves = (id: NotificationId, to: NotificationStatus, because: string) => {
    const from = statuses.get(id);
    note(`${id.slice(-12, -6)} is ${to}`);
    if (from !== undefined && final.has(from) && from !== to) broken(`${id} went back from ${from} to ${to}`);
    const takesBack = from === 'sent' || from === 'uncertain';
    if (takesBack && (to === 'sending' || to === 'accepted') && because !== 'delivery.undelivered')
      broken(`${id} went back from ${from} to ${to} because of ${because}`);
    if (from !== undefined && from !== 'scheduled' && to === 'accepted') broken(`${id} went back to ${to}`);
    statuses.set(id, to);
  };

  const submit = async () => {
    const now = clock.now();
    const id = mint.notification(now, 5);
    const channels = [
      { lane: { channel: 'sms', account: chance.pick(['sms-a', 'sms-b']) }, addresses: ['+1'] },
      { lane: { channel: 'push', account: 'push-a' }, addresses: chance.pick([['t1'], ['t1', 't2', 't3']]) },
      { lane: { channel: 'email', account: 'email-a' }, addresses: ['a@b'] },
    ].sort(() => chance.draw() - 0.5);
    const steps = channels.slice(0, 1 + chance.below(3)).map((step) => ({
      ...step,
      ...(chance.hits(0.4) ? { withinMs: 200 + chance.below(3_000) } : {}),
      ...(chance.hits(0.2) ? { until: 'delivered' as const, withinMs: 2_000 } : {}),
    }));
    const dueAt = chance.hits(0.2) ? now + chance.below(3_000) : null;
    const wanted = sampleNotification(id, store.defaultProject.key, {
      steps,
      strategy: chance.hits(0.15) ? 'broadcast' : 'fallback',
      guarantee: chance.hits(0.4) ? 'at-most-once' : 'at-least-once',
      priority: chance.pick(['critical', 'normal', 'bulk']),
      dueAt,
      expiresAt: chance.hits(0.25) ? (dueAt ?? now) + 300 + chance.below(8_000) : null,
      orderingKey: chance.hits(0.2) ? chance.pick(['one', 'two']) : null,
    });
    asked.set(id, wanted);
    for (const { ordinal, step } of wanted.deliveries) {
      stories.set(deliveryId(id, ordinal), {
        notification: id,
        step,
        guarantee: wanted.plan.guarantee,
        expiresAt: wanted.expiresAt,
        copies: 0,
        doubts: new Map(),
        token: 0,
        open: null,
      });
    }
    note(`submit ${id.slice(-12, -6)} ${JSON.stringify(wanted.plan)}`);
    await store.outbox.accept({ notifications: [wanted], now });
    accepted.add(id);
  };

  const cancel = async () => {
    const notification = chance.pick([...accepted]);
    if (notification === undefined) return;
    const answer = await store.outbox.cancel({ project: store.defaultProject.key, notification, now: clock.now() });
    note(`cancel ${notification.slice(-12, -6)}: ${answer}`);
    if (answer === 'canceled') canceled.add(notification);
  };

  /** A process that is long dead still says what came of its attempt. */
  const haunt = async () => {
    const inTheWay = zombies.findIndex(({ lease }) => life.leased.has(lease.id));
    if (inTheWay === -1 && chance.hits(0.9)) return;
    const [settle] = zombies.splice(inTheWay === -1 ? chance.below(zombies.length) : inTheWay, 1);
    if (settle === undefined) return;
    const { id, token } = settle.lease;
    const before = viewOf(id);
    const stale = storyOf(id).token > token;
    const answer = await store.outbox.settle(settle);
    note(`haunted ${id.slice(-9)}#${token} ${settle.settlement.to}: ${answer}`);
    if (stale && answer !== 'lost') broken(`${id}: token ${token} still counts after ${storyOf(id).token}`);
    if (answer === 'lost') late++;
    if (answer === 'lost') expect(viewOf(id), `seed ${seed}: a lost lease changed ${id}`).toEqual(before);
    const { attempt } = settle;
    // The late word settles the doubt that the crash had left.
    if (answer === 'settled' && attempt?.outcome !== 'uncertain') storyOf(id).doubts.delete(token);
  };

  /** Everything that can happen without time passing. */
  const quiet = async () => {
    let turns = 0;
    for (let still = 0; still < 3; still = calls > 0 ? 0 : still + 1) {
      if (++turns > 10_000) broken('it goes round in circles without time passing');
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (violation !== null) throw violation;
  };

  const revive = async () => {
    await quiet();
    for (const story of stories.values()) {
      if (story.open !== null) story.doubts.set(story.token, story.open);
      story.open = null;
    }
    store.close();
    clock.advance(chance.below(4_000));
    store = open();
    life = begin();
    await quiet();
    if (life.dead) return;
    for (const id of stories.keys()) {
      if (viewOf(id)?.status === 'sending' && !life.leased.has(id)) broken(`${id} is still leased to a dead process`);
    }
  };

  const step = async (mostMs: number) => {
    const next = clock.nextAt() ?? Number.POSITIVE_INFINITY;
    clock.advance(Math.max(0, Math.min(next - clock.now(), mostMs)));
    await quiet();
    if (life.dead) await revive();
  };

  /** What is left open, or is told otherwise than it was. */
  const unfinished = (): readonly string[] =>
    [...asked.keys()].flatMap((id) => {
      const view = store.reader.notification(store.defaultProject.key, id);
      if (view === null) return accepted.has(id) ? [`${id} was accepted and is gone`] : [];
      const left = view.deliveries.filter(({ status }) => isOpen(status)).map((one) => `${one.id} is ${one.status}`);
      const going = view.status === 'sending' || view.status === 'scheduled' || view.status === 'accepted';
      return going ? [...left, `${id} is ${view.status}`] : left;
    });

  try {
    life = begin();
    await quiet();
    const end = clock.now() + chaosMs;
    while (clock.now() < end) {
      if (asked.size < 6 && chance.hits(0.15)) await submit();
      if (chance.hits(0.05)) moodOf.set(chance.pick(['sms-a', 'sms-b', 'push-a', 'email-a']), chance.pick(moods));
      if (accepted.size > 0 && chance.hits(0.01)) await cancel();
      if (zombies.length > 0 && chance.hits(0.5)) await haunt();
      await step(1 + chance.below(250));
    }
    calm = true;
    if (life.dead) await revive();
    for (let round = 0; unfinished().length > 0; round++) {
      if (round > 2_000) broken(`not all ended: ${unfinished().join(', ')}`);
      if (life.dispatcher.inFlight() > 0) await step(60_000);
      else {
        clock.advance(20_000);
        await quiet();
      }
    }
    hold(() => endsTrue(stories, viewOf, broken));
    let stopped = false;
    void life.dispatcher.stop(0).then(() => {
      stopped = true;
    });
    for (let turn = 0; turn < 50 && !stopped; turn++) await step(1_000);
    if (!stopped) broken('it does not stop');
    if (life.timers > 0) broken(`${life.timers} timers are left after the stop`);
    await quiet();
    const all = [...stories.values()];
    return {
      crashes,
      late,
      copies: all.reduce((sum, { copies }) => sum + copies, 0),
      doubts: all.filter(({ doubts }) => doubts.size > 0).length,
      failovers: all.filter(({ step: place, token }) => place > 0 && token > 0).length,
    };
  } catch (error) {
    if (error instanceof Violation) throw error;
    throw new Error(`seed ${seed}: ${String(error)}\n${history.slice(-60).join('\n')}`, { cause: error });
  } finally {
    store.close();
  }
}

function lateWord(answer: Outcome, account: string, now: number): Settlement {
  const why = { code: 'late', detail: 'from a dead process' };
  switch (answer.kind) {
    case 'accepted':
      return { to: 'sent', vendorId: 'late', parts: null };
    case 'refused':
      return { to: 'failed', ...why };
    case 'uncertain':
      return { to: 'uncertain', ...why };
    default:
      return { to: 'retrying', at: now + 100, account, ...why };
  }
}

/** What we tell about each delivery is what happened to it, unless nobody could know. */
function endsTrue(
  stories: ReadonlyMap<DeliveryId, Story>,
  viewOf: (id: DeliveryId) => { readonly status: DeliveryStatus } | null,
  broken: (rule: string) => void,
): void {
  for (const [id, { copies, doubts, guarantee }] of stories) {
    const status = viewOf(id)?.status;
    if (status === undefined) continue;
    if (guarantee === 'at-most-once' && copies > 1) broken(`${id} reached its person ${copies} times`);
    if (doubts.size > 0) continue;
    const arrived = status === 'sent' || status === 'delivered' || status === 'undelivered';
    if (arrived && copies !== 1) broken(`${id} is ${status}, but ${copies} copies left`);
    if (!arrived && status !== 'uncertain' && copies > 0) broken(`${id} is ${status}, but it was sent`);
  }
}

let folder: string;
beforeAll(() => {
  const memory = '/dev/shm';
  folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'posthorn-simulation-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(`holds its promises through ${histories} random histories, from seed ${firstSeed} on`, {
  timeout: 3_600_000,
}, async () => {
  const met = { crashes: 0, copies: 0, doubts: 0, failovers: 0, late: 0 };
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const one = await simulate(seed, folder);
    for (const key of Object.keys(met) as (keyof typeof met)[]) met[key] += one[key];
  }
  // What never came up was not tried.
  if (histories >= 100) expect(Object.entries(met).filter(([, times]) => times < histories / 10)).toEqual([]);
});
