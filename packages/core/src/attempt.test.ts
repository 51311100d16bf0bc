import { manualClock } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { attempt } from './attempt.ts';
import { deliveryId, idMint } from './ids.ts';
import type { Claimed } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { Provider } from './provider.ts';

const notification = idMint().notification(1);
const claimed: Claimed = {
  id: deliveryId(notification, 1),
  delivery: 1,
  token: 4,
  notification,
  channel: 'sms',
  account: 'a',
  address: '+1',
  content: { text: 'hi' },
  attempt: 2,
  doubtful: false,
  quotaUntil: null,
  kind: 'otp',
  priority: 'critical',
  guarantee: 'at-most-once',
  accounts: null,
  createdAt: 0,
  expiresAt: null,
};

type Send = Provider['send'];
/** A provider that keeps to no contract. */
const rogue = (send: (...given: Parameters<Send>) => unknown): Provider => ({ send: send as Send });

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** One attempt under the manual clock, with what came of it so far. */
function begin(send: (...given: Parameters<Send>) => unknown, timeoutMs = 1_000) {
  const clock = manualClock();
  const stop = new AbortController();
  const seen: { outcome: Outcome | null } = { outcome: null };
  const done = attempt(rogue(send), claimed, timeoutMs, stop.signal, clock).then((outcome) => {
    seen.outcome = outcome;
    return outcome;
  });
  return { clock, stop, seen, done };
}

describe('a provider', () => {
  it('gets the delivery without what is ours alone, and its outcome is taken over', async () => {
    let given: object = {};
    const { clock, done } = begin((delivery) => {
      given = delivery;
      return Promise.resolve({ kind: 'accepted', vendorId: 'v', parts: 2 });
    });
    expect(await done).toEqual({ kind: 'accepted', vendorId: 'v', parts: 2 });
    expect(given).toEqual({
      id: claimed.id,
      notification,
      channel: 'sms',
      address: '+1',
      content: { text: 'hi' },
      attempt: 2,
      kind: 'otp',
      priority: 'critical',
      expiresAt: null,
    });
    expect(clock.pending()).toBe(0);
  });

  it.each<[string, (...given: Parameters<Send>) => unknown]>([
    [
      'throws at once',
      () => {
        throw new TypeError('secret 4711');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('secret 4711'))],
    [
      'rejects later',
      async () => {
        await settled();
        throw new TypeError('secret 4711');
      },
    ],
  ])('that %s made an attempt of unknown outcome, and its message is not repeated', async (_name, send) => {
    const { clock, done } = begin(send);
    expect(await done).toEqual({ kind: 'uncertain', code: 'provider_threw', detail: 'TypeError' });
    expect(clock.pending()).toBe(0);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'accepted'],
    ['a number', 7],
    ['a kind of its own', { kind: 'maybe' }],
    ['a list', [{ kind: 'accepted' }]],
    ['a function', () => ({ kind: 'accepted' })],
  ])('that returns %s made an attempt of unknown outcome', async (_name, answer) => {
    expect(await begin(() => answer).done).toMatchObject({ kind: 'uncertain', code: 'provider_garbage' });
    expect(await begin(() => Promise.resolve(answer)).done).toMatchObject({ kind: 'uncertain' });
  });

  it.each<[string, unknown]>([
    [
      'throws when it is read',
      {
        get kind() {
          throw new Error('trap');
        },
      },
    ],
    [
      'cannot be written as text',
      {
        kind: 'refused',
        code: {
          toString() {
            throw new Error('trap');
          },
        },
      },
    ],
  ])('whose outcome %s is like one that threw', async (_name, answer) => {
    expect(await begin(() => answer).done).toMatchObject({ kind: 'uncertain', code: 'provider_threw' });
  });

  it.each<[string, unknown, unknown]>([
    ['no vendor id', { kind: 'accepted' }, { kind: 'accepted', vendorId: null }],
    ['a number as vendor id', { kind: 'accepted', vendorId: 7 }, { kind: 'accepted', vendorId: '7' }],
    ...[Number.NaN, 0, -1, 1.5, '2', null].map((parts): [string, unknown, unknown] => [
      `${String(parts)} parts`,
      { kind: 'accepted', vendorId: null, parts },
      { kind: 'accepted', vendorId: null },
    ]),
    [
      'no reason',
      { kind: 'refused', because: 'mood', suppress: 'forever' },
      { kind: 'refused', because: 'content', code: '', detail: '' },
    ],
    [
      'a scope and a wait of its own',
      { kind: 'deferred', scope: 'planet', retryAfterMs: '5', code: 5, detail: null },
      { kind: 'deferred', scope: 'delivery', retryAfterMs: null, code: '5', detail: '' },
    ],
    [
      'a wait that is no number',
      { kind: 'deferred', scope: 'account', retryAfterMs: Number.NaN, code: 'c', detail: 'd' },
      { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'c', detail: 'd' },
    ],
    [
      'endless texts',
      { kind: 'misconfigured', code: 'c'.repeat(5_000), detail: 'd'.repeat(5_000) },
      { kind: 'misconfigured', code: 'c'.repeat(100), detail: 'd'.repeat(300) },
    ],
    [
      'doubt about one address',
      { kind: 'uncertain', scope: 'address', code: 'c', detail: 'd' },
      { kind: 'uncertain', scope: 'address', code: 'c', detail: 'd' },
    ],
    [
      'doubt about something else',
      { kind: 'uncertain', scope: 'account', code: 'c', detail: 'd' },
      { kind: 'uncertain', code: 'c', detail: 'd' },
    ],
    [
      'fields of its own',
      { kind: 'uncertain', code: 'c', detail: 'd', body: 'what was sent' },
      { kind: 'uncertain', code: 'c', detail: 'd' },
    ],
  ])('whose outcome has %s is put right', async (_name, answer, outcome) => {
    expect(await begin(() => answer).done).toStrictEqual(outcome);
  });
});

describe('an attempt stays within its time', () => {
  const never = () => new Promise<never>(() => undefined);

  it('aborts a provider at its timeout and leaves it behind half a second later', async () => {
    let signal: AbortSignal | null = null;
    const { clock, seen } = begin((_delivery, given) => {
      signal = given;
      return never();
    });
    const aborted = () => (signal as AbortSignal | null)?.aborted;
    clock.advance(999);
    expect(aborted()).toBe(false);
    clock.advance(1);
    expect(aborted()).toBe(true);
    clock.advance(499);
    await settled();
    expect(seen.outcome).toBeNull();
    clock.advance(1);
    await settled();
    expect(seen.outcome).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    expect(clock.pending()).toBe(0);
  });

  it('takes the word of a provider that lets go when it is aborted', async () => {
    const outcome = { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'connect', detail: '' } as const;
    const { clock, done } = begin(
      (_delivery, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(outcome))),
    );
    clock.advance(1_000);
    expect(await done).toEqual(outcome);
    expect(clock.pending()).toBe(0);
  });

  it('leaves a provider behind soon after a stop, however long its own time', async () => {
    const { clock, stop, done } = begin(never, 60_000);
    stop.abort();
    clock.advance(500);
    expect(await done).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    expect(clock.pending()).toBe(0);
  });

  it('aborts at once when the stop came before it', async () => {
    const clock = manualClock();
    const aborted: boolean[] = [];
    const provider = rogue((_delivery, signal) => {
      aborted.push(signal.aborted);
      return Promise.resolve({ kind: 'uncertain', code: 'aborted', detail: '' });
    });
    await attempt(provider, claimed, 1_000, AbortSignal.abort(), clock);
    expect(aborted).toEqual([true]);
    expect(clock.pending()).toBe(0);
  });

  it.each<[string, (finish: { resolve: (value: unknown) => void; reject: (error: unknown) => void }) => void]>([
    ['resolves', ({ resolve }) => resolve({ kind: 'accepted', vendorId: 'late' })],
    ['throws', ({ reject }) => reject(new Error('late'))],
  ])('does not care when a provider that was left behind %s', async (_name, finish) => {
    const held = Promise.withResolvers<unknown>();
    const { clock, done } = begin(() => held.promise);
    clock.advance(1_500);
    expect(await done).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    // An unhandled rejection here would fail the whole run.
    finish(held);
    await settled();
    expect(clock.pending()).toBe(0);
  });

  it('listens no longer to a stop once it has ended', async () => {
    const { clock, stop, done } = begin(() => ({ kind: 'accepted', vendorId: null }));
    await done;
    stop.abort();
    expect(clock.pending()).toBe(0);
  });
});
