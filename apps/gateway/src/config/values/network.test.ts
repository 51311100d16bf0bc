import { expect, test } from 'vitest';
import { readEndpoint, readPublicUrl, readRange } from './network.ts';

test.each([
  'https://sms.example.com/base',
  'http://localhost:9000',
  'http://127.0.0.1:9000/',
  'http://127.9.9.9/',
  'http://[::1]:9000/',
  // The URL parser writes these as 127.0.0.1.
  'http://127.1/',
  'http://0x7f000001/',
])('the endpoint %s', (text) => {
  expect(readEndpoint(text)).toEqual({ ok: true, value: new URL(text) });
});

test.each([
  ['http://sms.example.com', 'must begin with https'],
  ['http://10.0.0.1', 'must begin with https'],
  ['http://0.0.0.0', 'must begin with https'],
  ['http://localhost.example.com', 'must begin with https'],
  ['http://127.0.0.1.example.com', 'must begin with https'],
  ['http://127.evil.example', 'must begin with https'],
  ['http://[::ffff:10.0.0.1]', 'must begin with https'],
  ['ftp://127.0.0.1', 'must be a URL'],
  ['javascript:alert(1)', 'must be a URL'],
  ['sms.example.com', 'must be a URL'],
  ['', 'must be a URL'],
  ['https://user:hunter2@sms.example.com', 'user name or password'],
  ['https://sms.example.com/?key=hunter2', 'base URL'],
])('no endpoint: %j', (text, cure) => {
  const read = readEndpoint(text);
  expect(read).toMatchObject({ ok: false, failure: expect.stringContaining(cure) });
  expect(JSON.stringify(read)).not.toContain('hunter2');
});

test('a public URL may be plain http: a proxy in a closed network knows best', () => {
  expect(readPublicUrl('http://notify.internal/posthorn').ok).toBe(true);
  expect(readPublicUrl('notify.example.com').ok).toBe(false);
});

test.each(['10.0.0.0/8', '10.1.2.3', '::1', 'fd00::/8', '0.0.0.0/0'])('the range %s', (text) => {
  expect(readRange(text)).toEqual({ ok: true, value: text });
});

test.each(['10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/', 'proxy', 'fe80::1%eth0', ''])(
  'no range: %j',
  (text) => {
    expect(readRange(text)).toMatchObject({ ok: false, failure: expect.stringContaining('10.0.0.0/8') });
  },
);
