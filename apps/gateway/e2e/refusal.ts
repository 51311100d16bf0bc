import { expect } from 'vitest';
import { client, type ProblemAnswer } from './api.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** A request that must be refused, and how. */
export interface Refusal {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** All that `errors` points at, in any order; left out when there is nothing to look at. */
  readonly pointers?: readonly string[];
}

let requests = 0;

/** Refused as documented, with the caller's request id; nothing was stored or sent, and the gateway is well. */
export async function expectRefusal(gateway: GatewayProcess, refusal: Refusal): Promise<ProblemAnswer> {
  const { method = 'POST', path = '/notify', body, headers, status, code, pointers } = refusal;
  const { count, list } = client(gateway);
  const before = await count();
  const requestId = `refusal-${++requests}`;
  const answer = await gateway.request<ProblemAnswer>(method, path, body, { 'x-request-id': requestId, ...headers });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  expect(answer.body).toMatchObject({
    type: expect.stringContaining(code),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    requestId,
  });
  if (pointers !== undefined) {
    expect(new Set(answer.body.errors?.map(({ pointer }) => pointer))).toEqual(new Set(pointers));
  }
  expect(JSON.stringify(answer.body)).not.toMatch(/node:|\.ts:|node_modules|at \w+ \(/);
  expect(await count()).toBe(before);
  expect(await list('/sandbox/messages')).toEqual([]);
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  return answer.body;
}
