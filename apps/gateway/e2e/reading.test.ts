import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail, type Notification, type Page, type SandboxMessage } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const content = { body: 'The posthorn has sounded.' };

let gateway: GatewayProcess;
let calls: Client;
let ids: readonly string[];
const email = freshEmail();
beforeAll(async () => {
  gateway = await startGateway();
  calls = client(gateway);
  ids = [];
  for (const body of [
    { to: { email }, tags: ['red'], metadata: { order: 'A-1', shop: 'north' } },
    { to: { phone: '+8613811112222' }, tags: ['red', 'blue'], metadata: { order: 'A-2' }, kind: 'marketing' },
    { to: { email: 'refused@sandbox.posthorn.example' }, metadata: { order: 'A-1' } },
    { to: { email: freshEmail() }, sendAt: new Date(Date.now() + 3_600_000).toISOString(), kind: 'otp' },
    { to: { email, phone: '+8613811112222' }, channels: ['email'], tags: ['blue'] },
  ]) {
    const { id, status } = await calls.accepted({ content, ...body });
    if (status === 'accepted') await calls.settled(id);
    ids = [...ids, id];
  }
});
afterAll(endGateways);

const places = async (query: string) =>
  (await calls.list<Notification>(`/notifications?${query}`)).map(({ id }) => ids.indexOf(id));

describe('GET /notifications', () => {
  it.each([
    ['', [4, 3, 2, 1, 0]],
    ['status=sent', [4, 1, 0]],
    ['status=failed', [2]],
    ['status=scheduled', [3]],
    ['status=canceled', []],
    ['kind=marketing', [1]],
    ['kind=otp', [3]],
    ['channel=email', [4, 3, 2, 0]],
    ['channel=sms', [1]],
    ['channel=pigeon', []],
    ['tag=red', [1, 0]],
    ['tag=blue&channel=email', [4]],
    ['tag=re', []],
    ['metadata.order=A-1', [2, 0]],
    ['metadata.order=A-1&metadata.shop=north', [0]],
    ['metadata.order=A-1&status=failed', [2]],
    ['metadata.shop=A-1', []],
    [`address=${email}`, [4, 0]],
    [`address=%20${email}%20`, [4, 0]],
    ['address=%2B86%20138%201111%202222', [1]],
    ['address=%2B8613811112222&channel=sms', [1]],
    ['address=%2B8613811112223', []],
    ['from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z', [4, 3, 2, 1, 0]],
    ['to=2020-01-01T00:00:00Z', []],
    ['from=2099-01-01T00:00:00%2B08:00', []],
  ])('finds by "%s"', async (query, expected) => {
    expect(await places(query)).toEqual(expected);
  });

  it('narrows to a span of time that ends before its end', async () => {
    const [first, second] = await Promise.all([0, 1].map((place) => calls.notification(ids[place] ?? '')));
    const span = `from=${first?.createdAt}&to=${second?.createdAt}`;
    expect(await places(span)).toEqual([0]);
  });

  it('pages from the newest to the oldest, none twice and none left out', async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const place: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { body: Page<Notification> } = await gateway.request('GET', `/notifications?limit=2${place}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.items.map(({ id }) => ids.indexOf(id)));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });

  it('keeps its place while newer ones arrive, and with a filter', async () => {
    const first = await gateway.request<Page<Notification>>('GET', '/notifications?limit=1&tag=red');
    expect(first.body.nextCursor).toEqual(expect.any(String));
    await calls.accepted({ to: { email: 'late@example.com' }, content, tags: ['red'] });
    expect(await places(`limit=1&tag=red&cursor=${first.body.nextCursor}`)).toEqual([0]);
  });

  it('has no next page when the last one is full', async () => {
    const { body } = await gateway.request<Page<Notification>>('GET', '/notifications?limit=2&tag=blue');
    expect(body.items).toHaveLength(2);
    expect(body.nextCursor).toBeNull();
  });
});

describe('GET /sandbox/messages', () => {
  it('pages, and finds an address however it is spelt', async () => {
    // Of one address: what other tests have scheduled may arrive meanwhile.
    const list = `/sandbox/messages?channel=email&to=${email}`;
    const first = await gateway.request<Page<SandboxMessage>>('GET', `${list}&limit=1`);
    const rest = await gateway.request<Page<SandboxMessage>>('GET', `${list}&cursor=${first.body.nextCursor}`);
    expect(first.body.items).toHaveLength(1);
    expect(rest.body.nextCursor).toBeNull();
    const all = await calls.list<SandboxMessage>(list);
    expect(all).toHaveLength(2);
    expect([...first.body.items, ...rest.body.items]).toEqual(all);
    expect(await calls.kept('+86 138-1111-2222')).toHaveLength(1);
    expect(await calls.kept('nobody at all')).toEqual([]);
  });
});

describe('GET /channels', () => {
  it('tells what can be sent, how it is addressed, and how the accounts are', async () => {
    const { body } = await gateway.request<Page<Readonly<Record<string, unknown>>>>('GET', '/channels');
    expect(body.items.map(({ name, addressKey, maxAddresses }) => [name, addressKey, maxAddresses])).toEqual([
      ['sms', 'phone', 1],
      ['email', 'email', 1],
      ['push', 'push', 100],
    ]);
    for (const channel of body.items) {
      expect(channel['content']).toMatchObject({ type: 'object', additionalProperties: false });
      expect(channel['accounts']).toMatchObject([{ name: 'sandbox', provider: 'sandbox', state: 'healthy' }]);
    }
  });
});
