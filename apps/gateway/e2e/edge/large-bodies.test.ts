import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { endlessUpload, rawRequest, untilClosed } from '../raw-connection.ts';
import { listsRoutes, type ServedRoute, servedRoutes } from '../served-routes.ts';

let gateway: GatewayProcess;
let routes: readonly ServedRoute[];
beforeAll(async () => {
  gateway = await startGateway({ env: listsRoutes });
  routes = await servedRoutes(gateway);
  expect(routes.length).toBeGreaterThan(15);
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

/** Every route of the program, with a name for each parameter. */
const methodAndPath = ({ method, path }: ServedRoute) => [method, path.replaceAll(/:\w+/g, 'x')] as const;

const head = (method: string, path: string, ...headers: string[]) =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${gateway.key}`,
    'Content-Type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n');
const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1_024;

describe('a body over the limit', () => {
  it('is refused by its Content-Length, on every route that needs a key', async () => {
    for (const [method, path] of routes.filter(({ scope }) => scope !== null).map(methodAndPath)) {
      for (const length of [4 * 2 ** 20 + 1, 2 ** 30, Number.MAX_SAFE_INTEGER]) {
        const bytes = `${head(method, path, `Content-Length: ${length}`)}{`;
        const { status, text, closedAfterMs } = await rawRequest(gateway.url, bytes, 10_000, untilClosed);
        expect([method, path, status]).toEqual([method, path, 413]);
        expect(text).toContain('"code":"payload_too_large"');
        expect(closedAfterMs).toBeLessThan(5_000);
      }
    }
  });

  it('ends the connection on every route, by its length and in chunks', async () => {
    const nowhere = { method: 'POST', path: '/nowhere', scope: null };
    for (const [method, path] of [...routes, nowhere].map(methodAndPath)) {
      for (const framing of ['Transfer-Encoding: chunked', 'Content-Length: 1073741824']) {
        const { status, closedAfterMs } = await endlessUpload(gateway.url, head(method, path, framing));
        // Whoever never stops sending may lose the answer with the connection; what reads no body answers without it.
        expect([method, path, status < 500, closedAfterMs !== null && closedAfterMs < 5_000]).toEqual([
          method,
          path,
          true,
          true,
        ]);
      }
    }
  });

  it('behind a lying Content-Length is the next request, which is none', async () => {
    const bytes = `${head('POST', '/notify', 'Content-Length: 2')}{}${'x'.repeat(300_000)}`;
    const { text, closedAfterMs } = await rawRequest(gateway.url, bytes, 10_000, untilClosed);
    for (const status of text.match(/HTTP\/1\.1 \d{3}/g) ?? []) expect(status).toBe('HTTP/1.1 400');
    expect(closedAfterMs).toBeLessThan(5_000);
  });
});

describe('a hundred endless uploads', () => {
  const waves: readonly (readonly [string, string])[] = [
    ['/notify', 'Content-Length: 1073741824'],
    ['/notify', 'Transfer-Encoding: chunked'],
    ['/notify/batch', 'Transfer-Encoding: chunked'],
    ['/deliveries/redrive', 'Transfer-Encoding: chunked'],
    ['/notifications/ntf_x/cancel', 'Transfer-Encoding: chunked'],
    ['/unsubscribe/x', 'Transfer-Encoding: chunked'],
  ];
  const wave = ([path, framing]: readonly [string, string]) =>
    Promise.all(Array.from({ length: 100 }, () => endlessUpload(gateway.url, head('POST', path, framing))));

  it('do not fill the memory', async () => {
    // The first of each makes room in the heap that the program keeps.
    for (const each of waves) await wave(each);
    for (const each of waves) {
      const before = residentMiB();
      let most = before;
      const look = setInterval(() => {
        most = Math.max(most, residentMiB());
      }, 5);
      for (const { status, closedAfterMs } of await wave(each)) {
        expect([0, 404, 413, 503]).toContain(status);
        expect(closedAfterMs).toBeLessThan(15_000);
      }
      clearInterval(look);
      expect([each, most - before < 20]).toEqual([each, true]);
    }
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  }, 60_000);
});
