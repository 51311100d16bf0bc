import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, type Delivery } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

interface Redrive {
  readonly dryRun: boolean;
  readonly count: number;
  readonly alreadyReached: number;
  readonly queued: number;
  readonly sample: readonly Delivery[];
}

const refused = '+15005550001';
const content = { body: 'once more' };
let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway();
  calls = client(gateway);
});
afterAll(endGateways);

const redrive = async (body: object): Promise<Redrive> => {
  const answer = await gateway.request('POST', '/deliveries/redrive', body);
  expect(answer.status).toBe(200);
  return answer.body as Redrive;
};
const failed = async (more: object = {}): Promise<Delivery> => {
  const { id } = await calls.accepted({ to: { phone: refused }, content, ...more });
  const { deliveries } = await calls.settled(id);
  return deliveries[0] as Delivery;
};

describe('POST /deliveries/{id}/retry', () => {
  it('tries a failed delivery again, with a fresh budget, and tells it in the timeline', async () => {
    const delivery = await failed();
    const answer = await gateway.request('POST', `/deliveries/${delivery.id}/retry`);
    expect(answer).toMatchObject({ status: 200, body: { id: delivery.id } });
    const again = await calls.when(
      delivery.notificationId,
      ({ timeline }) => timeline.filter(({ type }) => type === 'delivery.failed').length === 2,
    );
    expect(again.timeline.map(({ type }) => type)).toEqual([
      'notification.accepted',
      'delivery.failed',
      'delivery.requeued',
      'delivery.failed',
    ]);
    expect(await calls.attempts(delivery.id)).toHaveLength(2);
  });

  it('is refused for what was sent, and unknown for what is not there', async () => {
    const { id } = await calls.accepted({ to: { phone: '+8613800138000' }, content });
    const { deliveries } = await calls.settled(id);
    const answer = await gateway.request('POST', `/deliveries/${deliveries[0]?.id}/retry`);
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await gateway.request('POST', '/deliveries/dlv_x/retry')).toMatchObject({ status: 404 });
  });
});

describe('POST /deliveries/redrive', () => {
  it('first shows what it would do, and who was reached by another step already', async () => {
    const mark = { channels: ['sms', 'email'], to: { phone: refused, email: 'li@example.com' } };
    await failed(mark);
    const from = new Date(Date.now() - 60_000).toISOString();
    const before = await redrive({ filter: { channel: 'sms', status: 'failed', from } });
    expect(before).toMatchObject({ dryRun: true, queued: 0 });
    expect(before.count).toBeGreaterThan(before.alreadyReached);
    expect(before.alreadyReached).toBe(1);
    expect(before.sample[0]).toMatchObject({ status: 'failed', address: expect.stringContaining('****') });
    expect(await redrive({ filter: { channel: 'email' } })).toMatchObject({ count: 0 });
    expect(await redrive({ filter: { code: 'no_such_code' } })).toMatchObject({ count: 0 });
  });

  it('queues what it found, at the rate it was given', async () => {
    const { notificationId } = await failed();
    const done = await redrive({ filter: { channel: 'sms' }, dryRun: false, ratePerSecond: 2 });
    expect(done.queued).toBe(done.count);
    const waiting = await calls.notification(notificationId);
    expect(waiting.deliveries[0]).toMatchObject({ status: 'retrying', nextAttemptAt: expect.any(String) });
    await calls.when(notificationId, ({ deliveries }) => deliveries[0]?.status === 'failed');
  });

  it('refuses what it does not know', async () => {
    const answer = await gateway.request('POST', '/deliveries/redrive', { filter: { status: 'sent' }, rate: 1 });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/filter/status' }, { pointer: '/rate' }] });
  });
});
