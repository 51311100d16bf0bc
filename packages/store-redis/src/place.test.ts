import { expect, it } from 'vitest';
import { readRedisPlace } from './place.ts';

const nobody = { username: null, password: null };

it.each([
  ['redis://cache', { ...nobody, host: 'cache', port: 6379, tls: false, database: 0 }],
  ['redis://127.0.0.1:7000/3', { ...nobody, host: '127.0.0.1', port: 7000, tls: false, database: 3 }],
  ['rediss://[::1]/', { ...nobody, host: '::1', port: 6379, tls: true, database: 0 }],
  ['redis://:p%40ss@h', { host: 'h', port: 6379, tls: false, username: null, password: 'p@ss', database: 0 }],
  ['rediss://me:pw@h:1/0', { host: 'h', port: 1, tls: true, username: 'me', password: 'pw', database: 0 }],
])('%s is read', (text, place) => {
  expect(readRedisPlace(text)).toEqual({ ok: true, value: place });
});

it.each([
  'x',
  'http://h',
  'redis:',
  'redis:///0',
  'redis://h/name',
  'redis://h/0/1',
  'redis://h?enableOfflineQueue=true',
  'redis://h#x',
  'redis://me@h',
  'redis://:hunter2%@h',
  'redis://:hunter2@h:99999',
])('%s is refused, and not repeated', (text) => {
  const read = readRedisPlace(text);
  expect(read).toMatchObject({ ok: false, failure: expect.stringMatching(/^must /) });
  expect(JSON.stringify(read)).not.toContain('hunter2');
});
