import { afterAll, beforeAll, expect, it } from 'vitest';
import { client, freshEmail } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { slowSender } from './slow-sender.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

const head = (...headers: string[]) =>
  [
    'POST /notify HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${gateway.key}`,
    'Content-Type: application/json',
    ...headers,
  ]
    .map((line) => `${line}\r\n`)
    .join('');

/** What is slow, what goes at once, and what follows it byte by byte. */
const kinds = (): readonly (readonly [string, string, string])[] => [
  ['headers', 'POST /notify HTTP/1.1\r\nHost: x\r\n', 'X-Slow: a\r\n'],
  ['a request line', '', 'GET /'],
  ['headers with nothing following', 'POST /notify HTTP/1.1\r\nHost: x\r\n', ''],
  ['a body with a length', `${head('Content-Length: 10000')}\r\n{`, ' '],
  ['a body in chunks of a byte', `${head('Transfer-Encoding: chunked')}\r\n1\r\n{\r\n`, '1\r\n \r\n'],
  ['a body of a stranger', 'POST /notify HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n{', ' '],
];

it('two hundred slow senders are gone within fifteen seconds, and everybody else is served meanwhile', async () => {
  const senders = kinds().flatMap(([, beginning, drops]) =>
    Array.from({ length: 35 }, () => slowSender(gateway.url, beginning, drops)),
  );
  const gone = Promise.all(senders);
  let over = false;
  void gone.then(() => {
    over = true;
  });
  let served = 0;
  while (!over) {
    expect((await client(gateway).notify({ to: { email: freshEmail() }, content: { body: 'x' } })).status).toBe(202);
    served++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(served).toBeGreaterThan(10);
  const longest = new Map<string, number>();
  for (const [place, { closedAfterMs }] of (await gone).entries()) {
    const [kind = ''] = kinds()[Math.floor(place / 35)] ?? [];
    longest.set(kind, Math.max(longest.get(kind) ?? 0, closedAfterMs));
  }
  for (const [kind, ms] of longest) expect([kind, ms < 15_500]).toEqual([kind, true]);
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
}, 60_000);

it('are told why where there is still somebody to be told', async () => {
  const [slowHead, slowBody] = await Promise.all([
    slowSender(gateway.url, 'POST /notify HTTP/1.1\r\nHost: x\r\n', 'X-Slow: a\r\n'),
    slowSender(gateway.url, `${head('Content-Length: 10000')}\r\n{`, ' '),
  ]);
  for (const { text } of [slowHead, slowBody]) {
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"request_timeout"');
  }
}, 30_000);

it('a connection that is kept open and silent is closed after a minute', async () => {
  const { closedAfterMs, text } = await slowSender(gateway.url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', '');
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(closedAfterMs).toBeLessThan(70_000);
}, 90_000);
