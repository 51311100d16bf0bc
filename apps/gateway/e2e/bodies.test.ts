import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemAnswer } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
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
const text = JSON.stringify(good);

const json = { 'content-type': 'application/json' };

describe('texts that a store would change', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['NUL', '\\u0000', 'nul'],
    ['the first half of a surrogate pair', '\\ud800', 'lone_surrogate'],
    ['the second half', '\\udc00', 'lone_surrogate'],
    ['a pair in the wrong order', '\\ude00\\ud83d', 'lone_surrogate'],
  ];
  const places: readonly (readonly [string, (text: string) => string, string])[] = [
    ['content', (part) => `{"to":{"email":"a@b.example"},"content":{"body":"x${part}"}}`, '/content/body'],
    ['an address', (part) => `{"to":{"email":"a${part}@b.example"},"content":{"body":"x"}}`, '/to/email'],
    [
      'metadata',
      (part) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"metadata":{"k":"${part}"}}`,
      '/metadata/k',
    ],
    [
      'a name',
      (part) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"metadata":{"${part}":"v"}}`,
      '/metadata',
    ],
    ['a tag', (part) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"tags":["${part}"]}`, '/tags/0'],
    ["a channel's content", (part) => `{"to":{"email":"a@b.example"},"email":{"html":"${part}"}}`, '/email/html'],
  ];
  it.each(cases)('%s', async (_name, part, code) => {
    for (const [, body, pointer] of places) {
      const problem = await expectRefusal(gateway, {
        body: body(part),
        headers: json,
        status: 400,
        code: 'invalid_request',
        pointers: [pointer],
      });
      expect(problem.errors?.[0]?.code).toBe(code);
    }
  });

  it('a whole pair is kept as it is', async () => {
    const emoji = '\\ud83d\\udcef \\u202e a\\u0301';
    const dry = await gateway.request(
      'POST',
      '/notify?dryRun=true',
      `{"to":{"phone":"+8613800138000"},"content":{"body":"${emoji}"}}`,
    );
    expect(dry).toMatchObject({ status: 200, body: { steps: [{ content: { text: '📯 \u202e a\u0301' } }] } });
  });
});

describe('numbers', () => {
  it.each(['1e400', '-1e400', '1e999999'])('beyond the finite: %s', async (number) => {
    const body = `{"to":{"email":"a@b.example"},"content":{"body":"x"},"push":{"badge":${number}}}`;
    const refusal = { body, headers: json, status: 400, code: 'invalid_request', pointers: ['/push/badge'] };
    expect((await expectRefusal(gateway, refusal)).errors?.[0]?.code).toBe('not_finite');
  });
});

it('the last of a name that stands twice counts', async () => {
  const twice = '{"to":{"phone":"+8613800138000"},"content":{"body":"a"},"content":{"body":"b"}}';
  const dry = await gateway.request('POST', '/notify?dryRun=true', twice);
  expect(dry).toMatchObject({ status: 200, body: { steps: [{ content: { text: 'b' } }] } });
});

describe('nesting', () => {
  const nested = (levels: number) => `{"to":{"email":"a@b.example"},"data":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it('of 32 levels is read', async () => {
    // `data` cannot be carried out yet: that it is said is the proof that the body was read.
    const { status, body } = await gateway.request<ProblemAnswer>(
      'POST',
      '/notify',
      `{"to":{"email":"a@b.example"},"data":{"a":${'['.repeat(30)}${']'.repeat(30)}}}`,
    );
    expect([status, body.code]).toEqual([422, 'unsupported_yet']);
  });

  it('of 33 levels is refused', async () => {
    const body = `{"to":{"email":"a@b.example"},"data":{"a":${'['.repeat(31)}${']'.repeat(31)}}}`;
    const problem = await expectRefusal(gateway, { body, headers: json, status: 400, code: 'invalid_request' });
    expect(problem.errors).toEqual([
      { pointer: `/data/a${'/0'.repeat(30)}`, code: 'too_deep', detail: expect.any(String) },
    ]);
  });

  it('of a hundred thousand levels too', async () => {
    await expectRefusal(gateway, { body: nested(100_000), headers: json, status: 400, code: 'invalid_request' });
    const objects = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`;
    await expectRefusal(gateway, { body: objects, headers: json, status: 400, code: 'invalid_request' });
  });
});

describe('names that mean something to JavaScript', () => {
  const places: readonly (readonly [string, (member: string) => string])[] = [
    ['', (member) => `{${member},"to":{"email":"a@b.example"},"content":{"body":"x"}}`],
    ['/to', (member) => `{"to":{"email":"a@b.example",${member}},"content":{"body":"x"}}`],
    ['/content', (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x",${member}}}`],
    [
      '/channels/0',
      (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"channels":[{"channel":"email",${member}}]}`,
    ],
    ['/metadata', (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"metadata":{${member}}}`],
    ['/data', (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"data":{${member}}}`],
    ['/email', (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"email":{${member}}}`],
    ['/sms/params', (member) => `{"to":{"email":"a@b.example"},"content":{"body":"x"},"sms":{"params":{${member}}}}`],
  ];
  it.each(places)('__proto__ in "%s"', async (place, body) => {
    for (const value of ['{"isAdmin":true}', '"x"', 'null']) {
      const problem = await expectRefusal(gateway, {
        body: body(`"__proto__":${value}`),
        headers: json,
        status: 400,
        code: 'invalid_request',
      });
      expect(problem.errors?.map(({ pointer }) => pointer)).toContain(`${place}/__proto__`);
    }
  });

  it.each(places.slice(0, 4))('constructor and toString in "%s"', async (place, body) => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'prototype']) {
      await expectRefusal(gateway, {
        body: body(`"${name}":{"prototype":{"isAdmin":true}}`),
        headers: json,
        status: 400,
        code: 'invalid_request',
        pointers: [`${place}/${name}`],
      });
    }
  });

  it('are plain names where any name may stand', async () => {
    const body = { ...good, metadata: { constructor: 'a', toString: 'b', hasOwnProperty: 'c' } };
    const { status } = await gateway.request('POST', '/notify?dryRun=true', body);
    expect(status).toBe(200);
  });
});

describe('a media type', () => {
  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"', 'application/json ; x=y'])(
    'that is JSON in UTF-8: %s',
    async (type) => {
      const { status } = await gateway.request('POST', '/notify?dryRun=true', text, { 'content-type': type });
      expect(status).toBe(200);
    },
  );
});
