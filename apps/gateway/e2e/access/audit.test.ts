import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, type Page } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { bearer, keyholders, withKey } from './keyholders.ts';

let gateway: GatewayProcess;
let make: ReturnType<typeof keyholders>['make'];
let makeProject: ReturnType<typeof keyholders>['makeProject'];
let get: ReturnType<typeof keyholders>['get'];
beforeAll(async () => {
  gateway = await startGateway();
  ({ make, makeProject, get } = keyholders(gateway));
});
afterAll(endGateways);

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly project: string;
  readonly key: string;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

const toNobody = { to: { phone: '+15005550001' }, content: { body: 'x' } };
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('the audit log', () => {
  it('tells who did what, newest first, to the admin of the project alone', async () => {
    const project = await makeProject('audited');
    const { key, id } = await make({ name: 'owner', scopes: ['admin'], project });
    const calls = client(withKey(gateway, key));
    const email = 'canary.audit@example.com';
    const act = (method: string, path: string, body?: object) =>
      gateway.request(method, path, body, { ...bearer(key), 'x-request-id': `r.${method}` });
    const { id: sent } = await calls.accepted({ to: { email }, content: { body: 'x' } });
    await calls.settled(sent);
    const { id: later } = await calls.accepted({
      to: { email },
      content: { body: 'x' },
      sendAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await act('POST', `/notifications/${later}/cancel`);
    await act('DELETE', '/sandbox/messages');
    await act('PUT', '/suppressions', { channel: 'email', address: email });
    await act('DELETE', `/suppressions?channel=email&address=${email}`);
    const { id: made } = await make({ name: 'brief', scopes: ['read'] }, key);
    await act('DELETE', `/keys/${made}`);

    const { body: log } = await get<Page<Entry>>('/audit', key);
    const person = log.items.find(({ action }) => action === 'suppression.put')?.subject;
    expect(person).toMatch(/^[\w-]{22}$/);
    expect(log.items.map(({ action, subject, key: by }) => [action, subject, by])).toEqual([
      ['key.revoked', made, id],
      ['key.made', made, id],
      ['suppression.released', person, id],
      ['suppression.put', person, id],
      ['sandbox.cleared', null, id],
      ['notification.canceled', later, id],
      ['key.made', id, 'admin'],
      ['project.made', project, 'admin'],
    ]);
    expect(log.items[0]).toEqual({
      id: expect.stringMatching(new RegExp(`^aud_${uuid}$`)),
      at: time,
      project,
      key: id,
      action: 'key.revoked',
      subject: made,
      detail: {},
      requestId: 'r.DELETE',
    });
    expect(log.items[1]?.detail).toEqual({ name: 'brief', scopes: ['read'], expiresAt: null });
    expect(JSON.stringify(log)).not.toContain(email);
    expect(JSON.stringify(log)).not.toContain('@example.com');
    const narrowed = await get<Page<Entry>>(`/audit?action=key.made&key=${id}&limit=1`, key);
    expect(narrowed.body).toMatchObject({ items: [{ subject: made }], nextCursor: null });
    const all = await get<Page<Entry>>(`/audit?project=${project}`, gateway.key);
    expect(all.body.items).toEqual(log.items);
  });

  it('has what an operator had sent again', async () => {
    const project = await makeProject('redriven');
    const { key, id } = await make({ name: 'owner', scopes: ['admin'], project });
    const own = withKey(gateway, key);
    const { accepted, settled } = client(own);
    const refused = async () => (await settled((await accepted(toNobody)).id)).deliveries[0]?.id ?? '';
    const first = await refused();
    await own.request('POST', `/deliveries/${first}/retry`);
    await own.request('POST', `/deliveries/${first}/retry`, undefined, { 'x-request-id': 'refused-or-not' });
    const { body: log } = await own.request<Page<Entry>>('GET', '/audit?action=delivery.retried');
    expect(log.items.at(-1)).toMatchObject({ action: 'delivery.retried', subject: first, key: id });
    const second = await refused();
    await own.request('POST', '/deliveries/redrive', { filter: { code: 'nothing' }, dryRun: false });
    await own.request('POST', '/deliveries/redrive', { filter: { status: 'failed' } });
    const { body: done } = await own.request<{ queued: number }>('POST', '/deliveries/redrive', {
      filter: { status: 'failed', channel: 'sms' },
      dryRun: false,
    });
    expect(done.queued, second).toBeGreaterThan(0);
    const { body: redriven } = await own.request<Page<Entry>>('GET', '/audit?action=deliveries.redriven');
    expect(redriven.items).toMatchObject([
      { subject: null, key: id, detail: { queued: done.queued, filter: { status: 'failed', channel: 'sms' } } },
    ]);
  });

  it('is read page by page, with cursors of its own', async () => {
    const { body: first } = await get<Page<Entry>>('/audit?limit=2', gateway.key);
    expect([first.items.length, first.nextCursor]).toEqual([2, expect.any(String)]);
    const { body: second } = await get<Page<Entry>>(`/audit?limit=2&cursor=${first.nextCursor}`, gateway.key);
    expect(second.items.some(({ id }) => first.items.some((entry) => entry.id === id))).toBe(false);
    expect((await get(`/keys?cursor=${first.nextCursor}`, gateway.key)).status).toBe(400);
    const { key } = await make({ name: 'x', scopes: ['admin'], project: await makeProject('reader') });
    expect((await get(`/audit?cursor=${first.nextCursor}`, key)).status).toBe(400);
  });
});
