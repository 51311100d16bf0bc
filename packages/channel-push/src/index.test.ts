import { execFileSync } from 'node:child_process';
import { jsonSchemaOf, validate } from '@posthorn/core';
import { channelContract, runContract } from '@posthorn/testkit';
import { describe, expect, test } from 'vitest';
import push, { type Content, push as named } from './index.ts';

const appleToken = 'AB01'.repeat(16);
const point = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
const subscription = {
  endpoint: 'https://push.example/send/abc#x',
  expirationTime: null,
  keys: { auth: 'BTBZMqHH6r4Tts7J/aSIgg==', p256dh: point },
};
const subscriptionText = `{"endpoint":"https://push.example/send/abc","keys":{"p256dh":"${point}","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}`;
const token = `dT3_k-9QSfe0:APA91b${'xY7_z-'.repeat(22)}`;

describe('channel contract', () => {
  runContract(channelContract<Content>(), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => ({
      channel: push,
      addresses: [
        { text: token, address: token },
        { text: ` \t${token}\r\n`, address: token },
        { text: appleToken, address: appleToken.toLowerCase() },
        { text: `${JSON.stringify(subscription, null, 2)}\n`, address: subscriptionText },
      ],
      strangers: ['', 'short', '+8613800138000', 'a@example.com', `${token} `.repeat(2), `${token}\u0000`, `${token}é`],
      neutral: { title: 'Shipped', body: 'Your parcel left', url: 'https://shop.example/o/17' },
      own: { body: 'Left the house', data: { order: 'A-17' }, badge: 1, apns: { payload: { aps: { threadId: 't' } } } },
    }),
    close: async () => undefined,
  });
});

test('the default export is the named one', () => {
  expect(named).toBe(push);
});

test('plays every sandbox fault', () => {
  expect(new Set(Object.values(push.sandbox))).toEqual(
    new Set(['refused', 'deferred', 'misconfigured', 'hang', 'uncertain', 'delivered', 'undelivered', 'found', 'lost']),
  );
});

describe('device token', () => {
  const code = (text: string) => {
    const result = push.parseAddress(text, { region: null });
    return result.ok ? 'ok' : result.failure.code;
  };
  test.each([
    ['   ', 'token_missing'],
    ['abc', 'token_too_short'],
    ['a'.repeat(31), 'token_too_short'],
    ['a'.repeat(32), 'ok'],
    ['a'.repeat(4_096), 'ok'],
    ['a'.repeat(4_097), 'token_too_long'],
    [`${token}\n${token}`, 'invalid_token'],
    [`${token}%0a`, 'invalid_token'],
    [`https://fcm.example/${token}`, 'invalid_token'],
  ])('%j is %s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test('shows six characters at most, of a subscription its push service', () => {
    expect(push.maskAddress(token)).toBe('dT3_k-***');
    expect(push.maskAddress(subscriptionText)).toBe('push.example/***');
    expect(push.maskAddress('{"endpoint')).toBe('{"endp***');
  });

  test.each([
    [token, 'fcm'],
    ['posthorn-sandbox-refused-0000000000000000', 'fcm'],
    ['a'.repeat(63), 'fcm'],
    ['a'.repeat(65), 'fcm'],
    ['a'.repeat(64), 'apns'],
    ['a'.repeat(200), 'apns'],
    ['a'.repeat(202), 'fcm'],
    [`${'a'.repeat(63)}g`, 'fcm'],
    [subscriptionText, 'webpush'],
  ])('%s is of the kind %s', (address, kind) => {
    expect(push.kindOf?.(address)).toBe(kind);
  });

  const keys = { p256dh: point, auth: 'BTBZMqHH6r4Tts7J_aSIgg' };
  test.each<[string, unknown]>([
    ['no JSON', '{endpoint}'],
    ['no endpoint', { keys }],
    ['a plain endpoint', { endpoint: 'http://push.example/1', keys }],
    ['another scheme', { endpoint: 'file:///etc/passwd', keys }],
    ['a password', { endpoint: 'https://a:b@push.example/1', keys }],
    ['a long endpoint', { endpoint: `https://push.example/${'é'.repeat(700)}`, keys }],
    ['no keys', { endpoint: 'https://push.example/1' }],
    ['a short secret', { endpoint: 'https://push.example/1', keys: { ...keys, auth: 'BTBZMqHH6r4Tts7J_aSI' } }],
    [
      'a secret that is none',
      { endpoint: 'https://push.example/1', keys: { ...keys, auth: 'BTBZMqHH6r4 ts7J_aSIgg' } },
    ],
    ['a short point', { endpoint: 'https://push.example/1', keys: { ...keys, p256dh: point.slice(4) } }],
    [
      'a point beside the curve',
      { endpoint: 'https://push.example/1', keys: { ...keys, p256dh: `${point.slice(0, -2)}A4` } },
    ],
  ])('a subscription with %s is none', (_name, given) => {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    expect(code(text)).toBe('invalid_subscription');
  });
});

describe('content', () => {
  const problems = (own: unknown) => {
    const result = validate(push.content, own);
    return result.ok ? [] : result.failure.map(({ pointer }) => pointer);
  };

  test.each<[unknown, string]>([
    [{ data: { from: 'x' } }, '/data/from'],
    [{ data: { message_type: 'x' } }, '/data/message_type'],
    [{ data: { 'gcm.notification.title': 'x' } }, '/data/gcm.notification.title'],
    [{ data: { 'google.c.a.e': 'x' } }, '/data/google.c.a.e'],
    [{ data: { order: 17 } }, '/data/order'],
    [{ webpush: { data: { from: 'x' } } }, '/webpush/data/from'],
    [{ ttl: 2_419_201 }, '/ttl'],
    [{ ttl: 1.5 }, '/ttl'],
    [{ badge: -1 }, '/badge'],
    [{ collapseKey: 'x'.repeat(65) }, '/collapseKey'],
    [{ collapseKey: 'a\r\nb' }, '/collapseKey'],
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ image: 'http://example.com/a.png' }, '/image'],
    [{ android: { priority: 'urgent' } }, '/android/priority'],
    [{ android: { notification: { channel_id: 'x' } } }, '/android/notification/channel_id'],
    [{ apns: { headers: { 'apns-priority': '7' } } }, '/apns/headers/apns-priority'],
    [{ apns: { payload: { aps: { 'content-available': 1 } } } }, '/apns/payload/aps/content-available'],
    [{ webpush: { headers: { Authorization: 'x' } } }, '/webpush/headers/Authorization'],
  ])('%j is refused at %s', (own, pointer) => {
    expect(problems(own)).toEqual([pointer]);
  });

  test('takes deep links and free data keys', () => {
    expect(problems({ url: 'shop://order/17', data: { fromCity: 'x', googlePlace: 'y', gcmId: 'z' } })).toEqual([]);
  });

  test('is documented by its own schema', () => {
    const { properties } = jsonSchemaOf(push.content) as { properties: Record<string, unknown> };
    expect(Object.keys(properties)).toContain('collapseKey');
  });

  test('data alone is a message, a picture alone is not', () => {
    expect(push.render({}, { data: { sync: '1' } }).ok).toBe(true);
    const result = push.render({ url: 'https://example.com' }, { image: 'https://example.com/a.png', data: {} });
    expect(result.ok ? [] : result.failure).toMatchObject([{ pointer: '/content', code: 'content_missing' }]);
  });

  test.each<[object, Partial<Content>, string]>([
    [{ body: 'é'.repeat(2_100) }, {}, '/content/body'],
    [{ body: 'short' }, { body: 'x'.repeat(4_100) }, '/push/body'],
    [{ body: 'short', url: `https://a.example/${'x'.repeat(4_100)}` }, {}, '/content/url'],
    [{ body: 'short' }, { data: { k: 'x'.repeat(4_096) } }, '/push/data'],
    [{ body: 'short' }, { android: { data: { k: 'x'.repeat(4_096) } } }, '/push/android'],
  ])('a message that is too large is refused at its heaviest part', (neutral, own, pointer) => {
    const result = push.render(neutral, own);
    expect(result.ok ? [] : result.failure).toMatchObject([{ pointer, code: 'payload_too_large' }]);
  });

  test('counts keys and values, and the largest platform alone', () => {
    const data = { k: 'x'.repeat(3_000) };
    expect(push.render({ body: 'b' }, { android: { data }, webpush: { data } }).ok).toBe(true);
    const full = { data: { k: 'x'.repeat(4_096 - 'data'.length - 'k'.length) } };
    expect(push.render({}, full).ok).toBe(true);
    expect(push.measure?.(full, token)).toEqual({ parts: 1, detail: '4096 of 4096 bytes' });
  });
});

test('costs nothing before an account is opened: no vendor library is loaded with the channel', () => {
  const index = new URL('index.ts', import.meta.url).href;
  const script = `import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(index)});
    console.log(JSON.stringify([loaded.length > 10, loaded.filter((url) => /firebase|jose/.test(url))]));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual([true, []]);
});
