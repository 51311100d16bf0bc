import type { ChannelSetup, DeliveryId, Hear } from '@posthorn/core';
import { StoreUnavailable } from '@posthorn/core';
import { manualClock, recordingLogger } from '@posthorn/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { type App, httpApp } from '../http/app.ts';
import { unsubscribeLinks } from './unsubscribe-links.ts';
import { unsubscribeRoutes } from './unsubscribe-routes.ts';

const lane = { channel: 'email', account: 'relay' };
const delivery = 'dlv_01890000-0000-7000-8000-000000001000' as DeliveryId;
const address = 'li@shop.example';
const links = unsubscribeLinks(Buffer.alloc(32, 1), new URL('https://n.example.com'));
const path = links.urlOf?.({ lane, delivery, address }).pathname ?? '';
const channel = { maskAddress: () => 'l***@shop.example' };
const channels = new Map([['email', { channel } as unknown as ChannelSetup]]);

let heard: Hear[];
let fault: Error | null;
let app: App;
const log = recordingLogger();

beforeEach(() => {
  heard = [];
  fault = null;
  const outbox = {
    async hear(input: Hear) {
      if (fault !== null) throw fault;
      heard.push(input);
      return ['applied'] as const;
    },
  };
  const nobody = () => {
    throw new Error('no key is asked for');
  };
  app = httpApp(unsubscribeRoutes({ links, channels, outbox, clock: manualClock(5_000) }), nobody, log);
});

const oneClick = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'List-Unsubscribe=One-Click',
};

describe('a link that is followed', () => {
  it('asks first, and changes nothing: scanners follow every link', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await app.request(path, { method });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const text = await answer.text();
      if (method === 'GET') expect(text).toContain('<form method="post">');
      expect(text).not.toMatch(/li@|shop|dlv_/);
    }
    expect(heard).toEqual([]);
  });
});

describe('the one click', () => {
  it('is kept before it is confirmed, without a login', async () => {
    const answer = await app.request(path, oneClick);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('location')).toBeNull();
    const wish = { kind: 'wish', wish: 'unsubscribe', address, masked: 'l***@shop.example', at: 5_000 };
    const news = [{ ...wish, detail: `by the link in ${delivery}` }];
    expect(heard).toEqual([{ lane, traced: false, news, now: 5_000 }]);
  });

  const form = new FormData();
  form.set('List-Unsubscribe', 'One-Click');
  it.each<readonly [what: string, request: RequestInit]>([
    ['as a form of parts (RFC 8058 §3.2)', { method: 'POST', body: form }],
    ['without a body', { method: 'POST' }],
    ['with a body of its own', { method: 'POST', body: '{"x":', headers: { 'content-type': 'application/json' } }],
    ['with a cookie and a key', { ...oneClick, headers: { cookie: 'a=b', authorization: 'Bearer x' } }],
  ])('counts %s', async (_what, request) => {
    expect((await app.request(path, request)).status).toBe(200);
    expect(heard).toHaveLength(1);
  });

  it('is answered the same the second time', async () => {
    const [first, second] = [await app.request(path, oneClick), await app.request(path, oneClick)];
    expect(await second.text()).toBe(await first.text());
  });

  it('is not confirmed while it cannot be kept', async () => {
    fault = new StoreUnavailable('storage_full', 'the disk is full');
    const answer = await app.request(path, oneClick);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
  });
});

it.each(['GET', 'POST'])('a made-up token changes nothing by %s, and is answered like any other', async (method) => {
  const texts: string[] = [];
  for (const token of ['AAAA', path.slice('/unsubscribe/'.length, -2), '%00', '%ff', 'a'.repeat(5_000)]) {
    const answer = await app.request(`/unsubscribe/${token}`, { method });
    expect(answer.status).toBe(404);
    texts.push(await answer.text());
  }
  expect(new Set(texts).size).toBe(1);
  expect(heard).toEqual([]);
});

it.each(['PUT', 'DELETE', 'PATCH'])('takes no %s', async (method) => {
  expect((await app.request(path, { method })).status).toBe(405);
});

it('logs no link', () => {
  expect(log.text()).not.toContain(path.slice('/unsubscribe/'.length));
});
