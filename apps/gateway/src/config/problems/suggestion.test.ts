import { expect, test } from 'vitest';
import { nestedKeys } from './known-keys.ts';
import { nearest, suggestion } from './suggestion.ts';

const keys = ['host', 'port', 'publicUrl', 'trustedProxies', 'accessKeyId'];

test.each([
  ['prot', 'port'],
  ['publicURL', 'publicUrl'],
  ['public_url', 'publicUrl'],
  ['ACCESS-KEY-ID', 'accessKeyId'],
  ['trustedProxy', 'trustedProxies'],
])('%s is near %s', (word, expected) => {
  expect(nearest(word, keys)).toBe(expected);
});

test.each(['database', 'x', ''])('%j is near nothing', (word) => {
  expect(nearest(word, keys)).toBeNull();
});

test('what is near nothing gets the whole choice, if there is one', () => {
  expect(suggestion('alyun', ['aliyun', 'sandbox'])).toBe(': did you mean "aliyun"?');
  expect(suggestion('database', ['aliyun', 'sandbox'])).toBe('; there is aliyun, sandbox');
  expect(suggestion('database', [])).toBe('');
});

test('keys are found through choices, lists, records and references, also ones that lead nowhere or in a circle', () => {
  const schema = {
    $defs: { loop: { $ref: '#/$defs/loop' }, leaf: { properties: { deep: {} } } },
    anyOf: [{ properties: { a: { items: { $ref: '#/$defs/leaf' } } } }, { properties: { b: {} } }],
    additionalProperties: { properties: { c: {} } },
    properties: { round: { $ref: '#/$defs/loop' }, away: { $ref: 'https://example.com' } },
  };
  expect(nestedKeys(schema, [])).toEqual(['round', 'away', 'a', 'b']);
  expect(nestedKeys(schema, ['a', 3])).toEqual(['deep']);
  expect(nestedKeys(schema, ['anything'])).toEqual(['c']);
  expect(nestedKeys(schema, ['round'])).toEqual([]);
  expect(nestedKeys(schema, ['away'])).toEqual([]);
  expect(nestedKeys(null, ['a'])).toEqual([]);
});
