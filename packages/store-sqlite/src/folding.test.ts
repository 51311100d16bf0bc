import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Account,
  type Channel,
  type ChannelSetup,
  type DeliveryId,
  deliveryId,
  idMint,
  isOpen,
  type Outcome,
  type OutgoingDelivery,
  openDispatcher,
  silentLogger,
} from '@posthorn/core';
import { manualClock, sampleNotification } from '@posthorn/testkit';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../doubles/temporary-store.ts';
import { openStore } from './index.ts';

const minute = 60_000;
const lane = { channel: 'sms', account: 'robot' };
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-folding-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a message of the robot says: the numbers of all the deliveries that it is for. */
interface Said {
  readonly for: readonly number[];
}
type Fold = (contents: readonly Said[]) => Said;

/** What a message comes to; or the process dies while the vendor has it. */
type Behaviour = (said: Said, call: number) => Outcome | 'crash';

const accepted: Outcome = { kind: 'accepted', vendorId: null };
const lost: Outcome = { kind: 'uncertain', code: 'lost', detail: 'no answer' };
const unfit: Outcome = { kind: 'refused', because: 'content', code: 'unfit', detail: 'a word in it' };
const busy: Outcome = { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'busy', detail: 'later' };

const open: { end(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.end();
});

const inOne: Fold = (contents) => ({ for: contents.flatMap((content) => content.for) });

/** A dispatcher over the real store, and a robot that may send five messages in a minute. */
function stage(behaves: Behaviour, fold: Fold = inOne) {
  const clock = manualClock();
  // Of its own: one directory has one owner.
  const path = join(mkdtempSync(join(folder, 'store-')), 'outbox.db');
  const openIt = () => openStore({ path, searchKey: Buffer.alloc(32, 7), keys, now: clock.now() });
  let store = openIt();
  const mint = idMint();
  const ids: DeliveryId[] = [];
  const guarantees: string[] = [];
  const messages: { readonly said: Said; readonly at: number }[] = [];
  let life = 0;

  const send = ({ content }: OutgoingDelivery): Promise<Outcome> => {
    const said = content as Said;
    messages.push({ said, at: clock.now() });
    const outcome = behaves(said, messages.length);
    if (outcome !== 'crash') return Promise.resolve(outcome);
    life++;
    return new Promise(() => undefined);
  };
  const begin = async () => {
    const mine = life;
    const account: Account = {
      ...lane,
      timeoutMs: 5_000,
      concurrency: 4,
      ratePerSecond: null,
      onUncertain: 'retry',
      quotas: [{ per: 'account', windows: [{ most: 5, ms: minute }] }],
      provider: { send: (delivery) => (mine === life ? send(delivery) : new Promise(() => undefined)) },
    };
    const channel = { retry: { maxAttempts: 4, baseMs: 1_000, capMs: 2_000 }, fold } as unknown as Channel;
    const setup: ChannelSetup = { channel, route: { default: ['robot'] }, accounts: new Map([['robot', account]]) };
    const own = { ...clock, after: (ms: number, job: () => void) => clock.after(ms, () => mine === life && job()) };
    const tools = { outbox: store.outbox, channels: new Map([['sms', setup]]), clock: own };
    await openDispatcher({ ...tools, random: () => 0.5, log: silentLogger }).start();
  };
  const settle = async () => {
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  open.push({
    end() {
      life++;
      store.close();
    },
  });

  return {
    messages,
    begin,
    async put(count: number, guarantee: 'at-least-once' | 'at-most-once' = 'at-least-once') {
      const notifications = Array.from({ length: count }, () => {
        const id = mint.notification(clock.now());
        const place = ids.push(deliveryId(id, 1)) - 1;
        guarantees.push(guarantee);
        const steps = [{ lane, addresses: ['robot'] }];
        const content = { sms: { for: [place] } };
        return sampleNotification(id, store.defaultProject.key, { steps, guarantee, content });
      });
      await store.outbox.accept({ notifications, now: clock.now() });
    },
    /** Lets time pass, second by second; a process that has died is followed by another one. */
    async pass(ms: number) {
      let mine = life;
      for (let passed = 0; passed < ms; passed += 1_000) {
        await settle();
        if (life !== mine) {
          mine = life;
          store.close();
          clock.advance(1_000);
          store = openIt();
          await begin();
          await settle();
        }
        clock.advance(1_000);
      }
      await settle();
    },
    views: () => ids.map((id) => store.reader.delivery(store.defaultProject.key, id)),
    attempts: (place: number) => store.reader.attempts(store.defaultProject.key, ids[place] as DeliveryId),
    guarantee: (place: number) => guarantees[place],
  };
}

const sizes = (messages: readonly { readonly said: Said }[]) => messages.map(({ said }) => said.for.length);

describe('what is over the quota of a robot', () => {
  it('is said in one message, and every delivery of it is sent with an attempt of its own', async () => {
    const { messages, begin, put, pass, views, attempts } = stage(() => accepted);
    await put(100);
    await begin();
    await pass(2_000);
    expect(sizes(messages)).toEqual([1, 1, 1, 1, 96]);
    const told = messages.flatMap(({ said }) => said.for);
    expect(told.toSorted((a, b) => a - b)).toEqual([...Array(100).keys()]);
    for (const [place, view] of views().entries()) {
      expect(view?.status).toBe('sent');
      expect(attempts(place)).toHaveLength(1);
    }
    const detail = 'sent in one message for 96 deliveries';
    expect(attempts(99)).toMatchObject([{ outcome: 'accepted', code: 'digest', detail }]);
    expect(attempts(0)).toMatchObject([{ outcome: 'accepted', code: null, detail: null }]);
    await put(30);
    await pass(30_000);
    expect(messages, 'the minute is not over').toHaveLength(5);
    await pass(minute);
    const later = sizes(messages).slice(5);
    expect(later.reduce((sum, size) => sum + size, 0)).toBe(30);
    expect(later.length).toBeLessThanOrEqual(5);
  });

  it('is uncertain as a whole when the message is, and what may not be repeated never is', async () => {
    const { messages, begin, put, pass, views } = stage((said) => (said.for.length > 1 ? lost : accepted));
    await put(40, 'at-most-once');
    await begin();
    await pass(5 * minute);
    expect(sizes(messages)).toEqual([1, 1, 1, 1, 36]);
    expect(views().map((view) => view?.status)).toEqual([...Array(4).fill('sent'), ...Array(36).fill('uncertain')]);
  });

  it('fails for the one alone that a message is refused for', async () => {
    const { messages, begin, put, pass, views, attempts } = stage((said) => (said.for.includes(20) ? unfit : accepted));
    await put(60);
    await begin();
    await pass(8 * minute);
    const statuses = [...views().entries()].map(([place, view]) => [place, view?.status] as const);
    expect(statuses.filter(([, status]) => status !== 'sent')).toEqual([[20, 'failed']]);
    const told = messages.filter(({ said }) => said.for.includes(20));
    expect(sizes(told).at(-1), 'it is judged by a message of its own').toBe(1);
    expect(told.length).toBeGreaterThan(1);
    const refused = attempts(20)[0];
    expect(refused).toMatchObject({ outcome: 'refused', code: 'unfit' });
    expect(refused?.detail).toMatch(/^one message for \d+ deliveries: a word in it$/);
  });

  it('goes one by one when its channel cannot fold after all', async () => {
    const { messages, begin, put, pass, views } = stage(
      () => accepted,
      () => {
        throw new TypeError('a bug of the channel');
      },
    );
    await put(12);
    await begin();
    await pass(4 * minute);
    expect(sizes(messages)).toEqual(Array(12).fill(1));
    expect(views().every((view) => view?.status === 'sent')).toBe(true);
  });
});

const plays: Readonly<Record<string, Outcome | 'crash'>> = { accepted, lost, unfit, busy, crash: 'crash' };
/** What reaches the chat, whatever we are told. */
const taken: ReadonlySet<string> = new Set(['accepted', 'lost', 'crash']);

describe('whatever messages come to and whenever the process dies', () => {
  it('every delivery ends, and once where it may arrive only once; no more messages leave than allowed', async () => {
    const bursts = fc.array(fc.record({ count: fc.integer({ min: 1, max: 40 }), once: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    });
    const script = fc.array(fc.constantFrom('accepted', 'accepted', 'accepted', 'lost', 'unfit', 'busy', 'crash'), {
      maxLength: 12,
    });
    let digests = 0;
    await fc.assert(
      fc.asyncProperty(bursts, script, async (crowd, words) => {
        const copies = new Map<number, number>();
        const one = stage((said, call) => {
          const word = words[call - 1] ?? 'accepted';
          if (taken.has(word)) for (const place of said.for) copies.set(place, (copies.get(place) ?? 0) + 1);
          return plays[word] ?? accepted;
        });
        await one.begin();
        for (const { count, once } of crowd) {
          await one.put(count, once ? 'at-most-once' : 'at-least-once');
          await one.pass(7_000);
        }
        await one.pass(8 * minute);
        for (const [place, view] of one.views().entries()) {
          const status = view?.status ?? 'queued';
          const came = copies.get(place) ?? 0;
          expect(isOpen(status), `${place} is ${status}`).toBe(false);
          if (status === 'sent') expect(came, `${place} is sent`).toBeGreaterThan(0);
          const isSure = !words.includes('lost') && !words.includes('crash');
          if (isSure && status !== 'sent') expect(came, `${place} is ${status}`).toBe(0);
          if (isSure) expect(came, `${place} is ${status}`).toBeLessThanOrEqual(1);
          if (one.guarantee(place) === 'at-most-once') expect(came, `${place} may arrive once`).toBeLessThanOrEqual(1);
        }
        for (const { at } of one.messages) {
          const within = one.messages.filter((other) => other.at > at - minute && other.at <= at);
          expect(within.length, 'messages in a minute').toBeLessThanOrEqual(5);
        }
        digests += sizes(one.messages).filter((size) => size > 1).length;
        for (const ending of open.splice(0)) ending.end();
      }),
      { numRuns: 25 },
    );
    expect(digests).toBeGreaterThan(25);
  }, 60_000);
});
