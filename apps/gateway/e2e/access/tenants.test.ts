import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, type Page } from '../api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { listsRoutes, type ServedRoute, servedRoutes } from '../served-routes.ts';
import { bearer, keyholders } from './keyholders.ts';
import { openTenant, quiet, type Tenant } from './tenant.ts';
import { openRoutes, type TenantRow, tenantRows } from './tenant-routes.ts';

let gateway: GatewayProcess;
let tenant: Tenant;
let stranger: string;
let served: readonly ServedRoute[];
/** Texts of keys, by who holds them. */
const keys = { foreign: new Map<string, string>(), own: new Map<string, string>(), without: new Map<string, string>() };
const ended = { revoked: '', expired: '' };
const endedOperator = { revoked: '', expired: '' };

const every = ['notify', 'otp', 'read', 'manage', 'admin'] as const;

beforeAll(async () => {
  // Where anybody may reach it, metrics need a key.
  gateway = await startGateway({ env: { ...listsRoutes, POSTHORN_HOST: '0.0.0.0' } });
  served = await servedRoutes(gateway);
  const { make, makeProject, makeRevoked, makeExpired } = keyholders(gateway);
  tenant = await openTenant(gateway, 'canary');
  stranger = await makeProject('stranger');
  const { project } = tenant;
  for (const scope of every) {
    const others = every.filter((one) => one !== scope && one !== 'admin');
    keys.own.set(scope, (await make({ name: scope, scopes: [scope], project })).key);
    keys.foreign.set(scope, (await make({ name: scope, scopes: [scope], project: stranger })).key);
    keys.without.set(scope, (await make({ name: `not ${scope}`, scopes: others, project })).key);
  }
  keys.own.set('operator', (await make({ name: 'operator', scopes: ['admin'] })).key);
  keys.foreign.set('operator', keys.foreign.get('admin') as string);
  keys.without.set('operator', keys.own.get('admin') as string);
  const all = { name: 'ended', scopes: every };
  Object.assign(ended, {
    revoked: (await makeRevoked({ ...all, project })).key,
    expired: (await makeExpired({ ...all, project })).key,
  });
  Object.assign(endedOperator, { revoked: (await makeRevoked(all)).key, expired: (await makeExpired(all)).key });
});
afterAll(endGateways);

const nameOf = ({ method, path }: ServedRoute) => `${method} ${path}`;

it('every route of the program has a row, and no row is of a route that is gone', () => {
  const guarded = served.filter(({ scope }) => scope !== null).map((route) => [nameOf(route), route.scope]);
  expect(guarded.length).toBeGreaterThan(20);
  expect(Object.fromEntries(Object.entries(tenantRows).map(([name, { scope }]) => [name, scope]))).toEqual(
    Object.fromEntries(guarded),
  );
  const open = served.filter(({ scope }) => scope === null).map(nameOf);
  expect(Object.keys(openRoutes).toSorted()).toEqual(open.toSorted());
});

describe.each(Object.entries(tenantRows))('%s', (name, row: TenantRow) => {
  const [method = '', pattern = ''] = name.split(' ');
  const { scope } = row;
  const ask = (key: string | undefined): Promise<Answer<unknown>> =>
    gateway.request(method, row.path?.(tenant) ?? pattern, row.body?.(tenant), bearer(key));

  it('is for keys of the project that may, and changes nothing for any other', async () => {
    const before = await tenant.seen();

    const endedKeys = scope === 'operator' ? endedOperator : ended;
    for (const [what, detail] of [
      ['revoked', 'the key was revoked: ask for a new one'],
      ['expired', 'the key has expired: ask for a new one'],
    ] as const) {
      const answer = await ask(endedKeys[what]);
      expect(answer, what).toMatchObject({ status: 401, body: { code: 'unauthenticated', detail } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await ask(keys.without.get(scope)), 'without the scope').toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });

    const foreign = await ask(keys.foreign.get(scope));
    expect(foreign.status, JSON.stringify(foreign.body)).toBe(row.foreign);
    expect(foreign.body).toMatchObject(row.foreignBody ?? {});
    if (row.foreign === 404) expect(foreign.body).toMatchObject({ code: 'not_found' });
    const told = JSON.stringify([foreign.body, [...foreign.headers]]);
    expect(tenant.marks.filter((mark) => told.includes(mark))).toEqual([]);
    expect(await tenant.seen()).toBe(before);

    const own = await ask(keys.own.get(scope));
    expect(own.status, JSON.stringify(own.body)).toBe(row.own);
    await quiet(tenant);
  });
});

describe('another project', () => {
  const foreign = (scope: string) => bearer(keys.foreign.get(scope));
  const own = (scope: string) => bearer(keys.own.get(scope));
  const body = (text: string) => ({ to: { email: 'idempotent@example.com' }, content: { body: text } });

  it('may use the same idempotency key, for another request too', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const first = await gateway.request<{ id: string }>('POST', '/notify', body('one'), { ...own('notify'), ...key });
    const other = await gateway.request<{ id: string }>('POST', '/notify', body('two'), {
      ...foreign('notify'),
      ...key,
    });
    const same = await gateway.request<{ id: string }>('POST', '/notify', body('one'), { ...own('notify'), ...key });
    expect([first.status, other.status, same.status]).toEqual([202, 202, 202]);
    expect(other.body.id).not.toBe(first.body.id);
    expect(other.headers.get('idempotent-replayed')).toBeNull();
    expect(same.body.id).toBe(first.body.id);
    await quiet(tenant);
  });

  it.each(['address=tenant.canary@example.com', 'tag=canary-tag', 'metadata.canary=canary-metadata'])(
    'finds nothing by %s',
    async (query) => {
      const found = await gateway.request<Page<unknown>>('GET', `/notifications?${query}`, undefined, own('read'));
      expect(found.body.items.length).toBeGreaterThan(0);
      const none = await gateway.request<Page<unknown>>('GET', `/notifications?${query}`, undefined, foreign('read'));
      expect(none.body).toEqual({ items: [], nextCursor: null });
    },
  );

  it.each([
    ['/notifications', 'read'],
    ['/suppressions', 'manage'],
    ['/keys', 'admin'],
    ['/audit', 'admin'],
  ])('cannot go on in a list of %s with a cursor that is not its own', async (path, scope) => {
    await gateway.request('PUT', '/suppressions', { channel: 'email', address: 'a@example.com' }, own('manage'));
    await gateway.request('PUT', '/suppressions', { channel: 'email', address: 'b@example.com' }, own('manage'));
    const { body: page } = await gateway.request<Page<unknown>>('GET', `${path}?limit=1`, undefined, own(scope));
    const next = `${path}?limit=1&cursor=${page.nextCursor}`;
    expect((await gateway.request('GET', next, undefined, own(scope))).status).toBe(200);
    expect(await gateway.request('GET', next, undefined, foreign(scope))).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/cursor' }] },
    });
  });

  it('keeps an address from its own messages alone', async () => {
    const address = 'kept.apart@example.com';
    await gateway.request('PUT', '/suppressions', { channel: 'email', address }, foreign('manage'));
    const wanted = { to: { email: address }, content: { body: 'x' } };
    expect((await gateway.request('POST', '/notify', wanted, foreign('notify'))).status).toBe(422);
    expect((await gateway.request('POST', '/notify', wanted, own('notify'))).status).toBe(202);
  });

  it('is as closed to the operator as to any other: the admin key is of the default project', async () => {
    const { status } = await gateway.request('GET', `/notifications/${tenant.sent.id}`);
    expect(status).toBe(404);
    expect(await client(gateway).list('/sandbox/messages')).toEqual([]);
  });
});

it('callback addresses are shown to the operator alone', async () => {
  const shown = (key: string | undefined) => gateway.request('GET', '/channels', undefined, bearer(key));
  expect(JSON.stringify((await shown(keys.own.get('operator'))).body)).toContain('callbackUrl');
  expect(JSON.stringify((await shown(keys.own.get('admin'))).body)).not.toContain('callbackUrl');
});
