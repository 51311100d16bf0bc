import type { EgressAnswer, Outcome } from '@posthorn/core';
import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';
import type { Success } from './success.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const answered = (status: number, body = '', headers: Record<string, string> = {}): EgressAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
  truncated: false,
});
const accepted: Outcome = { kind: 'accepted', vendorId: null };
const waiting = (retryAfterMs: number | null) => ({ kind: 'deferred', scope: 'address', retryAfterMs });

it.each<[string, EgressAnswer, object]>([
  ...[200, 201, 202, 204, 299].map(
    (status) => [`a ${status}`, answered(status), accepted] as [string, EgressAnswer, object],
  ),
  ['a 101', answered(101), { kind: 'refused', because: 'address', code: 'http_101' }],
  [
    'a 302',
    answered(302, '', { location: 'http://127.0.0.1/' }),
    { kind: 'refused', because: 'address', code: 'http_302' },
  ],
  ['a 304', answered(304), { kind: 'refused', because: 'address' }],
  ['a 400', answered(400), { kind: 'refused', because: 'content', code: 'http_400' }],
  ['a 401', answered(401), { ...waiting(null), code: 'http_401' }],
  ['a 403', answered(403), waiting(null)],
  ['a 404', answered(404), { kind: 'refused', because: 'address', code: 'http_404' }],
  ['a 405', answered(405), { kind: 'refused', because: 'address' }],
  ['a 408', answered(408), waiting(null)],
  ['a 410', answered(410), { kind: 'refused', because: 'address', suppress: 'hard', code: 'http_410' }],
  ['a 413', answered(413), { kind: 'refused', because: 'content' }],
  ['a 429', answered(429, '', { 'retry-after': '30' }), { ...waiting(30_000), code: 'http_429' }],
  ['a 503', answered(503, '', { 'retry-after': 'Tue, 24 Nov 2026 10:01:00 GMT' }), waiting(60_000)],
  ['a 503 without a wait', answered(503), waiting(null)],
  ['a 500', answered(500), { kind: 'uncertain', scope: 'address', code: 'http_500' }],
  ['a 502', answered(502, '<html>'), { kind: 'uncertain', scope: 'address' }],
  ['no way', { kind: 'forbidden', detail: 'why' }, { ...waiting(null), code: 'blocked_address', detail: 'why' }],
  ['no line', { kind: 'unreachable', code: 'enotfound', detail: 'd' }, { ...waiting(null), code: 'enotfound' }],
  [
    'no answer',
    { kind: 'interrupted', code: 'timeout', detail: 'd' },
    { kind: 'uncertain', scope: 'address', code: 'timeout' },
  ],
])('%s', (_name, answer, outcome) => {
  expect(outcomeOf(answer, {}, now)).toMatchObject(outcome);
});

it.each<[string, Success, EgressAnswer, object]>([
  ['another status', { status: [200, 302] }, answered(302), accepted],
  ['no other status', { status: [200] }, answered(204), { kind: 'deferred', code: 'not_accepted' }],
  ['JSON that says so', { json: { '/errcode': 0 } }, answered(200, '{"errcode":0}'), accepted],
  [
    'JSON that says no',
    { json: { '/errcode': 0 } },
    answered(200, '{"errcode":45009}'),
    { kind: 'deferred', scope: 'address' },
  ],
  ['a number in quotes', { json: { '/errcode': 0 } }, answered(200, '{"errcode":"0"}'), { kind: 'deferred' }],
  ['nothing at the place', { json: { '/a/b': null } }, answered(200, '{"a":1}'), { kind: 'deferred' }],
  ['a null at the place', { json: { '/a/b': null } }, answered(200, '{"a":{"b":null}}'), accepted],
  ['a place in a list', { json: { '/results/0/ok': true } }, answered(200, '{"results":[{"ok":true}]}'), accepted],
  ['a key with a slash', { json: { '/a~1b/~0': 'x' } }, answered(200, '{"a/b":{"~":"x"}}'), accepted],
  [
    'a property that nobody wrote',
    { json: { '/constructor/name': 'Object' } },
    answered(200, '{}'),
    { kind: 'deferred' },
  ],
  ['one of two', { json: { '/a': 1, '/b': 2 } }, answered(200, '{"a":1,"b":3}'), { kind: 'deferred' }],
  [
    'a page',
    { json: { '/a': 1 } },
    answered(200, '<html>'),
    { kind: 'uncertain', scope: 'address', code: 'unreadable_answer' },
  ],
  ['nothing', { json: { '/a': 1 } }, answered(204), { kind: 'uncertain' }],
  ['the right JSON with a wrong status', { json: { '/a': 1 } }, answered(404, '{"a":1}'), { kind: 'refused' }],
])('where success is said to be more: %s', (_name, success, answer, outcome) => {
  expect(outcomeOf(answer, success, now)).toMatchObject(outcome);
});
