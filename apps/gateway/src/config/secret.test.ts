import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { secret } from './secret.ts';

const hidden = secret({ key: 'hunter2' });

test('a secret gives its value to who asks for it', () => {
  expect(hidden.reveal()).toEqual({ key: 'hunter2' });
});

test.each([
  ['String', () => String(hidden)],
  ['a template', () => `${hidden}`],
  ['a list of texts', () => [hidden].join()],
  ['JSON', () => JSON.parse(JSON.stringify(hidden)) as string],
  ['util.inspect', () => inspect(hidden)],
  ['util.inspect, hidden fields and all', () => inspect(hidden, { showHidden: true, depth: null })],
])('it is masked in %s', (_name, print) => {
  expect(print()).toBe('***');
});

test('it is masked inside other values, and where custom inspection is switched off', () => {
  expect(JSON.stringify({ a: [hidden] })).toBe('{"a":["***"]}');
  expect(inspect({ a: [hidden] })).toBe('{ a: [ *** ] }');
  expect(inspect(hidden, { customInspect: false, showHidden: true, depth: null })).not.toContain('hunter2');
  expect(JSON.stringify(Object.assign(new Error('no'), { hidden }))).not.toContain('hunter2');
});
