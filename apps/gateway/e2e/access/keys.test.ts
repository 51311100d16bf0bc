import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freshEmail, type Page } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { bearer, type Key, keyholders } from './keyholders.ts';

let gateway: GatewayProcess;
let make: ReturnType<typeof keyholders>['make'];
let makeProject: ReturnType<typeof keyholders>['makeProject'];
let get: ReturnType<typeof keyholders>['get'];
beforeAll(async () => {
  gateway = await startGateway({ env: { POSTHORN_LOG_LEVEL: 'debug' } });
  ({ make, makeProject, get } = keyholders(gateway));
});
afterAll(endGateways);

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('a new key', () => {
  it('is shown once, does what its scopes say, and nothing else', async () => {
    const answer = await gateway.request<Key>('POST', '/keys', { name: 'Shop 前台', scopes: ['notify', 'read'] });
    expect(answer.status).toBe(201);
    const { key: text = '', ...shown } = answer.body;
    expect(text).toMatch(/^phk_[0-9a-f]{16}_[\w-]{43}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(new RegExp(`^key_${uuid}$`)),
      name: 'Shop 前台',
      project: expect.stringMatching(new RegExp(`^prj_${uuid}$`)),
      prefix: `${text.slice(0, 21)}…`,
      scopes: ['notify', 'read'],
      rate: null,
      createdAt: time,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(answer.headers.get('location')).toBe(`/keys/${shown.id}`);

    const to = { to: { email: freshEmail() }, content: { body: 'x' } };
    const sent = await gateway.request<{ id: string }>('POST', '/notify', to, bearer(text));
    expect(sent.status).toBe(202);
    expect((await get(`/notifications/${sent.body.id}`, text)).status).toBe(200);
    expect((await get(`/notifications/${sent.body.id}`, gateway.key)).status).toBe(200);
    for (const [method, path, scope] of [
      ['GET', '/suppressions', 'the scope manage'],
      ['GET', '/keys', 'the scope admin'],
      ['GET', '/audit', 'the scope admin'],
      ['POST', '/projects', 'an admin key of the default project'],
    ] as const)
      expect(await gateway.request(method, path, undefined, bearer(text))).toMatchObject({
        status: 403,
        body: { code: 'missing_scope', detail: `this needs ${scope}` },
      });

    const again = await get<Key>(`/keys/${shown.id}`, gateway.key);
    expect(again).toMatchObject({ status: 200, body: { ...shown, lastUsedAt: time } });
    const { body: list } = await get<Page<Key>>('/keys', gateway.key);
    expect(list.items[0]).toEqual(again.body);
  });

  it.each([
    [{ scopes: ['read'] }, '/name'],
    [{ name: '', scopes: ['read'] }, '/name'],
    [{ name: ' x', scopes: ['read'] }, '/name'],
    [{ name: 'a\nb', scopes: ['read'] }, '/name'],
    [{ name: 'a\u202eb', scopes: ['read'] }, '/name'],
    [{ name: 'x'.repeat(101), scopes: ['read'] }, '/name'],
    [{ name: 'x', scopes: [] }, '/scopes'],
    [{ name: 'x', scopes: ['root'] }, '/scopes/0'],
    [{ name: 'x', scopes: ['operator'] }, '/scopes/0'],
    [{ name: 'x', scopes: ['read', 'read'] }, '/scopes'],
    [{ name: 'x', scopes: 'read' }, '/scopes'],
    [{ name: 'x', scopes: ['read'], expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ name: 'x', scopes: ['read'], rate: 'fast' }, '/rate'],
    [{ name: 'x', scopes: ['read'], id: 'key_1' }, '/id'],
    [{ name: 'x', scopes: ['read'], key: 'phk_mine' }, '/key'],
  ])('is refused of the wrong shape: %j', async (body, pointer) => {
    const answer = await gateway.request('POST', '/keys', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ pointer }] } });
  });

  it('is refused when it would be over already, or of no project', async () => {
    const project = 'prj_019b76da-a800-7000-8000-000000000001';
    const body = { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00.000Z', project };
    expect(await gateway.request('POST', '/keys', body)).toMatchObject({
      status: 422,
      body: {
        code: 'unprocessable',
        errors: [
          { pointer: '/project', code: 'unknown_project' },
          { pointer: '/expiresAt', code: 'ends_too_early' },
        ],
      },
    });
  });

  it('ends when it expires', async () => {
    const { key } = await make({
      name: 'brief',
      scopes: ['read'],
      expiresAt: new Date(Date.now() + 200).toISOString(),
    });
    const refused = await eventually(async () => {
      const answer = await get('/notifications', key);
      return answer.status === 200 ? undefined : answer;
    });
    expect(refused).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', detail: 'the key has expired: ask for a new one' },
    });
  });

  it('can be held to a rate of its own', async () => {
    const { key, rate } = await make({ name: 'slow', scopes: ['read'], rate: '2/1h' });
    expect(rate).toBe('2/h');
    expect((await get('/notifications', key)).status).toBe(200);
    const refused = await get('/notifications', key);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1_700);
  });
});

/** One connection that stays open over several requests. */
function keptOpen(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  const ask = (key: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/notifications`, { agent, headers: bearer(key) }, (response) => {
        ports.add(response.socket.localPort);
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject).end();
    });
  return { ask, ports, close: () => agent.destroy() };
}

describe('a revoked key', () => {
  it('is refused at the next request, on a connection that was open before too', async () => {
    const { key, id } = await make({ name: 'stolen', scopes: ['read'] });
    const line = keptOpen(gateway.url);
    expect(await line.ask(key)).toBe(200);
    const revoked = await gateway.request<Key>('DELETE', `/keys/${id}`);
    expect(revoked).toMatchObject({ status: 200, body: { id, revokedAt: time } });
    expect(await line.ask(key)).toBe(401);
    expect(line.ports.size).toBe(1);
    line.close();
    const again = await gateway.request<Key>('DELETE', `/keys/${id}`);
    expect(again).toMatchObject({ status: 200, body: { revokedAt: revoked.body.revokedAt } });
  });

  it('stays revoked through a restart, and its use was remembered', async () => {
    const own = await startGateway();
    const { body: first } = await own.request<Key>('POST', '/keys', { name: 'a', scopes: ['read'] });
    const { body: second } = await own.request<Key>('POST', '/keys', { name: 'b', scopes: ['read'] });
    for (const { key } of [first, second]) await own.request('GET', '/notifications', undefined, bearer(key));
    await own.request('DELETE', `/keys/${first.id}`);
    own.kill('SIGTERM');
    await own.exited;
    const next = await startGateway({ dataDir: own.dataDir });
    const { body: list } = await next.request<Page<Key>>('GET', '/keys');
    expect(list.items.map(({ lastUsedAt }) => lastUsedAt)).toEqual([time, time]);
    expect((await next.request('GET', '/notifications', undefined, bearer(first.key))).status).toBe(401);
    expect((await next.request('GET', '/notifications', undefined, bearer(second.key))).status).toBe(200);
  });

  it('can be the last thing that a key does', async () => {
    const { key, id } = await make({ name: 'leaver', scopes: ['admin'] });
    expect((await gateway.request('DELETE', `/keys/${id}`, undefined, bearer(key))).status).toBe(200);
    expect((await gateway.request('DELETE', `/keys/${id}`, undefined, bearer(key))).status).toBe(401);
  });
});

describe('a project', () => {
  it('has keys of its own, made by the operator and then by its own admin', async () => {
    const project = await makeProject('shop');
    const owner = await make({ name: 'owner', scopes: ['admin'], project });
    expect(owner.project).toBe(project);
    const made = await make({ name: 'till', scopes: ['notify'] }, owner.key);
    expect(made.project).toBe(project);
    expect((await make({ name: 'till 2', scopes: ['notify'], project }, owner.key)).project).toBe(project);
    const { body: seen } = await get<Page<Key>>('/keys', owner.key);
    expect(seen.items.map(({ name }) => name)).toEqual(['till 2', 'till', 'owner']);
    const { body: all } = await get<Page<Key>>(`/keys?project=${project}`, gateway.key);
    expect(all.items).toHaveLength(3);
    expect((await get<Page<{ id: string }>>('/projects', owner.key)).body.items.map(({ id }) => id)).toEqual([project]);
    expect((await get<Page<{ id: string }>>('/projects', gateway.key)).body.items.length).toBeGreaterThan(1);
  });

  it('has a name of its own', async () => {
    await makeProject('unique');
    expect(await gateway.request('POST', '/projects', { name: 'unique' })).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ pointer: '/name', code: 'taken' }] },
    });
  });

  it('cannot reach beyond itself with its admin key', async () => {
    const project = await makeProject('walled');
    const { key } = await make({ name: 'owner', scopes: ['admin'], project });
    const { id: foreign, project: home } = await make({ name: 'foreign', scopes: ['read'] });
    for (const path of [`/keys/${foreign}`, `/keys?project=${home}`, `/audit?project=${home}`])
      expect((await get(path, key)).status, path).toBe(404);
    expect((await gateway.request('DELETE', `/keys/${foreign}`, undefined, bearer(key))).status).toBe(404);
    expect((await get<Key>(`/keys/${foreign}`, gateway.key)).body.revokedAt).toBeNull();
    const body = { name: 'x', scopes: ['admin'], project: home };
    expect(await gateway.request('POST', '/keys', body, bearer(key))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/project', code: 'unknown_project' }] },
    });
    expect((await gateway.request('POST', '/projects', { name: 'more' }, bearer(key))).status).toBe(403);
  });
});

describe('the secret of a key', () => {
  it('is in no answer but the first, no log line and no file', async () => {
    const { key, id } = await make({ name: 'canary', scopes: ['admin'] });
    const secret = key.slice(21);
    const seen = await Promise.all(
      [`/keys/${id}`, '/keys', '/audit', '/projects', '/metrics', '/channels'].map((path) => get(path, key)),
    );
    await gateway.request('POST', '/keys', { name: key, scopes: ['nothing'] });
    const revoked = await gateway.request('DELETE', `/keys/${id}`, undefined, bearer(key));
    const refused = await get('/keys', key);
    expect([revoked.status, refused.status]).toEqual([200, 401]);
    for (const { body } of [...seen, revoked, refused]) expect(JSON.stringify(body)).not.toContain(secret);
    expect(gateway.stderr() + gateway.stdout()).not.toContain(secret);
    const files = readdirSync(gateway.dataDir);
    expect(files).toEqual(expect.arrayContaining(['posthorn.db', 'posthorn.db-wal']));
    const found = files.filter((name) => readFileSync(join(gateway.dataDir, name)).includes(secret));
    expect(found).toEqual([]);
    const handle = key.slice(4, 20);
    expect(files.some((name) => readFileSync(join(gateway.dataDir, name)).includes(handle))).toBe(true);
  });
});

describe('wrong keys', () => {
  it('of one source are slowed down, good ones of the same are not', async () => {
    const own = await startGateway({ config: 'server: { host: 127.0.0.1 }\n' });
    const statuses: number[] = [];
    for (let time = 0; time < 60; time++)
      statuses.push((await own.request('GET', '/notifications', undefined, bearer(`phk_guess_${time}`))).status);
    expect(statuses).toEqual([...Array(40).fill(401), ...Array(20).fill(429)]);
    const refused = await own.request('GET', '/notifications', undefined, bearer('phk_guess'));
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await own.request('GET', '/notifications')).status).toBe(200);
    expect((await own.request('GET', '/notifications', undefined, { authorization: '' })).status).toBe(401);
  });
});
