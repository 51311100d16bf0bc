import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, excerpt, headingOf, layOut, linkOf } from './excerpt.ts';

test('a text that has room stays as it is', () => {
  expect(excerpt('十个字', 9, bytesOf)).toBe('十个字');
  expect(excerpt('', 0, bytesOf)).toBe('');
});

test('ends with a line if one is near, else with a word, else with a character', () => {
  const lines = excerpt(`${'some words\n'.repeat(20)}`, 100, bytesOf);
  expect(lines).toMatch(/^(some words\n)+… \[\d+ more characters\]$/);
  expect(excerpt('word '.repeat(40), 100, bytesOf)).toMatch(/^(word )*word\n… \[\d+ more characters\]$/);
  expect(excerpt('😀'.repeat(40), 100, bytesOf)).toMatch(/^😀+\n… \[\d+ more characters\]$/u);
});

test('the mark tells how much is missing', () => {
  const text = 'x'.repeat(1_000);
  const [shown = '', mark = ''] = excerpt(text, 100, bytesOf)?.split('\n') ?? [];
  expect(mark).toBe(`… [${1_000 - shown.length} more characters]`);
});

test('is nothing when not even the mark has room', () => {
  expect(excerpt('x'.repeat(100), 10, bytesOf)).toBeNull();
});

test('never takes more room than there is, nor breaks a character, and shows a beginning of the text', () => {
  const anyText = fc.array(fc.constantFrom('a', ' ', '\n', '满', '😀', '"', '\u3000')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 120 }), (text, room) => {
      const shown = excerpt(text, room, bytesOf);
      if (shown === null || shown === text) return;
      expect(bytesOf(shown)).toBeLessThanOrEqual(room);
      expect(shown.isWellFormed()).toBe(true);
      expect(text.startsWith(shown.slice(0, shown.lastIndexOf('\n… [')))).toBe(true);
    }),
  );
});

test('a layout cuts the text only', () => {
  const parts = { heading: 'Title', text: 'word '.repeat(100), tail: ['https://a.example', ''], gap: '\n\n' };
  expect(layOut(parts, 120, bytesOf)).toMatch(/^Title\n\nword.*\n… \[\d+ more characters\]\n\nhttps:\/\/a\.example$/s);
  expect(layOut({ ...parts, text: '' }, 120, bytesOf)).toBe('Title\n\nhttps://a.example');
  expect(layOut(parts, 40, bytesOf)).toBeNull();
  expect(layOut({ ...parts, text: '' }, 10, bytesOf)).toBeNull();
});

test('a heading is one short line', () => {
  expect(headingOf(undefined)).toBe('');
  expect(headingOf(' two\nlines ')).toBe('two lines');
  expect(headingOf('x'.repeat(1_000))).toMatch(/^x{150,} … \[\d+ more characters\]$/);
});

test('a link cannot be left by what it links to', () => {
  expect(linkOf(undefined)).toBe('');
  expect(linkOf('https://a.example/?q=(x)[y]<z>')).toBe(
    '[https://a.example/?q=%28x%29%5By%5D%3Cz%3E](https://a.example/?q=%28x%29%5By%5D%3Cz%3E)',
  );
});
