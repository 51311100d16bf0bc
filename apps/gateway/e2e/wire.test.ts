import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { endlessUpload, rawRequest, untilClosed } from './raw-connection.ts';
import { expectRefusal } from './refusal.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

const good = { to: { email: 'li@example.com' }, content: { body: 'x' } };
const head = (line: string, ...headers: string[]) =>
  [line, 'Host: x', `Authorization: Bearer ${gateway.key}`, ...headers, '', ''].join('\r\n');
const json = 'Content-Type: application/json';
const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1_024;

/** What Node's parser refuses before there is a request is answered like everything else. */
const problemIn = (text: string) => {
  expect(text).toMatch(/content-type: application\/problem\+json/i);
  expect(text).toMatch(/x-request-id: [\w-]{36}/i);
  return JSON.parse(text.split('\r\n\r\n')[1] ?? '') as { status: number; code: string; requestId: string };
};

describe('a wrong method', () => {
  it.each([
    ['/notify', 'POST'],
    ['/notifications', 'HEAD, GET'],
    ['/deliveries/redrive', 'HEAD, GET, POST'],
    ['/sandbox/messages', 'HEAD, GET, DELETE'],
  ])('on %s is told that it allows %s', async (path, allow) => {
    expect((await gateway.request('PATCH', path)).headers.get('allow')).toBe(allow);
    expect((await rawRequest(gateway.url, head(`TRACE ${path} HTTP/1.1`), 5_000)).status).toBe(405);
  });
});

describe('HEAD', () => {
  it('answers like GET, without a body', async () => {
    for (const path of ['/notifications', '/channels', '/healthz', '/readyz', '/metrics', '/sandbox/messages']) {
      const answer = await gateway.request('HEAD', path);
      expect([path, answer.status, answer.body]).toEqual([path, 200, '']);
    }
    expect((await gateway.request('HEAD', '/notifications', undefined, { authorization: '' })).status).toBe(401);
    expect((await gateway.request('HEAD', '/notifications/ntf_x')).status).toBe(404);
  });
});

describe('X-Request-Id', () => {
  it.each(['a', 'req-1.2_3', 'x'.repeat(128)])('is taken over: %s', async (id) => {
    const { headers } = await gateway.request('GET', '/healthz', undefined, { 'x-request-id': id });
    expect(headers.get('x-request-id')).toBe(id);
  });

  it.each(['', 'x'.repeat(129), 'two words', 'a/b', 'a"b', 'é'])('is made anew for %s', async (id) => {
    const { headers } = await gateway.request('GET', '/healthz', undefined, { 'x-request-id': id });
    expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    expect(headers.get('x-request-id')).not.toBe(id);
  });
});

describe('a body that is too large', () => {
  const long = (bytes: number) => `{"content":{"body":"${'x'.repeat(bytes - 23)}"}}`;

  it('is a 413 from 256 KiB and one byte on', async () => {
    expect(long(100)).toHaveLength(100);
    await expectRefusal(gateway, {
      body: long(256 * 1_024 + 1),
      headers: { 'content-type': 'application/json' },
      status: 413,
      code: 'payload_too_large',
    });
    const fits = await gateway.request('POST', '/notify', long(256 * 1_024));
    expect(fits.status).toBe(400);
  });

  it('is a 413 for a batch from 4 MiB on, which its sender gets to see', async () => {
    const headers = { 'content-type': 'application/json' };
    const tooMuch = { path: '/notify/batch', headers, status: 413, code: 'payload_too_large' };
    for (const mebibytes of [4, 8, 32])
      await expectRefusal(gateway, { ...tooMuch, body: long(mebibytes * 2 ** 20 + 1) });
  });

  it('is refused by its Content-Length, before it is sent', async () => {
    const bytes = `${head('POST /notify HTTP/1.1', json, 'Content-Length: 262145')}{`;
    const { status, text, closedAfterMs } = await rawRequest(gateway.url, bytes, 10_000, untilClosed);
    expect(status).toBe(413);
    expect(problemIn(text).code).toBe('payload_too_large');
    expect(closedAfterMs).toBeLessThan(5_000);
  });

  it('is refused by what arrives, without a Content-Length', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const bytes = head('POST /notify HTTP/1.1', json, 'Transfer-Encoding: chunked') + chunk.repeat(5);
    const { status, text, closedAfterMs } = await rawRequest(gateway.url, bytes, 10_000, untilClosed);
    expect(status).toBe(413);
    expect(problemIn(text).code).toBe('payload_too_large');
    expect(closedAfterMs).toBeLessThan(5_000);
  });

  it('does not fill the memory, however many send one', async () => {
    const before = residentMiB();
    const bytes = head('POST /notify HTTP/1.1', json, 'Transfer-Encoding: chunked');
    const uploads = await Promise.all(Array.from({ length: 40 }, () => endlessUpload(gateway.url, bytes)));
    for (const { status, closedAfterMs } of uploads) {
      // Whoever never stops sending may lose the answer with the connection.
      expect([413, 0]).toContain(status);
      expect(closedAfterMs).toBeLessThan(15_000);
    }
    expect(residentMiB() - before).toBeLessThan(150);
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  });
});

describe('a body that does not come', () => {
  it('is waited for ten to fifteen seconds', async () => {
    const slow = `${head('POST /notify HTTP/1.1', json, 'Content-Length: 100')}{`;
    const late = head('POST /notify HTTP/1.1', json).slice(0, -10);
    const answers = await Promise.all([slow, late].map((bytes) => rawRequest(gateway.url, bytes, 30_000, untilClosed)));
    for (const { status, text, closedAfterMs } of answers) {
      expect(status).toBe(408);
      expect(problemIn(text).code).toBe('request_timeout');
      expect(closedAfterMs).toBeGreaterThan(8_000);
      expect(closedAfterMs).toBeLessThan(15_500);
    }
  });

  it('because its sender hung up is no fault of the gateway', async () => {
    const bytes = `${head('POST /notify HTTP/1.1', json, 'Content-Length: 100')}{`;
    await rawRequest(gateway.url, bytes, 100);
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
    expect(gateway.stderr()).not.toContain('aborted');
  });
});

describe('what is no HTTP request', () => {
  const cases: readonly (readonly [string, () => string, number, string])[] = [
    [
      'headers of 20 KB',
      () => head('GET /healthz HTTP/1.1', `X-Long: ${'a'.repeat(20_000)}`),
      431,
      'headers_too_large',
    ],
    [
      '1,500 headers',
      () => head('GET /healthz HTTP/1.1', ...Array.from({ length: 1_500 }, (_, n) => `X-${n}: a`)),
      431,
      'headers_too_large',
    ],
    ['a method nobody knows', () => head('BLOW /notify HTTP/1.1'), 400, 'invalid_request'],
    [
      'two lengths of the body',
      () => head('POST /notify HTTP/1.1', json, 'Content-Length: 2', 'Content-Length: 3'),
      400,
      'invalid_request',
    ],
    [
      'a length and chunks',
      () => head('POST /notify HTTP/1.1', json, 'Content-Length: 2', 'Transfer-Encoding: chunked'),
      400,
      'invalid_request',
    ],
    ['a negative length', () => head('POST /notify HTTP/1.1', json, 'Content-Length: -1'), 400, 'invalid_request'],
    [
      'an unknown transfer encoding',
      () => head('POST /notify HTTP/1.1', json, 'Transfer-Encoding: xchunked'),
      400,
      'invalid_request',
    ],
    [
      'a wrong chunk',
      () => `${head('POST /notify HTTP/1.1', json, 'Transfer-Encoding: chunked')}zz\r\n{}\r\n`,
      400,
      'invalid_request',
    ],
    ['a space before the colon', () => head('GET /healthz HTTP/1.1', 'X-Odd : a'), 400, 'invalid_request'],
    ['NUL in a header', () => head('GET /healthz HTTP/1.1', 'X-Odd: a\0b'), 400, 'invalid_request'],
    ['no Host', () => 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'invalid_request'],
    ['a Host that is none', () => 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n', 400, 'invalid_request'],
    ['no path', () => 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_request'],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'invalid_request'],
  ];
  it.each(cases)('%s', async (_name, bytes, status, code) => {
    const answer = await rawRequest(gateway.url, Buffer.from(bytes(), 'latin1'), 5_000);
    expect(answer.status).toBe(status);
    expect(problemIn(answer.text)).toMatchObject({ status, code });
    expect(await client(gateway).count()).toBe(0);
  });

  it('an address in the request line changes nothing but the path', async () => {
    const answer = await rawRequest(gateway.url, head('GET http://evil.example/notifications HTTP/1.1'), 5_000);
    expect(answer.status).toBe(200);
  });
});

describe('an Expect header', () => {
  it('is answered by 100 or by what the request comes to, never by a bare 417', async () => {
    const unknown = await rawRequest(gateway.url, head('GET /notifications HTTP/1.1', 'Expect: the-impossible'), 5_000);
    expect(unknown.status).toBe(200);
    const body = JSON.stringify(good);
    const length = `Content-Length: ${body.length}`;
    const dry = head('POST /notify?dryRun=true HTTP/1.1', json, length, 'Expect: 100-continue') + body;
    const { text } = await rawRequest(gateway.url, dry, 5_000, (said) => said.includes('"steps"'));
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });
});

describe('two Idempotency-Key headers', () => {
  it('are refused', async () => {
    const body = JSON.stringify(good);
    const headers = [json, `Content-Length: ${body.length}`, 'Idempotency-Key: a', 'Idempotency-Key: b'];
    const answer = await rawRequest(gateway.url, head('POST /notify HTTP/1.1', ...headers) + body, 5_000);
    expect(problemIn(answer.text)).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await client(gateway).count()).toBe(0);
  });
});
