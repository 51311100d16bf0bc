import type { DoubleReply } from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, disconnect, grant, json, sends } from '../../../doubles/google.ts';

afterEach(disconnect);

describe('without an access token', () => {
  const outcome = async (token: () => DoubleReply) => {
    const { double, send } = await connect({ token }, { timeoutMs: 300 });
    const result = await send(400);
    expect(sends(double)).toEqual([]);
    expect(JSON.stringify(result)).not.toMatch(/c4n4ry|iam\.gserviceaccount/);
    return result;
  };
  const html = '<h1>c4n4ry</h1>';
  test.each<[string, () => DoubleReply, object]>([
    ['401', () => json(401, { error: 'invalid_client' }), { kind: 'misconfigured', code: 'invalid_client' }],
    ['a foreign key', () => json(400, { error: 'invalid_grant' }), { kind: 'misconfigured', code: 'invalid_grant' }],
    ['403 in other words', () => json(403, { error: { c4n4ry: 1 } }), { kind: 'misconfigured', code: 'http_403' }],
    ['503', () => json(503, {}, { 'retry-after': '9' }), { kind: 'deferred', scope: 'account', retryAfterMs: 9_000 }],
    ['429', () => json(429, {}), { kind: 'deferred', scope: 'account', code: 'token_http_429' }],
    ['a page', () => ({ status: 404, body: html }), { kind: 'deferred', scope: 'account' }],
    ['a page that says 200', () => ({ status: 200, body: html }), { kind: 'deferred', scope: 'account' }],
    ['no token in it', () => json(200, { id_token: 'c4n4ry' }), { kind: 'deferred', scope: 'account' }],
    ['silent', () => ({ fault: 'silent' }), { kind: 'deferred', scope: 'account', code: 'token_timeout' }],
    ['stalled', () => ({ fault: 'stalled-body' }), { kind: 'deferred', scope: 'account' }],
    ['reset', () => ({ fault: 'reset-after-body' }), { kind: 'deferred', code: 'token_connection_failed' }],
    ['huge', () => ({ fault: 'huge' }), { kind: 'deferred', code: 'token_answer_too_large' }],
  ])('%s', async (_name, token, expected) => {
    expect(await outcome(token)).toMatchObject(expected);
  });

  test('nobody listens', async () => {
    const { send, hangUp } = await connect();
    await hangUp();
    expect(await send()).toMatchObject({ kind: 'deferred', scope: 'account', code: 'token_connection_failed' });
  });

  test('the next send asks again', async () => {
    let away = true;
    const { send } = await connect({ token: (request) => (away ? json(503, {}) : grant(request)) });
    expect((await send()).kind).toBe('deferred');
    away = false;
    expect((await send()).kind).toBe('accepted');
  });
});
