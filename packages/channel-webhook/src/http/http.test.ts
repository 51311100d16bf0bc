import { createHmac } from 'node:crypto';
import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import {
  type DoubleReply,
  manualClock,
  type ProviderBench,
  providerContract,
  runContract,
  testTools,
  type VendorDouble,
  type VendorMood,
  vendorDouble,
} from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { Content } from '../content.ts';
import { http } from './http.ts';
import { type HttpSettings, httpSettings } from './settings.ts';

const now = 1_790_000_000_000;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
const notification = idMint().notification(now);
const delivery: OutgoingDelivery<Content> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'webhook',
  address: '',
  content: {
    title: 'c4n4ry-title',
    text: 'c4n4ry-text',
    url: 'https://shop.example/c4n4ry',
    data: { order: 'c4n4ry' },
  },
  attempt: 1,
  kind: 'transactional',
  priority: 'normal',
  expiresAt: null,
};

const open: { close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
});

async function play(reply: DoubleReply, given: object = { secret }, timeoutMs = 1_500, cutsEarly = false) {
  const double = await vendorDouble({ reply: () => reply, cutsEarly: () => cutsEarly });
  open.push(double);
  const tools = testTools({ timeoutMs, clock: manualClock(now) });
  const settings: HttpSettings = httpSettings.parse(given);
  const provider = await http.open(settings, tools);
  const toDouble = { ...delivery, address: `${double.origin}/hook/c4n4ry-path?key=c4n4ry` };
  return { double, provider, tools, toDouble };
}

const replies: Readonly<Partial<Record<VendorMood, DoubleReply>>> = {
  'refuses-address': { status: 410, body: 'c4n4ry' },
  'refuses-content': { status: 422, body: '{"saw":"c4n4ry"}' },
  'rejects-credentials': { status: 401, body: 'c4n4ry' },
  throttles: { status: 429, headers: { 'retry-after': '30' }, body: '' },
  'fails-inside': { status: 500, body: 'c4n4ry' },
  'says-html': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>c4n4ry</html>' },
  'resets-after-body': { fault: 'reset-after-body' },
  silent: { fault: 'silent' },
  'stalls-in-body': { fault: 'stalled-body' },
  'huge-answer': { fault: 'huge' },
};

async function stop(double: VendorDouble): Promise<void> {
  open.splice(open.indexOf(double), 1);
  await double.close();
}

const bench: ProviderBench<Content> = {
  async enter(mood, timeoutMs) {
    const reply = replies[mood] ?? { status: 200, body: 'ok' };
    // Where the status says it all a huge answer is one like others: here the account looks into the body.
    const settings = mood === 'huge-answer' ? { secret, success: { json: { '/errcode': 0 } } } : { secret };
    const { double, provider, tools, toDouble } = await play(reply, settings, timeoutMs, mood === 'resets-before-body');
    if (mood === 'not-listening') await stop(double);
    return {
      provider,
      delivery: toDouble,
      asked: () => double.requests.length,
      key: () => String(double.requests.at(-1)?.headers['webhook-id']),
      canaries: ['c4n4ry', secret],
      logged: () => tools.log.text(),
    };
  },
};

describe('the provider contract', () => {
  const expectations = {
    accepts: ['accepted'],
    'refuses-address': ['refused'],
    'refuses-content': ['refused'],
    // An endpoint that rejects us says nothing about the account, which has many: it is tried again.
    'rejects-credentials': ['deferred'],
    throttles: ['deferred'],
    'fails-inside': ['uncertain'],
    'says-html': ['uncertain'],
    'resets-before-body': ['uncertain'],
    'resets-after-body': ['uncertain'],
    silent: ['uncertain'],
    'stalls-in-body': ['uncertain'],
    'huge-answer': ['uncertain'],
    'not-listening': ['deferred'],
  } as const;
  runContract(providerContract<Content>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () => bench,
    close: async () => undefined,
  });
});

const ok: DoubleReply = { status: 200, body: '{"errcode":0}' };
const send = (
  { provider, toDouble }: Awaited<ReturnType<typeof play>>,
  more: Partial<OutgoingDelivery<Content>> = {},
) => provider.send({ ...toDouble, ...more }, AbortSignal.timeout(10_000));

it('takes the status of a huge answer at its word where the account asks for no more', async () => {
  expect(await send(await play({ fault: 'huge' }))).toEqual({ kind: 'accepted', vendorId: null });
});

it('sends all there is as JSON, signed for the receiver to check', async () => {
  const stage = await play(ok);
  expect(await send(stage)).toEqual({ kind: 'accepted', vendorId: null });
  const [seen] = stage.double.requests;
  if (seen === undefined) throw new Error('nothing came');
  expect(seen).toMatchObject({ method: 'POST', url: '/hook/c4n4ry-path?key=c4n4ry' });
  expect(JSON.parse(String(seen.body))).toEqual({
    notification,
    kind: 'transactional',
    title: 'c4n4ry-title',
    body: 'c4n4ry-text',
    url: 'https://shop.example/c4n4ry',
    data: { order: 'c4n4ry' },
  });
  const signed = `${delivery.id}.${now / 1_000}.${String(seen.body)}`;
  expect(seen.headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': delivery.id,
    'webhook-timestamp': String(now / 1_000),
    'webhook-signature': `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  });
});

it('takes no placeholder from what a value says, and leaves out what is not there', async () => {
  const stage = await play(ok);
  await send(stage, { content: { text: '{{url}} {{data.x}}', data: { x: '{{title}}' } } });
  expect(JSON.parse(String(stage.double.requests[0]?.body))).toEqual({
    notification,
    kind: 'transactional',
    body: '{{url}} {{data.x}}',
    data: { x: '{{title}}' },
  });
});

it("shapes the body as the account says, or as the message does, with the account's method and headers", async () => {
  const settings = {
    method: 'PUT',
    headers: { Authorization: 'Bearer t0k3n', 'Content-Type': 'application/vnd.shop+json' },
    body: { msg: '{{title}}: {{body}}', order: '{{data.order}}', id: '{{delivery}}', missing: '{{data.no}}' },
  };
  const stage = await play(ok, settings);
  await send(stage);
  await send(stage, { content: { body: ['{{data.n}}'], data: { n: 7 } } });
  const bodies = stage.double.requests.map(({ body }) => JSON.parse(String(body)) as unknown);
  expect(bodies).toEqual([{ msg: 'c4n4ry-title: c4n4ry-text', order: 'c4n4ry', id: delivery.id }, [7]]);
  expect(stage.double.requests[0]).toMatchObject({
    method: 'PUT',
    headers: { authorization: 'Bearer t0k3n', 'content-type': 'application/vnd.shop+json' },
  });
  expect(stage.double.requests[0]?.headers['webhook-signature']).toBeUndefined();
});

it('believes the answer only where success is said to be in it', async () => {
  const success = { json: { '/errcode': 0 } };
  expect(await send(await play(ok, { success }))).toMatchObject({ kind: 'accepted' });
  expect(await send(await play({ status: 200, body: '{"errcode":7}' }, { success }))).toMatchObject({
    code: 'not_accepted',
  });
  expect(await send(await play({ fault: 'huge' }, { success }))).toMatchObject({ code: 'unreadable_answer' });
});

it('follows no redirect', async () => {
  const target = await play(ok);
  const stage = await play({ status: 307, headers: { location: target.toDouble.address }, body: '' });
  expect(await send(stage)).toMatchObject({ kind: 'refused', code: 'http_307' });
  expect(target.double.requests).toHaveLength(0);
});

it('refuses what may never be reached before anything is asked, and says so beforehand', async () => {
  const { provider, toDouble } = await play(ok);
  const address = 'https://outside.example/c4n4ry';
  expect(provider.refuses?.(address)).toMatchObject({ code: 'blocked_address' });
  expect(provider.refuses?.(toDouble.address)).toBeNull();
  expect(await provider.send({ ...toDouble, address }, AbortSignal.timeout(10_000))).toMatchObject({
    kind: 'refused',
    because: 'address',
    code: 'blocked_address',
  });
});

it('asks for private networks only where the account may reach them', async () => {
  const asked: unknown[] = [];
  for (const allowPrivate of [true, false]) {
    const tools = testTools({
      forbids: () => null,
      egress: async (request) => {
        asked.push(request.allowPrivate);
        return { kind: 'forbidden', detail: 'the name leads inside' };
      },
    });
    const provider = await http.open(httpSettings.parse({ allowPrivate }), tools);
    const outcome = await provider.send({ ...delivery, address: 'https://a.example/' }, AbortSignal.timeout(10_000));
    expect(outcome).toMatchObject({ kind: 'deferred', scope: 'address', code: 'blocked_address' });
  }
  expect(asked).toEqual([true, false]);
});

it('has no endpoint', async () => {
  const tools = testTools({ endpoint: new URL('http://127.0.0.1:1/') });
  await expect(http.open(httpSettings.parse({}), tools)).rejects.toThrow('no endpoint');
});
