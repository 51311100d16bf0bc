import { constants } from 'node:http2';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { validate } from '@posthorn/core';
import {
  type Expectations,
  manualClock,
  type ProviderBench,
  providerContract,
  runContract,
  type VendorMood,
} from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type AppleReply,
  accepts,
  appleToken,
  connect,
  delivery,
  disconnect,
  reason,
  settings,
  signingKey,
} from '../../../doubles/apple.ts';
import type { Content } from '../../content.ts';
import { apns } from './apns.ts';

afterEach(disconnect);

const moods: Readonly<Record<VendorMood, () => AppleReply>> = {
  accepts,
  'refuses-address': () => reason(410, 'Unregistered', { timestamp: 1_800_000_000_000 }),
  'refuses-content': () => reason(400, 'BadExpirationDate'),
  'rejects-credentials': () => reason(403, 'InvalidProviderToken'),
  throttles: () => reason(429, 'TooManyRequests'),
  'fails-inside': () => reason(503, 'ServiceUnavailable', {}, { 'retry-after': '7' }),
  'says-html': () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: `<h1>${appleToken}</h1>` }),
  'resets-before-body': accepts,
  'resets-after-body': () => ({ fault: 'reset-after-body' }),
  silent: () => ({ fault: 'silent' }),
  'stalls-in-body': () => ({ fault: 'stalled-body' }),
  'huge-answer': () => ({ fault: 'huge' }),
  'not-listening': accepts,
};

const expectations: Expectations = {
  accepts: ['accepted'],
  'refuses-address': ['refused'],
  'refuses-content': ['refused'],
  'rejects-credentials': ['misconfigured'],
  throttles: ['deferred'],
  'fails-inside': ['deferred'],
  'says-html': ['deferred'],
  'resets-before-body': ['uncertain'],
  'resets-after-body': ['uncertain'],
  silent: ['uncertain'],
  'stalls-in-body': ['uncertain'],
  'huge-answer': ['uncertain'],
  'not-listening': ['deferred'],
};

const bench: ProviderBench<Content> = {
  async enter(mood, timeoutMs) {
    const { double, provider, tools, hangUp } = await connect(moods[mood], {
      timeoutMs,
      cutsEarly: () => mood === 'resets-before-body',
    });
    if (mood === 'not-listening') await hangUp();
    return {
      provider,
      delivery,
      asked: () => double.pushes.length,
      key: () => String(double.pushes.at(-1)?.headers['apns-id'] ?? null),
      canaries: [appleToken, appleToken.slice(20), 'c4n4ry', signingKey.slice(40, 90)],
      logged: tools.log.text,
    };
  },
};

describe('provider contract, over HTTP/2', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => bench,
    close: async () => undefined,
  });
});

describe('on the wire', () => {
  test('all that Apple wants to know of a message', async () => {
    const { double, send } = await connect();
    const expiresAt = Date.now() + 90_000;
    const content: Content = { ...delivery.content, url: 'shop://order/17', badge: 3, sound: 'default' };
    expect(await send(1_500, { ...delivery, content, expiresAt })).toEqual({
      kind: 'accepted',
      vendorId: delivery.id.slice(4),
    });
    const [push] = double.pushes;
    expect(push?.path).toBe(`/3/device/${appleToken}`);
    expect(push?.headers).toMatchObject({
      'apns-topic': 'example.shop',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-collapse-id': delivery.notification.slice(4).replaceAll('-', ''),
      'apns-id': delivery.id.slice(4),
    });
    const left = Number(push?.headers['apns-expiration']) - expiresAt / 1_000;
    expect(left).toBeLessThanOrEqual(0);
    expect(left).toBeGreaterThan(-5);
    expect(JSON.parse(push?.body ?? '')).toEqual({
      url: 'shop://order/17',
      order: 'c4n4ry-data',
      aps: { alert: { title: 'c4n4ry-title', body: 'c4n4ry-body' }, badge: 3, sound: 'default' },
    });
  });

  test('data alone goes out in the background, and what a message says for Apple wins', async () => {
    const { double, send } = await connect();
    expect((await send(1_500, { ...delivery, content: { data: { sync: '1' } } })).kind).toBe('accepted');
    const own: Content = { body: 'B', apns: { headers: { 'apns-topic': 'example.other', 'apns-priority': '5' } } };
    expect((await send(1_500, { ...delivery, content: own })).kind).toBe('accepted');
    expect(double.pushes.map(({ headers }) => headers)).toMatchObject([
      { 'apns-push-type': 'background', 'apns-priority': '5', 'apns-topic': 'example.shop' },
      { 'apns-push-type': 'alert', 'apns-priority': '5', 'apns-topic': 'example.other' },
    ]);
  });

  test('many at once share one connection and one signature', async () => {
    const { double, send } = await connect();
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => send(5_000)));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect([double.connections(), double.tokens().length]).toEqual([1, 1]);
  });

  test('an endpoint below a path is asked below that path', async () => {
    const { double, send } = await connect(accepts, { path: '/apple/' });
    // The double knows Apple's path alone, and says so.
    expect(await send()).toMatchObject({ code: 'BadDeviceToken' });
    expect(double.pushes.map(({ path }) => path)).toEqual([`/apple/3/device/${appleToken}`]);
  });

  test('a message that is too large never leaves, and neither does a token of another kind', async () => {
    const { double, send } = await connect();
    const content: Content = { body: '"'.repeat(2_500) };
    expect(await send(1_500, { ...delivery, content })).toMatchObject({
      kind: 'refused',
      because: 'content',
      code: 'payload_too_large',
    });
    expect(await send(1_500, { ...delivery, address: `fcm:${'x'.repeat(140)}` })).toMatchObject({
      kind: 'refused',
      because: 'address',
      code: 'foreign_token',
    });
    expect(double.connections()).toBe(0);
  });
});

/** Stands between both sides, and on demand passes nothing on any more without a word, as a router does that forgot a connection. */
async function forgetfulRelay(port: number) {
  const open: Socket[][] = [];
  const relay = createServer((outer) => {
    const inner = connectTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
    open.push([outer, inner]);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: new URL(`http://127.0.0.1:${(relay.address() as AddressInfo).port}`),
    forget() {
      for (const socket of open.flat()) socket.unpipe().pause();
    },
    close() {
      for (const socket of open.flat()) socket.destroy();
      relay.close();
    },
  };
}

describe('a connection', () => {
  const unsent = { kind: 'deferred', scope: 'account', code: 'connection_closed' };

  test.each<[string, AppleReply]>([
    ['refuses the stream', { fault: 'refused-stream' }],
    ['says goodbye before it', { fault: 'goaway-before', code: constants.NGHTTP2_NO_ERROR }],
    ['says goodbye before it, with a fault', { fault: 'goaway-before', code: constants.NGHTTP2_ENHANCE_YOUR_CALM }],
  ])('that %s took nothing', async (_name, reply) => {
    let away = false;
    const { double, send } = await connect(() => (away ? reply : accepts()));
    expect((await send()).kind).toBe('accepted');
    away = true;
    expect(await send()).toMatchObject(unsent);
    away = false;
    expect((await send()).kind).toBe('accepted');
    expect(double.pushes).toHaveLength(3);
  });

  test('that says goodbye after a message still answers it, and the next one goes elsewhere', async () => {
    let first = true;
    const { double, send } = await connect(() => {
      const reply: AppleReply = first ? { fault: 'goaway-after' } : accepts();
      first = false;
      return reply;
    });
    expect((await send()).kind).toBe('accepted');
    expect((await send()).kind).toBe('accepted');
    expect(double.pushes.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  test('that was cut is made anew for the next message', async () => {
    let cuts = true;
    const { double, send } = await connect(() => (cuts ? { fault: 'reset-after-body' } : accepts()));
    expect(await send()).toMatchObject({ kind: 'uncertain', code: 'connection_lost' });
    cuts = false;
    expect((await send()).kind).toBe('accepted');
    expect(double.connections()).toBe(2);
  });

  test('is asked for a sign of life after a silence, and used when it gives one', async () => {
    const clock = manualClock(Date.now());
    const { double, send } = await connect(accepts, { clock });
    await send();
    await send();
    expect(double.pings()).toBe(0);
    clock.advance(61_000);
    expect((await send()).kind).toBe('accepted');
    expect([double.pings(), double.connections()]).toEqual([1, 1]);
  });

  test('that gives none is left before anything is written to it', async () => {
    const clock = manualClock(Date.now());
    const apple = await connect(accepts, { clock });
    const relay = await forgetfulRelay(Number(new URL(apple.double.origin).port));
    const provider = await apns.open(settings, { ...apple.tools, endpoint: relay.endpoint });
    const send = () => provider.send(delivery, AbortSignal.timeout(5_000));
    expect((await send()).kind).toBe('accepted');
    relay.forget();
    clock.advance(61_000);
    const sending = send();
    await expect.poll(() => clock.pending(), { timeout: 5_000 }).toBe(1);
    clock.advance(2_000);
    expect((await sending).kind).toBe('accepted');
    expect(apple.double.pushes.map(({ connection }) => connection)).toEqual([0, 1]);
    await provider.close?.();
    relay.close();
  });

  test('on which an answer did not come in time is asked first as well', async () => {
    let silent = true;
    const { double, send } = await connect(() => (silent ? { fault: 'silent' } : accepts()));
    expect(await send(200)).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    silent = false;
    expect((await send()).kind).toBe('accepted');
    expect([double.pings(), double.connections()]).toEqual([1, 1]);
  });

  test('to something that does not speak HTTP/2 is no connection', async () => {
    const { send } = await connect(accepts, { endpoint: new URL('https://127.0.0.1:9') });
    expect(await send()).toMatchObject({ kind: 'deferred', scope: 'account', code: 'connection_failed' });
  });

  test('is not made for a message whose time is over', async () => {
    const { provider, double } = await connect();
    const abort = new AbortController();
    abort.abort();
    expect(await provider.send(delivery, abort.signal)).toMatchObject({ kind: 'deferred', code: 'connect_timeout' });
    expect(double.pushes).toEqual([]);
  });

  test('is closed with the account, and what waited on it is told', async () => {
    const { provider, send, double } = await connect(() => ({ fault: 'silent' }));
    const waiting = send();
    await expect.poll(() => double.pushes.length, { timeout: 5_000 }).toBe(1);
    await provider.close?.();
    expect(await waiting).toMatchObject({ kind: 'uncertain', code: 'connection_lost' });
  });
});

describe('the signature', () => {
  test('is renewed between 20 and 60 minutes', async () => {
    const clock = manualClock(Date.now());
    const { double, send } = await connect(accepts, { clock });
    for (let minutes = 0; minutes < 180; minutes += 5) {
      expect((await send()).kind).toBe('accepted');
      clock.advance(5 * 60_000);
    }
    const issued = double
      .tokens()
      .map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iat);
    expect(issued.length).toBeGreaterThan(3);
    issued.slice(1).forEach((at, place) => {
      expect(at - issued[place]).toBeGreaterThanOrEqual(20 * 60);
      expect(at - issued[place]).toBeLessThan(60 * 60);
    });
  });

  test('that Apple calls expired is given up when it is old enough, and else our clock is wrong', async () => {
    const clock = manualClock(Date.now());
    let expired = false;
    const { double, send } = await connect(() => (expired ? reason(403, 'ExpiredProviderToken') : accepts()), {
      clock,
    });
    expired = true;
    expect(await send()).toMatchObject({ kind: 'misconfigured', code: 'ExpiredProviderToken' });
    clock.advance(21 * 60_000);
    expect(await send()).toMatchObject({ kind: 'deferred', scope: 'account', code: 'ExpiredProviderToken' });
    expired = false;
    expect((await send()).kind).toBe('accepted');
    expect(double.tokens()).toHaveLength(2);
  });

  test('of a clock that was set back is made anew', async () => {
    const clock = manualClock(Date.now());
    const { double, send } = await connect(accepts, { clock });
    await send();
    clock.advance(-7_200_000);
    expect((await send()).kind).toBe('accepted');
    expect(double.tokens()).toHaveLength(2);
  });
});

describe('settings', () => {
  const faults = (given: object) => {
    const result = validate(apns.settings, { ...settings, ...given });
    return result.ok ? [] : result.failure.map(({ pointer }) => pointer);
  };
  test.each<[object, readonly string[]]>([
    [{}, []],
    [{ environment: 'sandbox' }, []],
    [{ environment: 'test' }, ['/environment']],
    [{ teamId: 'team' }, ['/teamId']],
    [{ keyId: '' }, ['/keyId']],
    [{ key: './AuthKey.p8' }, ['/key']],
    [{ topic: 'no topic' }, ['/topic']],
    [{ certificate: 'x' }, ['/certificate']],
  ])('%j is refused at %j', (given, pointers) => {
    expect(faults(given)).toEqual(pointers);
  });
});
