import { validate } from '@posthorn/core';
import { expect, it } from 'vitest';
import { httpSettings } from './settings.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

it('needs nothing', () => {
  expect(validate(httpSettings, {})).toEqual({
    ok: true,
    value: { method: 'POST', headers: {}, success: {}, allowPrivate: false },
  });
});

it('takes everything', () => {
  const given = {
    secret,
    method: 'PUT',
    headers: { Authorization: 'Bearer t', 'X-Tenant': 'a b', 'Content-Type': 'application/vnd.shop+json' },
    body: { text: '{{title}}', list: ['{{data.order}}'] },
    success: { status: [200, 202], json: { '/errcode': 0, '/a~1b': null } },
    allowPrivate: true,
  };
  expect(validate(httpSettings, given)).toEqual({ ok: true, value: given });
});

it.each<[object, string]>([
  ...[
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'UPGRADE',
    'webhook-id',
    'Webhook-Signature',
    'webhook-x',
    'TE',
  ].map((name) => [{ headers: { [name]: 'x' } }, `/headers/${name}`] as [object, string]),
  [{ headers: { 'X Y': 'x' } }, '/headers/X Y'],
  [{ headers: { 'X:': 'x' } }, '/headers/X:'],
  [{ headers: { 'X-A': 'a\r\nHost: evil' } }, '/headers/X-A'],
  [{ headers: { 'X-A': '' } }, '/headers/X-A'],
  [{ headers: { 'X-A': 'é' } }, '/headers/X-A'],
  [{ headers: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`X-${n}`, 'x'])) }, '/headers'],
  [{ secret: 'hunter2' }, '/secret'],
  [{ method: 'GET' }, '/method'],
  [{ body: { a: '{{nothing}}' } }, '/body'],
  [{ body: 'text' }, '/body'],
  [{ success: { status: [100] } }, '/success/status/0'],
  [{ success: { status: [] } }, '/success/status'],
  [{ success: { json: { errcode: 0 } } }, '/success/json/errcode'],
  [{ success: { json: { '/a~2': 0 } } }, '/success/json/~1a~02'],
  [{ success: { json: { '/a': { b: 1 } } } }, '/success/json/~1a'],
  [{ success: { eval: '1' } }, '/success/eval'],
  [{ allowPrivate: 'yes' }, '/allowPrivate'],
])('%j is refused at %s', (given, pointer) => {
  const result = validate(httpSettings, given);
  expect(result.ok ? [] : result.failure.map((problem) => problem.pointer)).toEqual([pointer]);
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

it('refuses a header that stands there twice', () => {
  expect(validate(httpSettings, { headers: { 'X-A': '1', 'x-a': '2' } }).ok).toBe(false);
});
