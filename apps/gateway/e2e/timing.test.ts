import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const config = `
channels:
  email:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      slow: { use: sandbox, timeout: 1500ms, concurrency: 1 }
      ordered: { use: sandbox, timeout: 1s }
`;
const content = { body: 'The posthorn has sounded.' };
const hanging = 'hang@sandbox.posthorn.example';
const via = (account: string) => [{ channel: 'email', accounts: [account] }];
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

describe('sendAt', () => {
  it('is kept: nothing leaves before, and it leaves then', async () => {
    const email = freshEmail();
    const sendAt = inMs(1_500);
    const accepted = await calls.accepted({ to: { email }, content, sendAt });
    expect(accepted).toMatchObject({ status: 'scheduled', deliveries: [{ status: 'scheduled' }] });
    expect(await calls.notification(accepted.id)).toMatchObject({ status: 'scheduled', sendAt });
    const seen = await calls.settled(accepted.id);
    expect(seen.status).toBe('sent');
    const late = Date.parse(seen.deliveries[0]?.sentAt ?? '') - Date.parse(sendAt);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
  });

  it('in the past means now', async () => {
    const accepted = await calls.accepted({ to: { email: freshEmail() }, content, sendAt: '2020-01-01T00:00:00Z' });
    expect(accepted.status).toBe('accepted');
    expect((await calls.settled(accepted.id)).status).toBe('sent');
  });
});

describe('a cancel', () => {
  it('ends what is scheduled; a second one and one after the end are conflicts', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({ to: { email }, content, sendAt: inMs(1_000) });
    const canceled = await gateway.request('POST', `/notifications/${id}/cancel`);
    expect(canceled.status).toBe(200);
    expect(canceled.body).toMatchObject({ id, status: 'canceled', deliveries: [{ status: 'canceled' }] });
    expect(await gateway.request('POST', `/notifications/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });

    const later = await calls.accepted({ to: { email: freshEmail() }, content, sendAt: inMs(1_600) });
    expect((await calls.settled(later.id)).status).toBe('sent');
    expect(await calls.kept(email)).toEqual([]);
    expect((await calls.notification(id)).status).toBe('canceled');
    expect((await gateway.request('POST', `/notifications/${later.id}/cancel`)).status).toBe(409);
  });

  it('stops the rest of a plan', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { email: 'deferred@sandbox.posthorn.example' },
      channels: ['email', ...via('slow')],
      content,
    });
    await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'retrying');
    const { body } = await gateway.request<{ deliveries: readonly { status: string }[]; status: string }>(
      'POST',
      `/notifications/${id}/cancel`,
    );
    expect(body.deliveries.map(({ status }) => status)).toEqual(['canceled', 'canceled']);
    expect(body.status).toBe('canceled');
    expect(await calls.kept(email)).toEqual([]);
  });
});

describe('ttl', () => {
  it('ends what could not be sent in time', async () => {
    const email = freshEmail();
    const first = await calls.accepted({
      to: { email: hanging },
      channels: via('slow'),
      content,
      guarantee: 'at-most-once',
    });
    await calls.when(first.id, ({ deliveries }) => deliveries[0]?.status === 'sending');
    const { id } = await calls.accepted({ to: { email }, channels: via('slow'), content, ttl: '500ms' });
    const seen = await calls.settled(id);
    expect(seen).toMatchObject({ status: 'expired', deliveries: [{ status: 'expired', attempts: 0 }] });
    expect((await calls.settled(first.id)).status).toBe('uncertain');
    expect(await calls.kept(email)).toEqual([]);
  });
});

describe('an ordering key', () => {
  it('lets its deliveries leave one after the other, and holds up no other', async () => {
    const orderingKey = 'user-42';
    const first = await calls.accepted({
      to: { email: hanging },
      channels: via('ordered'),
      content,
      orderingKey,
      guarantee: 'at-most-once',
    });
    const email = freshEmail();
    const bodies = Array.from({ length: 10 }, (_, place) => `message ${place}`);
    const behind: string[] = [];
    for (const body of bodies) {
      const { id } = await calls.accepted({ to: { email }, channels: via('ordered'), content: { body }, orderingKey });
      behind.push(id);
    }
    const free = await calls.accepted({ to: { email: freshEmail() }, channels: via('ordered'), content });
    const freeSeen = await calls.settled(free.id);
    const firstSeen = await calls.settled(first.id);
    const ended = Date.parse(firstSeen.deliveries[0]?.finishedAt ?? '');
    expect(Date.parse(freeSeen.deliveries[0]?.sentAt ?? '')).toBeLessThan(ended);
    for (const id of behind) {
      const seen = await calls.settled(id);
      expect(Date.parse(seen.deliveries[0]?.sentAt ?? '')).toBeGreaterThanOrEqual(ended);
    }
    expect((await calls.kept(email)).map(({ content: kept }) => kept['text'])).toEqual(bodies);
  });
});
