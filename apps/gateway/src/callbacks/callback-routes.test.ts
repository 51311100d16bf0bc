import { request as httpRequest } from 'node:http';
import {
  type CallbackNews,
  type CallbackRequest,
  type DeliveryId,
  type Outcome,
  StoreUnavailable,
} from '@posthorn/core';
import { manualClock, recordingLogger } from '@posthorn/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PigeonPost, pigeonPost } from '../../doubles/pigeon-post.ts';
import { httpApp } from '../http/app.ts';
import { callbackAddresses } from './callback-addresses.ts';
import { callbackRoutes } from './callback-routes.ts';

const answer = { status: 201, contentType: 'text/x-vendor; charset=gbk', body: '{"code":0,"msg":"收到"}' };
const problem = 'application/problem+json';

// A whole gateway at work on a machine that may have other work: no wait of these is a matter of time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let post: PigeonPost;
let usual: PigeonPost['vendors'];
beforeAll(async () => {
  post = await pigeonPost();
  usual = { ...post.vendors };
});
afterEach(() => void Object.assign(post.vendors, usual));
afterAll(() => post.close());

interface Seen {
  readonly id: string;
  readonly status: string;
  readonly deliveries: readonly {
    readonly id: DeliveryId;
    readonly status: string;
    readonly vendorId: string | null;
    readonly code: string | null;
    readonly parts: number | null;
  }[];
  readonly timeline: readonly { readonly type: string }[];
}

let people = 0;
const somebody = () => `person${++people}`;

async function accept(more: object = {}): Promise<string> {
  const { status, body } = await post.request('POST', '/notify', {
    to: { coop: [somebody()] },
    channels: [{ channel: 'pigeon', accounts: ['main'] }],
    content: { body: 'coo' },
    ...more,
  });
  expect([status, body]).toEqual([202, expect.anything()]);
  return (body as { id: string }).id;
}

async function look(id: string): Promise<Seen> {
  return (await post.request('GET', `/notifications/${id}`)).body as Seen;
}

/** The notification as soon as its first delivery has come to this. */
const whenFirst = (id: string, status: string) =>
  vi.waitFor(
    async () => {
      const seen = await look(id);
      expect(seen.deliveries[0]?.status).toBe(status);
      return seen;
    },
    { timeout: 20_000, interval: 10 },
  );

const read = (...news: readonly CallbackNews[]) => ({ kind: 'read', news, answer });
function receipt(
  delivery: DeliveryId | null,
  more: Partial<Extract<CallbackNews, { kind: 'receipt' }>> = {},
): CallbackNews {
  const said = { status: 'delivered', code: 'DELIVRD', detail: null, at: Date.now() } as const;
  return { kind: 'receipt', delivery, vendorId: null, receipt: said, parts: null, part: null, suppress: null, ...more };
}
const push = (lane: string, init: RequestInit = {}) =>
  fetch(post.callbackOf(lane), { method: 'POST', body: 'x', ...init });
const sentId = async (id: string) => (await whenFirst(id, 'sent')).deliveries[0]?.id as DeliveryId;

describe('a callback', () => {
  it('is on the disk before the vendor gets its own answer', async () => {
    const id = await accept();
    const delivery = await sentId(id);
    post.vendors.read = () => read(receipt(delivery, { parts: 3 }));
    const told = await push('pigeon/main');
    expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([
      201,
      answer.contentType,
      answer.body,
    ]);
    const seen = await look(id);
    expect([seen.status, seen.deliveries[0]?.status, seen.deliveries[0]?.parts]).toEqual(['delivered', 'delivered', 3]);
  });

  it('is read as it came, under the public URL', async () => {
    const requests: CallbackRequest[] = [];
    post.vendors.read = (request) => {
      requests.push(request);
      return { ...read(), answer: { status: 204, contentType: null, body: '' } };
    };
    const body = Buffer.from([0, 255, 128, 10, 13, 0xd8]);
    const target = `${post.callbackOf('pigeon/main')}?a=1&b=%E4%BD%A0+x&a=2`;
    const told = await fetch(target, {
      method: 'POST',
      body,
      headers: { 'X-Vendor-Sign': 'AbC', 'content-type': 'image/x-nonsense' },
    });
    expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([204, null, '']);
    const [seen] = requests;
    expect(seen?.method).toBe('POST');
    expect(seen?.url.href).toBe(`${post.told.get('pigeon/main')}?a=1&b=%E4%BD%A0+x&a=2`);
    expect(seen?.headers).toMatchObject({ 'x-vendor-sign': 'AbC', 'content-type': 'image/x-nonsense' });
    expect(Buffer.from(seen?.body ?? []).equals(body)).toBe(true);
  });

  it('may be a probe without a body', async () => {
    const requests: CallbackRequest[] = [];
    post.vendors.read = (request) => {
      requests.push(request);
      return read();
    };
    const told = await fetch(post.callbackOf('pigeon/main'));
    expect([told.status, await told.text()]).toEqual([201, answer.body]);
    expect((await fetch(post.callbackOf('pigeon/main'), { method: 'HEAD' })).status).toBe(201);
    expect(requests.map(({ method, body }) => [method, body.byteLength])).toEqual([
      ['GET', 0],
      ['GET', 0],
    ]);
    expect((await fetch(post.callbackOf('pigeon/main'), { method: 'PUT', body: '' })).status).toBe(405);
  });

  it('finds its account among those of one name by the token', async () => {
    const lanes: string[] = [];
    post.vendors.read = (_request, { channel, account }) => {
      lanes.push(`${channel}/${account}`);
      return read();
    };
    await push('owl/main');
    await push('pigeon/main');
    expect(lanes).toEqual(['owl/main', 'pigeon/main']);
  });

  it('is answered alike whether the account, the token or the reader is not there', async () => {
    const [token = ''] = post.callbackOf('pigeon/main').split('/').slice(-1);
    const strange = [
      `${post.url}/callbacks/main/${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`,
      `${post.url}/callbacks/nobody/${token}`,
      `${post.url}/callbacks/spare/${token}`,
      `${post.url}/callbacks/main/${'x'.repeat(3_000)}`,
      `${post.url}/callbacks/main/%00`,
      post.callbackOf('pigeon/deaf'),
      `${post.url}/nowhere`,
    ];
    const bodies = strange.map(async (url) => {
      const told = await fetch(url, { method: 'POST', body: 'x'.repeat(2_000_000) });
      const { requestId: _, ...rest } = (await told.json()) as Record<string, unknown>;
      return JSON.stringify([told.status, told.headers.get('content-type'), rest]);
    });
    expect(new Set(await Promise.all(bodies)).size).toBe(1);
  });

  it.each([
    ['forged', { kind: 'forged', detail: 'its signature' }, 403, 'callback_forged'],
    ['unreadable', { kind: 'unreadable', detail: 'no JSON' }, 400, 'callback_unreadable'],
    ['garbage', { kind: 'read', news: 'all well' }, 503, 'callback_unread'],
    ['nothing', undefined, 503, 'callback_unread'],
  ])('that is %s changes nothing', async (_name, reading, status, code) => {
    const id = await accept();
    await whenFirst(id, 'sent');
    const before = await look(id);
    post.vendors.read = () => reading;
    const told = await push('pigeon/main');
    expect([told.status, told.headers.get('content-type')]).toEqual([status, problem]);
    expect(((await told.json()) as { code: string }).code).toBe(code);
    expect(told.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    expect(await look(id)).toEqual(before);
  });

  it('outlives a provider that throws', async () => {
    post.vendors.read = () => {
      throw new Error('a bug of the plugin');
    };
    expect((await push('pigeon/main')).status).toBe(503);
    post.vendors.read = () => read();
    expect((await push('pigeon/main')).status).toBe(201);
  });

  it('may have a megabyte, and not a byte more, with or without its length', async () => {
    const sizes: number[] = [];
    post.vendors.read = ({ body }) => {
      sizes.push(body.byteLength);
      return read();
    };
    const full = Buffer.alloc(1024 * 1024, 1);
    expect((await push('pigeon/main', { body: full })).status).toBe(201);
    expect((await push('pigeon/main', { body: Buffer.alloc(full.length + 1) })).status).toBe(413);
    expect(await statusOfChunks(post.callbackOf('pigeon/main'), full)).toBe(413);
    expect(sizes).toEqual([full.length]);
  });

  it('of an account whose provider hangs leaves the others theirs', async () => {
    const waiting: (() => void)[] = [];
    post.vendors.read = (_request, { account }) =>
      account === 'spare' ? new Promise((resolve) => waiting.push(() => resolve(read()))) : read();
    const hanging = Array.from({ length: 32 }, () => push('pigeon/spare'));
    await vi.waitFor(() => expect(waiting).toHaveLength(32), { timeout: 20_000 });
    const refused = await push('pigeon/spare');
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'overloaded']);
    expect((await push('pigeon/main')).status).toBe(201);
    for (const release of waiting) release();
    expect((await Promise.all(hanging)).map(({ status }) => status)).toEqual(Array.from({ length: 32 }, () => 201));
    expect((await Promise.all([push('pigeon/main'), push('pigeon/main')])).map(({ status }) => status)).toEqual([
      201, 201,
    ]);
  });

  it('that is replayed a hundred times happened once', async () => {
    const id = await accept();
    const delivery = await sentId(id);
    post.vendors.read = () => read(receipt(delivery), receipt(delivery));
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const told = await push('pigeon/main');
        return told.status === 503 ? (await push('pigeon/main')).status : told.status;
      }),
    );
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0);
    const { timeline } = await look(id);
    expect(timeline.filter(({ type }) => type === 'delivery.delivered')).toHaveLength(1);
  });

  it('does not speak of what went through another account', async () => {
    const id = await accept();
    const delivery = await sentId(id);
    const before = await look(id);
    post.vendors.read = () =>
      read(
        receipt(delivery, {
          suppress: 'hard',
          receipt: { status: 'undelivered', code: 'x', detail: null, at: Date.now() },
        }),
      );
    for (const lane of ['pigeon/spare', 'owl/main']) expect((await push(lane)).status).toBe(201);
    expect(await look(id)).toEqual(before);
  });

  it('may overtake the acceptance of its own message', async () => {
    post.vendors.read = ({ body }) => read(receipt(null, { vendorId: Buffer.from(body).toString() }));
    post.vendors.send = async ({ id }) => {
      // The vendor reports before it has answered.
      expect((await push('pigeon/traced', { body: `fast-${id}` })).status).toBe(201);
      return { kind: 'accepted', vendorId: `fast-${id}` };
    };
    const id = await accept({ channels: [{ channel: 'pigeon', accounts: ['traced'] }] });
    const seen = await whenFirst(id, 'delivered');
    expect(seen.timeline.map(({ type }) => type)).toEqual([
      'notification.accepted',
      'delivery.sent',
      'delivery.delivered',
    ]);
  });

  it('may bring more news than one commit takes', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, () => accept()));
    const deliveries = await Promise.all(ids.map(sentId));
    const strangers = Array.from({ length: 1_200 }, () => receipt(null));
    post.vendors.read = () =>
      read(receipt(deliveries[0] ?? null), ...strangers, ...deliveries.slice(1).map((one) => receipt(one)));
    expect((await push('pigeon/main')).status).toBe(201);
    for (const id of ids) expect((await look(id)).status).toBe('delivered');
  });

  it('that the store cannot take is to come again', async () => {
    const lane = { channel: 'pigeon', account: 'a' };
    const addresses = callbackAddresses(Buffer.alloc(32), [lane], new URL('http://n.example.com'));
    const provider = {
      send: async (): Promise<Outcome> => ({ kind: 'accepted', vendorId: null }),
      readCallback: async () => read(receipt(null)) as never,
    };
    const setup = { channel: {}, route: { default: ['a'] }, accounts: new Map([['a', { provider }]]) };
    const log = recordingLogger();
    const routes = callbackRoutes({
      channels: new Map([['pigeon', setup as never]]),
      addresses,
      publicUrl: null,
      clientAddressOf: () => '::',
      outbox: { hear: () => Promise.reject(new StoreUnavailable('storage_full')) },
      reader: { addressOf: () => null },
      clock: manualClock(),
      log,
    });
    const app = httpApp(routes, () => expect.fail('a callback needs no key'), log);
    const told = await app.request(addresses.urlOf(lane) as URL, { method: 'POST', body: 'x' });
    expect([told.status, told.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('leaves no token in the log, and shows it to whoever may enter it at the vendor', async () => {
    const { body } = await post.request('GET', '/channels');
    const channels = body as { items: { name: string; accounts: { name: string; callbackUrl: string | null }[] }[] };
    const shown = new Map(
      channels.items.flatMap(({ name, accounts }) => accounts.map((one) => [`${name}/${one.name}`, one.callbackUrl])),
    );
    expect(shown.get('pigeon/main')).toBe(post.told.get('pigeon/main'));
    expect(shown.get('pigeon/deaf')).toBeNull();
    const logged = post.log.text();
    expect(logged).toContain('a callback was not taken');
    for (const url of post.told.values()) expect(logged).not.toContain(url?.split('/').at(-1));
  });
});

/** Sends a body one byte too long in pieces, without saying how long it is. */
function statusOfChunks(url: string, full: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest(url, { method: 'POST' }, (told) => {
      told.resume();
      resolve(told.statusCode ?? 0);
    });
    sending.on('error', reject);
    sending.write(full);
    sending.end('y');
  });
}
