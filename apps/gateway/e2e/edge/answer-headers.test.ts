import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { rawRequest } from '../raw-connection.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway({ config: 'server: { publicUrl: "https://n.example.com" }' });
});
afterAll(endGateways);

const head = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${gateway.key}`, ...headers].join('\r\n')}\r\n\r\n`;
const policy = "default-src 'none'; frame-ancestors 'none'";
const pagePolicy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Every kind of answer that there is, and its status. */
const answers: readonly (readonly [string, number, () => string])[] = [
  ['data', 200, () => head('GET /notifications')],
  ['no content read', 200, () => head('HEAD /notifications')],
  ['health', 200, () => head('GET /healthz')],
  ['metrics', 200, () => head('GET /metrics')],
  ['an accepted notification', 202, () => post('{"to":{"email":"a@b.example"},"content":{"body":"x"}}')],
  ['a wrong shape', 400, () => post('{}')],
  ['no key', 401, () => 'GET /notifications HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no such path', 404, () => head('GET /nowhere')],
  ['no such thing', 404, () => head('GET /notifications/ntf_x')],
  ['a wrong method', 405, () => head('PUT /notify')],
  ['a preflight', 405, () => head('OPTIONS /notify', ...crossOrigin, 'Access-Control-Request-Method: POST')],
  ['a page of another origin', 200, () => head('GET /notifications', ...crossOrigin)],
  ['too large a body', 413, () => head('POST /notify', 'Content-Length: 99999999')],
  ['another media type', 415, () => head('POST /notify', 'Content-Type: text/plain', 'Content-Length: 0')],
  ['too many headers', 431, () => head('GET /healthz', ...Array.from({ length: 101 }, (_, n) => `X-${n}: a`))],
  ['too large headers', 431, () => head('GET /healthz', `X-Long: ${'a'.repeat(20_000)}`)],
  ['no HTTP', 400, () => 'hello\r\n\r\n'],
  ['no Host', 400, () => 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['a page', 404, () => head('GET /unsubscribe/x')],
];
const crossOrigin = ['Origin: https://evil.example', 'Sec-Fetch-Site: cross-site'];
const post = (body: string) =>
  head('POST /notify', 'Content-Type: application/json', `Content-Length: ${body.length}`) + body;

const headersIn = (text: string) =>
  new Map(
    (text.split('\r\n\r\n')[0] ?? '')
      .split('\r\n')
      .slice(1)
      .map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );

describe('every answer tells browsers to keep their hands off', () => {
  it.each(answers)('%s: %i', async (name, status, bytes) => {
    const answer = await rawRequest(gateway.url, bytes(), 5_000, (text) => text.includes('\r\n\r\n'));
    expect(answer.status).toBe(status);
    const headers = headersIn(answer.text);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': name === 'a page' ? pagePolicy : policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
      'x-request-id': expect.stringMatching(/./),
    });
    const named = [...headers.keys()];
    expect(named.filter((name) => name.startsWith('access-control-'))).toEqual([]);
    for (const name of ['server', 'x-powered-by', 'via']) expect(named).not.toContain(name);
  });

  it('nothing is said of HTTPS where the outside world does not use it', async () => {
    const plain = await startGateway({ config: 'server: { publicUrl: "http://n.example.com" }' });
    const { headers } = await plain.request('GET', '/healthz');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
