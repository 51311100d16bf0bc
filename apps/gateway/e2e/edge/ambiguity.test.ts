import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, freshEmail, type ProblemAnswer } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { rawRequest } from '../raw-connection.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

const raw = (line: string, headers: readonly string[], body = '') =>
  rawRequest(gateway.url, Buffer.from(`${[line, ...headers].join('\r\n')}\r\n\r\n${body}`, 'latin1'), 5_000);
const bearer = () => `Authorization: Bearer ${gateway.key}`;
const wrong = `Authorization: Bearer phk_admin_${'x'.repeat(40)}`;
const problemIn = (text: string) => JSON.parse(text.split('\r\n\r\n')[1] ?? '') as ProblemAnswer;

describe('a key that is not given in the one way', () => {
  const cases: readonly (readonly [string, () => readonly string[]])[] = [
    ['not at all', () => []],
    ['an empty header', () => ['Authorization:']],
    ['Bearer and nothing', () => ['Authorization: Bearer ']],
    ['the key alone', () => [`Authorization: ${gateway.key}`]],
    ['another scheme', () => [`Authorization: Basic ${Buffer.from(`x:${gateway.key}`).toString('base64')}`]],
    ['a scheme glued to it', () => [`Authorization: Bearer${gateway.key}`]],
    ['twice the same', () => [bearer(), bearer()]],
    ['a good one before a wrong one', () => [bearer(), wrong]],
    ['a good one behind a wrong one', () => [wrong, bearer()]],
    ['two in one header', () => [`${bearer()}, Bearer ${gateway.key}`]],
    ['another header', () => [`X-Api-Key: ${gateway.key}`]],
    ['the header of a proxy', () => [`Proxy-Authorization: Bearer ${gateway.key}`]],
    ['a cookie', () => [`Cookie: authorization=${gateway.key}; key=${gateway.key}`]],
    ['its beginning', () => [bearer().slice(0, -1)]],
    ['more than it', () => [`${bearer()}x`]],
    ['ten kilobytes', () => [`Authorization: Bearer ${'x'.repeat(10_000)}`]],
    ['other characters', () => ['Authorization: Bearer phk_\xe9\xff\x80']],
    ['a name that means something', () => ['Authorization: Bearer __proto__']],
  ];
  it.each(cases)('%s', async (_name, headers) => {
    for (const path of ['/notifications', '/channels']) {
      const { status, text } = await raw(`GET ${path} HTTP/1.1`, ['Host: x', ...headers()]);
      expect(status).toBe(401);
      expect(problemIn(text).code).toBe('unauthenticated');
      expect(text).toMatch(/\r\nwww-authenticate: Bearer\r\n/i);
    }
  });

  it('in the query is not taken, and stands in no log', async () => {
    const secret = 'phk_in-the-query-0123456789';
    for (const name of ['key', 'api_key', 'access_token', 'token', 'authorization'])
      for (const value of [gateway.key, secret]) {
        expect((await raw(`GET /notifications?${name}=${value} HTTP/1.1`, ['Host: x'])).status).toBe(401);
        expect((await raw(`GET /notifications?${name}=${value} HTTP/1.1`, ['Host: x', bearer()])).status).toBe(400);
      }
    expect(gateway.stderr() + gateway.stdout()).not.toContain(secret);
  });
});

describe('an idempotency key', () => {
  const body = () => JSON.stringify({ to: { email: freshEmail() }, content: { body: 'x' } });
  const post = (keys: readonly string[]) => {
    const text = body();
    const headers = ['Host: x', bearer(), 'Content-Type: application/json', `Content-Length: ${text.length}`];
    return raw('POST /notify HTTP/1.1', [...headers, ...keys.map((key) => `Idempotency-Key:${key}`)], text);
  };
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['empty', [' ']],
    ['of 256 characters', [` ${'k'.repeat(256)}`]],
    ['of 10,000 characters', [` ${'k'.repeat(10_000)}`]],
    ['with a space within', [' a b']],
    ['beyond ASCII', [' caf\xe9']],
    ['twice', [' a', ' b']],
    ['twice the same', [' a', ' a']],
    ['as a list', [' a, b']],
  ];
  it.each(cases)('that is none is refused: %s', async (_name, keys) => {
    const before = await client(gateway).count();
    const { status, text } = await post(keys);
    expect([status, problemIn(text).code]).toEqual([400, 'invalid_request']);
    expect(await client(gateway).count()).toBe(before);
  });

  it('of 255 characters is taken', async () => {
    expect((await post([` ${'k'.repeat(255)}`])).status).toBe(202);
  });
});

describe('a key of an object that comes twice', () => {
  it('counts as it stands last, as docs/problems.md says', async () => {
    const [first, last] = [freshEmail(), freshEmail()];
    const text = `{"to":{"email":"${first}"},"content":{"body":"x"},"to":{"email":"${first}","email":"${last}"}}`;
    const { status } = await gateway.request('POST', '/notify', text, { 'content-type': 'application/json' });
    expect(status).toBe(202);
    const { kept } = client(gateway);
    await expect.poll(async () => (await kept(last)).length).toBe(1);
    expect(await kept(first)).toEqual([]);
  });

  it('many of them are refused as soon as they are unknown', async () => {
    const many = Array.from({ length: 20_000 }, (_, place) => `"k${place}":1`).join(',');
    const { status, body } = await gateway.request<ProblemAnswer>('POST', '/notify', `{${many}}`, {
      'content-type': 'application/json',
    });
    expect([status, body.code, body.errors?.length]).toEqual([400, 'invalid_request', 100]);
  });
});

describe('whatever a request says of the host', () => {
  const strange: readonly (readonly [string, readonly string[]])[] = [
    ['GET /notifications HTTP/1.1', ['Host: evil.example']],
    ['GET http://evil.example/notifications HTTP/1.1', ['Host: x']],
    ['GET https://evil.example:8443/notifications HTTP/1.1', ['Host: other.example']],
    ['GET /notifications HTTP/1.1', ['Host: x', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: gopher']],
    ['GET /notifications HTTP/1.1', ['Host: x', 'X-Original-URL: /metrics', 'X-Rewrite-URL: /metrics']],
    ['GET /notifications HTTP/1.1', ['Host: x', 'X-HTTP-Method-Override: DELETE']],
  ];
  it.each(strange)('%s %j changes nothing', async (line, headers) => {
    const { status, text } = await raw(line, [...headers, bearer()]);
    expect(status).toBe(200);
    expect(text).not.toContain('evil');
    expect(text).not.toContain('gopher');
  });

  it('and the way to what was made is told without it', async () => {
    const text = JSON.stringify({ to: { email: freshEmail() }, content: { body: 'x' } });
    const headers = [
      'Host: evil.example',
      bearer(),
      'Content-Type: application/json',
      `Content-Length: ${text.length}`,
    ];
    const answer = await raw('POST /notify HTTP/1.1', headers, text);
    expect(answer.text).toMatch(/\r\nlocation: \/notifications\/ntf_/i);
    expect(answer.text).not.toContain('evil');
  });
});

describe('a path', () => {
  /** No key goes with them: a way around the door would be a 200. */
  const paths = [
    '/..%2fnotifications',
    '/%2e%2e/notifications',
    '//notifications',
    '///notifications',
    '/notifications/',
    '/./notifications',
    '/healthz/../notifications',
    '/healthz/..%2fnotifications',
    '/healthz%2f..%2fnotifications',
    '/healthz;/notifications',
    '/healthz%00/notifications',
    '/NOTIFICATIONS',
    '/notifications%20',
    '/notifications%0d%0aX-Evil:1',
    '/notifications%3f',
    '/notifications#x',
    '/%5c../data/posthorn.db',
    '/.env',
    '/.git/config',
    '/data/posthorn.db',
    '/posthorn.key',
    '/main.ts',
    '/%c0%ae%c0%ae/notifications',
    '/%',
    '/%zz',
    '/%ff',
    `/${'a/'.repeat(4_000)}`,
    '/notifications/%2e%2e/%2e%2e/channels',
    '/deliveries/__proto__',
    '/constructor',
  ];
  it.each(paths)('leads nowhere without a key: %s', async (path) => {
    const { status, text } = await raw(`GET ${path} HTTP/1.1`, ['Host: x']);
    expect([400, 401, 404]).toContain(status);
    expect(text).not.toContain('items');
    expect(text).not.toMatch(/\r\nx-evil/i);
  });

  it('with a backslash is no path', async () => {
    for (const path of ['/\\evil', '/healthz\\..\\notifications', '\\notifications'])
      expect((await raw(`GET ${path} HTTP/1.1`, ['Host: x'])).status).toBe(400);
  });
});

describe('what is written for a log', () => {
  const poison = '\x1b[31m"}{"level":"fatal","msg":"canary-line"}';
  it('has lines of its own, and each is one object', async () => {
    const logged = await startGateway({ env: { POSTHORN_LOG_LEVEL: 'debug' } });
    const ask = (line: string, headers: readonly string[] = []) =>
      rawRequest(logged.url, Buffer.from(`${[line, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`, 'latin1'), 5_000);
    await ask(`GET /${encodeURIComponent(poison)} HTTP/1.1`);
    await ask(`GET /notifications?x=${encodeURIComponent(`\r\n${poison}`)} HTTP/1.1`, [
      `Authorization: Bearer ${logged.key}`,
    ]);
    await ask('GET /healthz HTTP/1.1', [`User-Agent: ${poison}`, `X-Request-Id: ${poison}`, `traceparent: ${poison}`]);
    await ask(`POST /callbacks/${encodeURIComponent(poison)}/x HTTP/1.1`, ['Content-Length: 0']);
    await logged.request('POST', '/notify', {
      to: { email: 'a@b.example' },
      content: { title: poison, body: `\n${poison}` },
    });
    for (const line of logged
      .stderr()
      .split('\n')
      .filter((each) => each !== '')) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.anything() });
      expect(line).not.toContain('\x1b');
      expect(line).not.toContain('canary-line');
    }
  });
});
