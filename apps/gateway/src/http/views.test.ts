import {
  type ChannelSetup,
  closedBreaker,
  type DeliveryView,
  deliveryId,
  idMint,
  type LaneGate,
  type NotificationView,
  ok,
} from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiViews, time } from './views.ts';

const at = Date.UTC(2026, 10, 23, 15, 3, 28, 453);
const notification = idMint().notification(at);
const channel: ChannelSetup = {
  channel: {
    api: 1,
    name: 'pigeon',
    addressKey: 'loft',
    maxAddresses: 1,
    content: z.strictObject({}),
    retry: { maxAttempts: 1, baseMs: 1, capMs: 1 },
    sandbox: {},
    providers: [],
    parseAddress: (text) => ok(text),
    maskAddress: (address) => `${address.slice(0, 2)}***`,
    render: () => ok({}),
    measure: (content, address) => ({ parts: JSON.stringify(content).length, detail: `to ${address.length} signs` }),
  },
  route: { default: [] },
  accounts: new Map(),
};

const viewsWith = (state: 'open' | 'closed') =>
  apiViews(new Map([['pigeon', channel]]), {
    gate: () => ({ breaker: { ...closedBreaker, state } }) as LaneGate,
  });

const delivery: DeliveryView = {
  id: deliveryId(notification, 1),
  notification,
  step: 0,
  channel: 'pigeon',
  account: 'fast',
  address: 'north-loft-12',
  status: 'sent',
  code: null,
  detail: null,
  attempts: 1,
  vendorId: 'v-1',
  parts: 2,
  createdAt: at,
  nextAttemptAt: null,
  sentAt: at + 1,
  finishedAt: at + 1,
};

const forgotten = () => undefined;

describe('a delivery', () => {
  it('is shown with times of RFC 3339 and a masked address', () => {
    expect(viewsWith('closed').delivery(delivery, forgotten)).toEqual({
      id: delivery.id,
      notificationId: notification,
      step: 0,
      channel: 'pigeon',
      account: 'fast',
      status: 'sent',
      address: 'no***',
      attempts: 1,
      vendorId: 'v-1',
      parts: 2,
      estimate: null,
      code: null,
      detail: null,
      createdAt: '2026-11-23T15:03:28.453Z',
      nextAttemptAt: null,
      sentAt: '2026-11-23T15:03:28.454Z',
      finishedAt: '2026-11-23T15:03:28.454Z',
    });
  });

  it('is measured again when somebody looks, as long as its content is there', () => {
    const asked: string[] = [];
    const contentOf = (id: string) => {
      asked.push(id);
      return { text: 'coo' };
    };
    const views = viewsWith('closed');
    const estimate = { parts: 14, detail: 'to 13 signs' };
    expect(views.delivery(delivery, contentOf)).toMatchObject({ estimate });
    expect(views.delivery(delivery, forgotten)).toMatchObject({ estimate: null });
    // Nothing is read for a channel that cannot tell.
    expect(views.delivery({ ...delivery, channel: 'drums' }, contentOf)).toMatchObject({ estimate: null });
    expect(asked).toEqual([delivery.id]);
  });

  it('of a channel that is not configured any more shows nothing of its address', () => {
    expect(viewsWith('closed').delivery({ ...delivery, channel: 'drums' }, forgotten)).toMatchObject({
      address: '***',
    });
  });

  it.each([
    ['queued', 'closed', 'queued'],
    ['queued', 'open', 'parked'],
    ['blocked', 'closed', 'queued'],
    ['blocked', 'open', 'queued'],
    ['retrying', 'open', 'retrying'],
    ['sent', 'open', 'sent'],
  ] as const)('that is %s at an account whose breaker is %s is shown %s', (status, breaker, shown) => {
    expect(viewsWith(breaker).delivery({ ...delivery, status }, forgotten)).toMatchObject({ status: shown });
  });
});

describe('a notification', () => {
  const view: NotificationView = {
    sequence: 1,
    id: notification,
    status: 'sent',
    kind: 'otp',
    priority: 'critical',
    createdAt: at,
    dueAt: null,
    expiresAt: at + 60_000,
    metadata: { order: 'A-1' },
    tags: ['red'],
    plan: {
      strategy: 'fallback',
      guarantee: 'at-most-once',
      steps: [
        { channel: 'drums', accounts: null, withinMs: null, until: 'sent' },
        { channel: 'pigeon', accounts: ['fast'], withinMs: 20_000, until: 'delivered' },
      ],
    },
    orderingKey: 'user-42',
    skipped: [{ step: 0, channel: 'drums', reason: 'no_address' }],
    deliveries: [{ ...delivery, step: 1 }],
    timeline: [],
  };

  it('tells its plan step by step', () => {
    expect(viewsWith('closed').notification(view, forgotten)).toMatchObject({
      id: notification,
      sendAt: null,
      expiresAt: '2026-11-23T15:04:28.453Z',
      strategy: 'fallback',
      guarantee: 'at-most-once',
      orderingKey: 'user-42',
      steps: [
        { step: 0, channel: 'drums', deliveries: [], skipped: 'no_address' },
        { step: 1, channel: 'pigeon', accounts: ['fast'], withinMs: 20_000, deliveries: ['sent'], skipped: null },
      ],
      deliveries: [{ address: 'no***' }],
      timeline: [],
    });
  });

  it('in a list is its summary, without its place in the store', () => {
    expect(Object.keys(viewsWith('closed').summary(view))).toEqual([
      'id',
      'status',
      'kind',
      'priority',
      'createdAt',
      'sendAt',
      'expiresAt',
      'metadata',
      'tags',
    ]);
  });
});

it('time is RFC 3339 in UTC with milliseconds, or null', () => {
  expect([time(0), time(null)]).toEqual(['1970-01-01T00:00:00.000Z', null]);
});
