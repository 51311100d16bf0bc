import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import { describe, expect, test } from 'vitest';
import type { Content } from '../../content.ts';
import { messageOf } from './fcm-message.ts';

const now = 1_800_000_000_000;
const notification = idMint().notification(now);
const key = notification.slice(4).replaceAll('-', '');

function message(content: Content, overrides: Partial<OutgoingDelivery<Content>> = {}) {
  return messageOf(
    {
      id: deliveryId(notification, 1),
      notification,
      channel: 'push',
      address: 'token',
      content,
      attempt: 1,
      kind: 'transactional',
      priority: 'normal',
      expiresAt: null,
      ...overrides,
    },
    now,
  );
}

test('a plain message says no more than it must, and a resend replaces it', () => {
  expect(message({ title: 'T', body: 'B' })).toEqual({
    token: 'token',
    notification: { title: 'T', body: 'B' },
    android: { notification: { tag: key } },
    apns: { headers: { 'apns-collapse-id': key } },
    webpush: { headers: { Topic: key } },
  });
});

test('every common field finds its place on every platform', () => {
  const content: Content = {
    body: 'B',
    url: 'https://shop.example/17',
    image: 'https://shop.example/a.png',
    data: { order: '17' },
    sound: 'default',
    badge: 3,
    ttl: 60,
    collapseKey: 'order 17'.replace(' ', '/'),
  };
  expect(message(content, { priority: 'critical' })).toEqual({
    token: 'token',
    notification: { body: 'B', imageUrl: 'https://shop.example/a.png' },
    data: { url: 'https://shop.example/17', order: '17' },
    android: {
      priority: 'high',
      collapseKey: 'order/17',
      ttl: 60_000,
      notification: { tag: 'order/17', sound: 'default' },
    },
    apns: {
      headers: { 'apns-collapse-id': 'order/17', 'apns-priority': '10', 'apns-expiration': String(now / 1_000 + 60) },
      payload: { aps: { sound: 'default', badge: 3 } },
    },
    webpush: {
      headers: { Topic: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/), Urgency: 'high', TTL: '60' },
      fcmOptions: { link: 'https://shop.example/17' },
    },
  });
});

test('data alone shows nothing and goes out as APNs wants it, however urgent', () => {
  expect(message({ data: { sync: '1' }, sound: 'default' }, { priority: 'high' })).toEqual({
    token: 'token',
    data: { sync: '1' },
    android: { priority: 'high' },
    apns: { headers: { 'apns-collapse-id': key, 'apns-priority': '5' }, payload: { aps: { contentAvailable: true } } },
    webpush: { headers: { Topic: key, Urgency: 'high' } },
  });
});

test('what the content says for a platform wins', () => {
  const sent = message(
    {
      body: 'B',
      ttl: 60,
      sound: 'default',
      data: { url: 'app://own' },
      url: 'app://common',
      android: { ttl: 5, priority: 'normal', notification: { tag: 'own', channelId: 'c' } },
      apns: { headers: { 'apns-priority': '1' }, payload: { aps: { sound: { name: 'horn' } } } },
      webpush: { headers: { TTL: '7' }, fcmOptions: { link: 'https://own.example' } },
    },
    { priority: 'high' },
  );
  expect(sent.data).toEqual({ url: 'app://own' });
  expect(sent.android).toMatchObject({
    ttl: 5_000,
    priority: 'normal',
    notification: { tag: 'own', channelId: 'c', sound: 'default' },
  });
  expect(sent.apns).toMatchObject({ headers: { 'apns-priority': '1' }, payload: { aps: { sound: { name: 'horn' } } } });
  expect(sent.webpush).toMatchObject({ headers: { TTL: '7' }, fcmOptions: { link: 'https://own.example' } });
});

describe('time to live', () => {
  const ttl = (content: Content, expiresAt: number | null) =>
    message({ body: 'B', ...content }, { expiresAt }).android?.ttl;
  test.each<[Content, number | null, number | undefined]>([
    [{}, null, undefined],
    [{ ttl: 60 }, null, 60_000],
    [{}, now + 90_500, 90_000],
    [{ ttl: 60 }, now + 90_000, 60_000],
    [{ ttl: 60 }, now + 30_000, 30_000],
    [{}, now - 1, 0],
    [{}, now + 366 * 86_400_000, 28 * 86_400_000],
  ])('%j, expires at %s: %s ms', (content, expiresAt, expected) => {
    expect(ttl(content, expiresAt)).toBe(expected);
  });

  test('zero means now or never to APNs too', () => {
    expect(message({ body: 'B', ttl: 0 }).apns?.headers?.['apns-expiration']).toBe('0');
  });
});
