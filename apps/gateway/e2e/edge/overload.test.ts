import { afterAll, beforeAll, expect, it } from 'vitest';
import { client, type ProblemAnswer } from '../api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

interface BatchAnswer {
  readonly results: readonly { readonly id: string }[];
}

const batch = {
  notifications: Array.from({ length: 1_000 }, (_, place) => ({
    to: { email: `person${place}@example.com` },
    sendAt: new Date(Date.now() + 86_400_000).toISOString(),
    content: { title: 'Hello', body: `Number ${place}` },
  })),
};

it('is answered early: what cannot be done soon is refused at once, nothing of it is stored, and health is told meanwhile', async () => {
  const flood = Array.from({ length: 150 }, () =>
    gateway.request<BatchAnswer & ProblemAnswer>('POST', '/notify/batch', batch),
  );
  const health = Array.from({ length: 5 }, () => gateway.request('GET', '/healthz'));
  const answers: readonly Answer<BatchAnswer & ProblemAnswer>[] = await Promise.all(flood);
  for (const { status } of await Promise.all(health)) expect(status).toBe(200);

  const refused = answers.filter(({ status }) => status !== 202);
  for (const { status, headers, body } of refused) {
    expect([status, body.code]).toEqual([503, 'overloaded']);
    expect(headers.get('retry-after')).toBe('1');
  }
  const accepted = answers.filter(({ status }) => status === 202);
  expect(refused.length).toBeGreaterThan(0);
  expect(accepted.length).toBeGreaterThan(0);

  expect((await gateway.request('POST', '/notify/batch', batch)).status).toBe(202);
  const ids = accepted.flatMap(({ body }) => body.results.map(({ id }) => id));
  expect(new Set(ids).size).toBe(accepted.length * 1_000);
  const last = ids.at(-1) ?? '';
  expect((await client(gateway).notification(last)).status).toBe('scheduled');
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
}, 60_000);
