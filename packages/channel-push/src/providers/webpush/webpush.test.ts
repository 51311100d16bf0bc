import { type Egress, type EgressRequest, type EgressRule, type EgressTarget, validate } from '@posthorn/core';
import {
  type DoubleReply,
  type Expectations,
  manualClock,
  type ProviderBench,
  providerContract,
  runContract,
  type VendorMood,
} from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { browser } from '../../../doubles/browser.ts';
import {
  accepts,
  claimsOf,
  connect,
  delivery,
  disconnect,
  pushOrigin,
  settings,
  visitor,
} from '../../../doubles/push-service.ts';
import type { Content } from '../../content.ts';
import { subscriptionText } from '../../subscription.ts';
import { webpush } from './webpush.ts';

afterEach(disconnect);

const status = (code: number, headers: Readonly<Record<string, string>> = {}): DoubleReply => ({
  status: code,
  headers,
  body: 'c4n4ry',
});

const moods: Readonly<Record<VendorMood, () => DoubleReply>> = {
  accepts,
  'refuses-address': () => status(410),
  'refuses-content': () => status(413),
  'rejects-credentials': () => status(403),
  throttles: () => status(429, { 'retry-after': '120' }),
  'fails-inside': () => status(503, { 'retry-after': '7' }),
  'says-html': () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>c4n4ry</h1>' }),
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
  'rejects-credentials': ['refused'],
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
      asked: () => double.requests.length,
      key: () => String(double.requests.at(-1)?.headers['topic'] ?? null),
      canaries: ['c4n4ry', visitor.subscription.auth.toString('base64url'), settings.privateKey],
      logged: tools.log.text,
    };
  },
};

describe('provider contract', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => bench,
    close: async () => undefined,
  });
});

describe('on the wire', () => {
  test('the browser, and nobody else, reads what was said', async () => {
    const { double, send } = await connect();
    const content: Content = { ...delivery.content, url: 'https://shop.example/17', badge: 2 };
    expect(await send(1_500, { ...delivery, content, expiresAt: Date.now() + 90_500 })).toEqual({
      kind: 'accepted',
      vendorId: 'm-17',
    });
    const [request] = double.requests;
    if (!request) throw new Error('nothing arrived');
    const key = delivery.notification.slice(4).replaceAll('-', '');
    expect(request).toMatchObject({ method: 'POST', url: '/send/c4n4ry?v=1' });
    expect(request.headers).toMatchObject({
      topic: key,
      urgency: 'high',
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
    });
    expect(Number(request.headers['ttl'])).toBeGreaterThan(80);
    expect(Number(request.headers['ttl'])).toBeLessThanOrEqual(90);
    expect(JSON.parse(visitor.read(request.body))).toEqual({
      notification: { tag: key, title: 'c4n4ry-title', body: 'c4n4ry-body' },
      data: { order: 'c4n4ry-data', url: 'https://shop.example/17' },
      badge: 2,
    });
    expect(() => browser(pushOrigin).read(request.body)).toThrow();
    expect(request.body.includes('c4n4ry')).toBe(false);
  });

  test('what a message says for the web wins, and data alone shows nothing', async () => {
    const { double, send } = await connect();
    await send(1_500, {
      ...delivery,
      priority: 'normal',
      content: {
        body: 'B',
        data: { a: '1' },
        webpush: {
          headers: { TTL: '7', Topic: 'own', Urgency: 'low' },
          data: { a: '2' },
          notification: { body: 'W', requireInteraction: true, tag: 't' },
          fcmOptions: { link: 'https://shop.example/w' },
        },
      },
    });
    await send(1_500, { ...delivery, priority: 'normal', content: { data: { sync: '1' } } });
    expect(double.requests.map(({ headers }) => headers)).toMatchObject([
      { ttl: '7', topic: 'own', urgency: 'low' },
      { ttl: '2419200' },
    ]);
    expect(double.requests[1]?.headers).not.toHaveProperty('urgency');
    expect(double.requests.map(({ body }) => JSON.parse(visitor.read(body)))).toEqual([
      {
        notification: { tag: 't', body: 'W', requireInteraction: true },
        data: { a: '2', url: 'https://shop.example/w' },
      },
      { data: { sync: '1' } },
    ]);
  });

  test('a message that is too large never leaves, and neither does a token of another kind', async () => {
    const { double, send } = await connect();
    const fits: Content = { data: { x: 'x'.repeat(3_993 - '{"data":{"x":""}}'.length) } };
    expect((await send(1_500, { ...delivery, content: fits })).kind).toBe('accepted');
    const content: Content = { data: { x: `${fits.data?.['x']}x` } };
    expect(await send(1_500, { ...delivery, content })).toMatchObject({
      kind: 'refused',
      because: 'content',
      code: 'payload_too_large',
    });
    expect(await send(1_500, { ...delivery, address: 'ab'.repeat(32) })).toMatchObject({ code: 'foreign_token' });
    expect(double.requests).toHaveLength(1);
  });

  test('an endpoint below a path is asked below that path', async () => {
    const { double, send } = await connect(accepts, { path: '/push/' });
    expect((await send()).kind).toBe('accepted');
    expect(double.requests.map(({ url }) => url)).toEqual(['/push/send/c4n4ry?v=1']);
  });
});

describe('the way out', () => {
  test("is the gateway's, with the rule for strangers' addresses", async () => {
    const asked: EgressRequest[] = [];
    const egress: Egress = async (request) => {
      asked.push(request);
      return { kind: 'forbidden', detail: 'a private address; egress.allow of the config would let it pass' };
    };
    const { send } = await connect(accepts, { endpoint: null, egress });
    const outcome = await send();
    expect(outcome).toMatchObject({ kind: 'refused', because: 'address', code: 'blocked_address' });
    expect(outcome).not.toHaveProperty('suppress');
    expect(asked.map(({ url, namedBy }) => [url.href, namedBy])).toEqual([
      [visitor.subscription.endpoint.href, undefined],
    ]);
  });

  test('is asked beforehand what it would forbid, by the same rule', async () => {
    const asked: EgressTarget[] = [];
    const forbids: EgressRule = (target) => {
      asked.push(target);
      return target.url.hostname === '10.0.0.7' ? 'a private address' : null;
    };
    const inside = subscriptionText(browser('https://10.0.0.7/send/c4n4ry').subscription);
    const direct = await connect(accepts, { endpoint: null, forbids });
    expect(direct.provider.refuses?.(inside)).toEqual({ code: 'blocked_address', detail: 'a private address' });
    expect(direct.provider.refuses?.(delivery.address)).toBeNull();
    // Nothing goes to where a subscription says as soon as the account has an endpoint.
    const proxied = await connect(accepts, { endpoint: new URL('http://127.0.0.1:9/proxy'), forbids });
    expect(proxied.provider.refuses?.(inside)).toBeNull();
    expect(asked.map(({ url, namedBy }) => [url.href, namedBy])).toEqual([
      ['https://10.0.0.7/send/c4n4ry', undefined],
      [visitor.subscription.endpoint.href, undefined],
      ['http://127.0.0.1:9/proxy/send/c4n4ry', 'operator'],
    ]);
    expect(direct.provider.refuses?.('x'.repeat(140))).toBeNull();
  });

  test('where a subscription leads nowhere, only it has to wait', async () => {
    const egress: Egress = async () => ({ kind: 'unreachable', code: 'enotfound', detail: 'no such name' });
    const { send } = await connect(accepts, { egress });
    expect(await send()).toMatchObject({ kind: 'deferred', scope: 'address', code: 'enotfound' });
  });
});

test('a silent push service slows no other: its doubts are about the address alone', async () => {
  const { send } = await connect(() => ({ fault: 'silent' }));
  expect(await send(200)).toMatchObject({ kind: 'uncertain', scope: 'address' });
});

describe('an answer:', () => {
  test.each<[string, DoubleReply, object]>([
    ['404', status(404), { kind: 'refused', because: 'address', suppress: 'hard', code: 'http_404' }],
    ['410', status(410), { kind: 'refused', because: 'address', suppress: 'hard' }],
    ['400', status(400), { kind: 'refused', because: 'content' }],
    ['413', status(413), { kind: 'refused', because: 'content' }],
    ['403', status(403), { kind: 'refused', because: 'address', code: 'http_403' }],
    ['401', status(401), { kind: 'deferred', scope: 'address', code: 'http_401' }],
    ['429', status(429, { 'retry-after': '120' }), { kind: 'deferred', scope: 'address', retryAfterMs: 120_000 }],
    ['500', status(500), { kind: 'deferred', scope: 'address', retryAfterMs: null }],
    ['302', status(302, { location: 'https://c4n4ry.example' }), { kind: 'deferred', scope: 'address' }],
    ['418', status(418), { kind: 'deferred', scope: 'address' }],
    ['200', { status: 200, body: '' }, { kind: 'accepted', vendorId: null }],
    ['202', { status: 202, body: '' }, { kind: 'accepted' }],
    ['204', { status: 204, body: '' }, { kind: 'uncertain', scope: 'address', code: 'http_204' }],
  ])('%s', async (_name, answer, expected) => {
    const { double, send } = await connect(() => answer);
    const outcome = await send();
    expect(outcome).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toContain('c4n4ry');
  });

  test('403 suppresses nothing: with a wrong key it is said of every subscription', async () => {
    const { send } = await connect(() => status(403));
    expect(await send()).not.toHaveProperty('suppress');
  });
});

describe('the signature', () => {
  test('is kept for six hours, never longer than a day, and made anew when the clock was set back', async () => {
    const clock = manualClock(Date.now());
    const { double, send } = await connect(accepts, { clock });
    for (const hours of [0, 5, 2, 5, 2, -9]) {
      clock.advance(hours * 3_600_000);
      expect((await send()).kind).toBe('accepted');
    }
    const expiries = double.requests.map((request) => Number(claimsOf(request)?.exp));
    expect(new Set(expiries).size).toBe(4);
    expect(claimsOf(double.requests[0] as never)).toMatchObject({ aud: pushOrigin, sub: settings.subject });
  });

  test('is for one push service, and not for whom another subscription names', async () => {
    const asked: EgressRequest[] = [];
    const egress: Egress = async (request) => {
      asked.push(request);
      return { kind: 'answered', status: 201, headers: {}, body: Buffer.alloc(0), truncated: false };
    };
    const { send } = await connect(accepts, { endpoint: null, egress });
    const other = { ...visitor.subscription, endpoint: new URL('https://other.example:8443/x') };
    await send();
    await send(1_500, { ...delivery, address: subscriptionText(other) });
    const audiences = asked.map(({ headers, method, url }) =>
      claimsOf({ method, url: url.href, headers, body: Buffer.alloc(0) }),
    );
    expect(audiences.map((claims) => claims?.aud)).toEqual([pushOrigin, 'https://other.example:8443']);
  });
});

describe('settings', () => {
  const faults = (given: object) => {
    const result = validate(webpush.settings, { ...settings, ...given });
    return result.ok ? [] : result.failure.map(({ pointer }) => pointer);
  };
  test.each<[object, readonly string[]]>([
    [{}, []],
    [{ subject: 'https://shop.example/contact' }, []],
    [{ subject: 'push@shop.example' }, ['/subject']],
    [{ subject: 'http://shop.example' }, ['/subject']],
    [{ privateKey: `${'A'.repeat(42)}E` }, ['/privateKey']],
    [{ privateKey: 'A'.repeat(43) }, ['/privateKey']],
    [{ publicKey: `B${'A'.repeat(86)}` }, ['/privateKey']],
    [{ publicKey: undefined }, ['/publicKey']],
    [{ ttl: 1 }, ['/ttl']],
  ])('%j is refused at %j', (given, pointers) => {
    expect(faults(given)).toEqual(pointers);
  });
});
