import {
  type DoubleReply,
  type Expectations,
  type ProviderBench,
  providerContract,
  runContract,
  type VendorMood,
} from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import {
  accepts,
  accessToken,
  connect,
  delivery,
  deviceToken,
  disconnect,
  fcmError,
  json,
  pem,
  sendPath,
  sends,
  serviceAccount,
  tokens,
} from '../../../doubles/google.ts';
import type { Content } from '../../content.ts';
import { fcm, forbidRetries } from './fcm.ts';

const key = delivery.notification.slice(4).replaceAll('-', '');

afterEach(disconnect);

const moods: Readonly<Record<VendorMood, () => DoubleReply>> = {
  accepts,
  'refuses-address': () => fcmError(404, 'NOT_FOUND', 'UNREGISTERED', `Requested entity ${deviceToken} was not found.`),
  'refuses-content': () => fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', `Invalid value ${deviceToken}`),
  'rejects-credentials': () => json(401, { error: { code: 401, status: 'UNAUTHENTICATED', message: accessToken } }),
  throttles: () => fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'Quota', { 'retry-after': '120' }),
  'fails-inside': () => fcmError(503, 'UNAVAILABLE', 'UNAVAILABLE', deviceToken, { 'retry-after': '7' }),
  'says-html': () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: `<h1>${deviceToken}</h1>` }),
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
    let early = false;
    const { double, provider, tools, send, hangUp } = await connect(
      { send: moods[mood], cutsEarly: () => early },
      { timeoutMs },
    );
    // The token comes first, so that the mood meets the message.
    if (mood === 'resets-before-body' || mood === 'not-listening') await send();
    const before = sends(double).length;
    early = mood === 'resets-before-body';
    if (mood === 'not-listening') await hangUp();
    return {
      provider,
      delivery,
      asked: () => sends(double).length - before,
      key: () => {
        const last = sends(double).at(-1);
        return last === undefined ? null : JSON.parse(last.body.toString()).message.apns.headers['apns-collapse-id'];
      },
      canaries: [deviceToken, deviceToken.slice(20), accessToken, 'c4n4ry', pem.slice(40, 90)],
      logged: tools.log.text,
    };
  },
};

describe('provider contract, with the real firebase-admin', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => bench,
    close: async () => undefined,
  });
});

describe('on the wire', () => {
  test('a signed assertion, then one request with the token it gave', async () => {
    const { double, send } = await connect();
    expect(await send()).toEqual({ kind: 'accepted', vendorId: 'projects/shop-1/messages/0:1500' });
    expect(double.requests.map(({ method, url, headers }) => `${method} ${headers.host}${url}`)).toEqual([
      'POST oauth2.googleapis.com/token',
      `POST fcm.googleapis.com${sendPath}`,
    ]);
    const assertion = new URLSearchParams(tokens(double)[0]?.body.toString()).get('assertion') ?? '';
    const header = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid-1' });
    expect(JSON.parse(sends(double)[0]?.body.toString() ?? '')).toEqual({
      message: {
        token: deviceToken,
        notification: { title: 'c4n4ry-title', body: 'c4n4ry-body' },
        data: { order: 'c4n4ry-data' },
        android: { priority: 'high', notification: { tag: key } },
        apns: { headers: { 'apns-collapse-id': key, 'apns-priority': '10' } },
        webpush: { headers: { Topic: key, Urgency: 'high' } },
      },
    });
  });

  test('all that content can say arrives in the words of FCM', async () => {
    const { double, send } = await connect();
    const content: Content = {
      body: 'B',
      android: {
        ttl: 90,
        collapseKey: 'k',
        notification: { channelId: 'c', priority: 'max', bodyLocKey: 'b', bodyLocArgs: ['1'] },
        fcmOptions: { analyticsLabel: 'lab' },
      },
      apns: { payload: { aps: { mutableContent: true, sound: { name: 'horn', critical: true } } } },
      webpush: { notification: { title: 'w', actions: [{ action: 'a', title: 'A' }] } },
    };
    expect((await send(1_500, { ...delivery, content })).kind).toBe('accepted');
    const { message } = JSON.parse(sends(double)[0]?.body.toString() ?? '');
    expect(message.android).toMatchObject({
      ttl: '90s',
      collapse_key: 'k',
      notification: { channel_id: 'c', notification_priority: 'PRIORITY_MAX', body_loc_key: 'b', body_loc_args: ['1'] },
      fcmOptions: { analyticsLabel: 'lab' },
    });
    expect(message.apns.payload.aps).toEqual({ 'mutable-content': 1, sound: { name: 'horn', critical: 1 } });
    expect(message.webpush.notification).toEqual({ title: 'w', actions: [{ action: 'a', title: 'A' }] });
  });

  test('an endpoint below a path is asked below that path', async () => {
    const { double, send } = await connect({}, { path: '/google/' });
    expect((await send()).kind).toBe('accepted');
    expect(double.requests.map(({ url }) => url)).toEqual(['/google/token', `/google${sendPath}`]);
  });

  test('many sends share one token and no more connections than allowed', async () => {
    const { double, send } = await connect({}, { concurrency: 3 });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => send()));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(tokens(double)).toHaveLength(1);
  });

  test('an answer that names no message is no proof', async () => {
    for (const body of ['{}', '{"name":5}', 'null', '{"error":null}', 'OK', '']) {
      const { send } = await connect({ send: () => ({ status: 200, body }) });
      expect(await send(), body).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
    }
  });

  test('a token of another kind never leaves', async () => {
    const { double, send } = await connect();
    expect(await send(1_500, { ...delivery, address: 'ab'.repeat(32) })).toMatchObject({
      kind: 'refused',
      because: 'address',
      code: 'foreign_token',
    });
    expect(double.requests).toEqual([]);
  });

  test('a message that the SDK refuses never leaves', async () => {
    const { double, send } = await connect();
    const content: Content = { body: 'B', image: 'https://exa mple/ä' };
    expect(await send(1_500, { ...delivery, content })).toMatchObject({ kind: 'refused', because: 'content' });
    expect(double.requests).toEqual([]);
  });
});

describe('given up', () => {
  test('a silent send frees its connection for the next', async () => {
    let silent = true;
    const { double, send } = await connect(
      { send: () => (silent ? { fault: 'silent' } : accepts()) },
      { concurrency: 1 },
    );
    expect(await send(200)).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    silent = false;
    expect((await send()).kind).toBe('accepted');
    expect(sends(double)).toHaveLength(2);
  });

  test('what still waited for a connection was surely not sent, and never will be', async () => {
    const { double, send } = await connect({ send: () => ({ fault: 'silent' }) }, { concurrency: 1 });
    const [first, second] = await Promise.all([send(500), send(300)]);
    expect(first).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    expect(second).toMatchObject({ kind: 'deferred', scope: 'account', code: 'connect_timeout' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sends(double)).toHaveLength(1);
  });

  test('a token that comes too late sends nothing any more', async () => {
    const { double, provider } = await connect();
    const abort = new AbortController();
    const late = provider.send(delivery, abort.signal);
    abort.abort();
    expect(await late).toMatchObject({ kind: 'deferred', scope: 'account', code: 'token_timeout' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sends(double)).toEqual([]);
  });
});

describe('as an account', () => {
  test('two of one name can be open at once, as while the configuration is reloaded', async () => {
    const older = await connect();
    const newer = await connect();
    await older.provider.close?.();
    expect((await newer.send()).kind).toBe('accepted');
    await older.provider.close?.();
  });

  test('does not open with a key that cannot work', async () => {
    await expect(fcm.open({ serviceAccount: serviceAccount.slice(1) }, (await connect()).tools)).rejects.toThrow(
      /serviceAccount/,
    );
  });

  test('an SDK that hides its retries does not start unnoticed', () => {
    expect(() => forbidRetries({})).toThrow(/retries/);
    expect(() => forbidRetries({ messagingRequestHandler: { httpClient: { retry: {} } } })).toThrow(/retries/);
  });
});
