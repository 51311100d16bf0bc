import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail, type ProblemAnswer } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

interface BatchAnswer {
  readonly results: readonly {
    readonly index: number;
    readonly id?: string;
    readonly status?: string;
    readonly problem?: ProblemAnswer;
  }[];
}

const content = { body: 'The posthorn has sounded.' };
const one = () => ({ to: { email: freshEmail() }, content });

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway();
  calls = client(gateway);
});
afterAll(endGateways);

const post = (notifications: unknown) => gateway.request<BatchAnswer>('POST', '/notify/batch', { notifications });

describe('POST /notify/batch', () => {
  it('accepts the good ones and says what is wrong with the bad ones', async () => {
    const before = await calls.count();
    const { status, body } = await post([
      one(),
      { ...one(), priority: 'asap' },
      { ...one(), channels: ['pigeon'] },
      { ...one(), sendAt: new Date(Date.now() + 3_600_000).toISOString() },
      'no notification',
      { ...one(), unknown: true },
      { ...one(), template: 'order-shipped' },
      one(),
    ]);
    expect(status).toBe(202);
    expect(body.results).toEqual([
      { index: 0, id: expect.stringMatching(/^ntf_/), status: 'accepted' },
      { index: 1, problem: expect.objectContaining({ status: 400, code: 'invalid_request' }) },
      { index: 2, problem: expect.objectContaining({ status: 422, code: 'unprocessable' }) },
      { index: 3, id: expect.stringMatching(/^ntf_/), status: 'scheduled' },
      { index: 4, problem: expect.objectContaining({ status: 400, code: 'invalid_request' }) },
      { index: 5, problem: expect.objectContaining({ status: 400, code: 'invalid_request' }) },
      { index: 6, problem: expect.objectContaining({ status: 422, code: 'unsupported_yet' }) },
      { index: 7, id: expect.stringMatching(/^ntf_/), status: 'accepted' },
    ]);
    expect(body.results[1]?.problem?.errors?.[0]?.pointer).toBe('/priority');
    expect(body.results[5]?.problem?.errors?.[0]).toMatchObject({ pointer: '/unknown', code: 'unknown_field' });
    expect(await calls.count()).toBe(before + 3);
    for (const index of [0, 7]) expect((await calls.settled(body.results[index]?.id ?? '')).status).toBe('sent');
  });

  it('keeps an idempotency key for each', async () => {
    const body = one();
    const first = await post([
      { ...body, idempotencyKey: 'batch-1' },
      { ...one(), idempotencyKey: 'batch-1' },
      { ...body, idempotencyKey: 'batch-1' },
      { ...one(), idempotencyKey: 'two words' },
    ]);
    const [accepted, reused, replayed, refused] = first.body.results;
    expect(accepted).toMatchObject({ index: 0, status: 'accepted' });
    expect(reused?.problem).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(replayed).toEqual({ ...accepted, index: 2 });
    expect(refused?.problem).toMatchObject({ status: 400, errors: [{ pointer: '/idempotencyKey' }] });

    const single = await calls.notify(body, { 'idempotency-key': 'batch-1' });
    expect(single.headers.get('idempotent-replayed')).toBe('true');
    expect(single.body.id).toBe(accepted?.id);
  });

  it('takes 1,000, in one piece', async () => {
    const notifications = Array.from({ length: 1_000 }, one);
    const { status, body } = await post(notifications);
    expect(status).toBe(202);
    expect(body.results.filter(({ id }) => id !== undefined)).toHaveLength(1_000);
    expect(new Set(body.results.map(({ id }) => id)).size).toBe(1_000);
    const last = body.results.at(-1)?.id ?? '';
    expect((await calls.settled(last)).status).toBe('sent');
  });

  it.each([
    ['1,001', Array.from({ length: 1_001 }, () => ({ to: { email: 'a@example.com' }, content }))],
    ['none', []],
    ['an object', {}],
    ['nothing', null],
  ])('refuses %s', async (_name, notifications) => {
    const before = await calls.count();
    expect(await post(notifications)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/notifications' }] },
    });
    expect(await calls.count()).toBe(before);
  });

  it('refuses fields that it does not know, and a query', async () => {
    const unknown = await gateway.request('POST', '/notify/batch', { notifications: [one()], dryRun: true });
    expect(unknown).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const query = await gateway.request('POST', '/notify/batch?dryRun=true', { notifications: [one()] });
    expect(query).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('may be larger than a single one, up to 4 MiB', async () => {
    const long = { ...one(), content: { body: 'x'.repeat(90_000) } };
    expect((await post([long, long, long, long])).status).toBe(202);
    expect(await post(Array.from({ length: 50 }, () => long))).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
  });
});
