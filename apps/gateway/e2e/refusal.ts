import { expect } from 'vitest';
import type { ProblemAnswer } from './api.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { tracesOf } from './traces.ts';

/** A request that must be refused, and how. */
export interface Refusal {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Null for a page for people. */
  readonly code: string | null;
  /** All that `errors` points at, in any order; left out when there is nothing to look at. */
  readonly pointers?: readonly string[];
}

let requests = 0;

/** Refused as documented, with the caller's request id; nothing was stored, changed or sent, and the gateway is well. */
export async function expectRefusal(gateway: GatewayProcess, refusal: Refusal): Promise<ProblemAnswer> {
  const { method = 'POST', path = '/notify', body, headers, status, code, pointers } = refusal;
  const before = await tracesOf(gateway);
  const requestId = `refusal-${++requests}`;
  const answer = await gateway.request<ProblemAnswer>(method, path, body, { 'x-request-id': requestId, ...headers });
  expect([answer.status, answer.body.code ?? null]).toEqual([status, code]);
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  const mediaType = code === null ? 'text/html; charset=utf-8' : 'application/problem+json';
  expect(answer.headers.get('content-type')).toBe(mediaType);
  if (code !== null)
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
  const told = JSON.stringify([answer.body, [...answer.headers]]);
  expect(told).not.toMatch(/node:|\.ts:|node_modules|at \w+ \(/);
  expect(told).not.toContain(gateway.key);
  expect(await tracesOf(gateway)).toEqual(before);
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  return answer.body;
}
