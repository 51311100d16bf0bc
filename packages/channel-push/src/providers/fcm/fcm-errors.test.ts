import type { DoubleReply } from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, deviceToken, disconnect, fcmError, json, sends } from '../../../doubles/google.ts';
import { outcomeOfError } from './fcm-errors.ts';

afterEach(disconnect);

const html = (status: number): DoubleReply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<p>c4n4ry</p>',
});
const bare = (status: number, canonical: string, message: string, details?: unknown) =>
  json(status, { error: { code: status, status: canonical, message, ...(details === undefined ? {} : { details }) } });
const violation = (field: string) => [
  { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description: deviceToken }] },
];

/** Answers as FCM gives them (facts of captured runs), and what the real SDK and our table make of them. */
const answers: readonly [string, DoubleReply, object][] = [
  [
    'an app that is gone',
    fcmError(404, 'NOT_FOUND', 'UNREGISTERED', 'NotRegistered'),
    { kind: 'refused', because: 'address', suppress: 'soft', code: 'UNREGISTERED' },
  ],
  [
    'a wrong project',
    bare(404, 'NOT_FOUND', 'Requested entity was not found.'),
    { kind: 'misconfigured', code: 'NOT_FOUND' },
  ],
  ['a 404 page', html(404), { kind: 'deferred', scope: 'account', code: 'http_404' }],
  [
    'a malformed token',
    fcmError(
      400,
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'The registration token is not a valid FCM registration token',
    ),
    { kind: 'refused', because: 'address', suppress: 'hard' },
  ],
  [
    'a token named as the bad field',
    bare(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', violation('message.token')),
    { kind: 'refused', because: 'address', suppress: 'hard' },
  ],
  [
    'a bad field',
    bare(
      400,
      'INVALID_ARGUMENT',
      `Invalid value at 'message.data[0].value', ${deviceToken}`,
      violation('message.data[0].value'),
    ),
    { kind: 'refused', because: 'content', code: 'INVALID_ARGUMENT' },
  ],
  ['a 400 page', html(400), { kind: 'deferred', scope: 'account' }],
  [
    'a foreign token',
    fcmError(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', 'SenderId mismatch'),
    { kind: 'refused', because: 'address', code: 'SENDER_ID_MISMATCH' },
  ],
  [
    'no permission',
    bare(403, 'PERMISSION_DENIED', "Permission 'cloudmessaging.messages.create' denied on resource"),
    { kind: 'misconfigured', code: 'PERMISSION_DENIED' },
  ],
  ['a bad access token', bare(401, 'UNAUTHENTICATED', 'Request had invalid credentials.'), { kind: 'misconfigured' }],
  [
    'a bad APNs key',
    fcmError(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR', 'Auth error from APNS'),
    { kind: 'misconfigured', code: 'THIRD_PARTY_AUTH_ERROR' },
  ],
  [
    'a used up quota',
    fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'Quota exceeded'),
    { kind: 'deferred', scope: 'account', retryAfterMs: 60_000, code: 'QUOTA_EXCEEDED' },
  ],
  [
    'a quota with a short wait',
    fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'Quota exceeded', { 'retry-after': '5' }),
    { kind: 'deferred', retryAfterMs: 60_000 },
  ],
  [
    'a quota with a long wait',
    fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'Quota exceeded', { 'retry-after': '180' }),
    { kind: 'deferred', retryAfterMs: 180_000 },
  ],
  [
    'a fault inside',
    fcmError(500, 'INTERNAL', 'INTERNAL', 'c4n4ry'),
    { kind: 'deferred', scope: 'account', retryAfterMs: null },
  ],
  [
    'an overload',
    fcmError(503, 'UNAVAILABLE', 'UNAVAILABLE', 'c4n4ry', { 'retry-after': '7' }),
    { kind: 'deferred', scope: 'account', retryAfterMs: 7_000, code: 'UNAVAILABLE' },
  ],
  ['an overload without words', { status: 503, body: '' }, { kind: 'deferred', scope: 'account' }],
  ['a gateway page', html(502), { kind: 'deferred', scope: 'account', code: 'http_502' }],
  ['a redirect', { status: 302, headers: { location: 'https://c4n4ry.example' }, body: '' }, { kind: 'deferred' }],
  ['a page that says 200', html(200), { kind: 'uncertain', code: 'unreadable_answer' }],
  ['a code that is none', fcmError(500, 'c4n4ry', 'c4n4ry', 'c4n4ry'), { kind: 'deferred', code: 'http_500' }],
];

describe('an answer of FCM:', () => {
  test.each(answers)('%s', async (_name, answer, expected) => {
    const { double, send } = await connect({ send: () => answer });
    const outcome = await send();
    expect(outcome).toMatchObject(expected);
    expect(sends(double)).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toContain('c4n4ry');
    expect(JSON.stringify(outcome)).not.toContain(deviceToken.slice(10));
  });

  test('a foreign token is not suppressed: with the wrong key file all of them are foreign', async () => {
    const { send } = await connect({ send: () => fcmError(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', 'no') });
    expect(await send()).not.toHaveProperty('suppress');
  });
});

describe('an error without an answer:', () => {
  const error = (code: string) => Object.assign(new Error('c4n4ry'), { code });
  test.each([
    ['app/network-error', 'connecting', 'deferred'],
    ['app/network-error', 'connected', 'uncertain'],
    ['app/network-timeout', 'connected', 'uncertain'],
    ['app/invalid-credential', 'waiting', 'misconfigured'],
    ['messaging/invalid-payload', 'waiting', 'refused'],
    ['messaging/unheard-of', 'connected', 'uncertain'],
    ['ERR_UNHEARD_OF', 'waiting', 'uncertain'],
  ] as const)('%s while %s is %s', (code, stage, kind) => {
    const outcome = outcomeOfError(error(code), { stage }, 0);
    expect(outcome.kind).toBe(kind);
    expect(JSON.stringify(outcome)).not.toContain('c4n4ry');
  });

  test('what is no error at all', () => {
    expect(outcomeOfError(undefined, { stage: 'connected' }, 0).kind).toBe('uncertain');
  });
});
