import { expect, test } from 'vitest';
import { parseConfigDocument } from './document.ts';

test('a document becomes plain data by the YAML 1.2 core schema', () => {
  const read = parseConfigDocument('a: yes\nb: [1, 0o17, ~, true]\nc: !!str 5\nd: NO\n1: x\n');
  expect(read.ok && read.value.tree).toEqual({ a: 'yes', b: [1, 15, null, true], c: '5', d: 'NO', 1: 'x' });
});

test.each(['', '# only a comment\n', '---\n'])('an empty file is null: %j', (text) => {
  const read = parseConfigDocument(text);
  expect(read.ok && read.value.tree).toBeNull();
});

test.each([
  ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2\n', { path: 'b.c', line: 4, column: 3, detail: /twice/ }],
  ['a custom tag', 'a: 1\nb: !js/function x\n', { path: 'b', line: 2, detail: /tag/ }],
  ['a tag beyond the core schema', 'b: !!binary aGk=\n', { path: 'b', line: 1, detail: /tag/ }],
  ['a set', 'b: !!set {x}\n', { path: 'b', line: 1, detail: /tag/ }],
  ['two documents', 'a: 1\n---\nb: 1\n', { path: 'a', line: 2, detail: /one YAML document/ }],
  ['a key that is no text', 'a: 1\n? [b]\n: c\n', { line: 2, detail: /quotes/ }],
  ['tabs', 'a:\n\tb: 1\n', { path: 'a', line: 2, detail: /spaces/ }],
  ['an open bracket', 'a: [1, 2\nb: 1\n', { line: 2, detail: /not valid YAML/ }],
  ['an unknown anchor', 'a:\n  b: *nobody\n', { path: 'a.b', line: 2, detail: /no anchor "nobody"/ }],
  ['an alias of itself', 'a: &x\n  b: [*x]\n', { path: 'a.b[0]', line: 2, detail: /contains itself/ }],
  ['__proto__', 'a:\n  __proto__: {b: 1}\n', { path: 'a.__proto__', line: 2, detail: /cannot be a key/ }],
  ['nesting beyond the stack', `a: ${'['.repeat(30_000)}`, { detail: /too deeply/ }],
  ['deep nesting', `a: ${'['.repeat(100)}${']'.repeat(100)}`, { line: 1, detail: /too deeply/ }],
])('%s is refused with its place', (_name, text, expected) => {
  const read = parseConfigDocument(text);
  const problem = read.ok ? null : read.failure[0];
  expect(problem).toMatchObject({ ...expected, detail: expect.stringMatching(expected.detail) });
});

test('a bomb of aliases is refused', () => {
  const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const alias = `*a${level - 1}`;
    levels.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => alias).join(', ')}]`);
  }
  const read = parseConfigDocument(levels.join('\n'));
  expect(read.ok ? null : read.failure).toMatchObject([{ path: '', detail: expect.stringContaining('aliases') }]);
});

test('a file of rubbish does not bring a thousand problems', () => {
  const read = parseConfigDocument('a: 1\n'.repeat(500));
  expect(read.ok ? null : read.failure).toHaveLength(20);
});

test('places are those of the key, of what an alias repeats, or of the nearest thing above', () => {
  const read = parseConfigDocument('a: &x\n  b: 1\n  c: [1, 2]\nd: *x\n');
  if (!read.ok) throw new Error('refused');
  const { placeOf } = read.value;
  expect(placeOf(['a', 'b'])).toEqual({ line: 2, column: 3 });
  expect(placeOf(['a', 'c', 1])).toEqual({ line: 3, column: 10 });
  expect(placeOf(['d', 'b'])).toEqual({ line: 2, column: 3 });
  expect(placeOf(['a', 'missing', 'deeper'])).toEqual({ line: 1, column: 1 });
  expect(placeOf([])).toBeNull();
});
