import { describe, expect, it } from 'vitest';
import { codeLengths, drawCode, typedCode } from './code-digits.ts';

describe('drawCode', () => {
  it('draws every digit at every place as often as any other, in a million codes', () => {
    const codes = 1_000_000;
    const counts = Array.from({ length: 6 }, () => new Uint32Array(10));
    let zeros = 0;
    for (let drawn = 0; drawn < codes; drawn++) {
      const code = drawCode(6);
      for (let place = 0; place < 6; place++) (counts[place] as Uint32Array)[Number(code[place])]! += 1;
      if (code.startsWith('000')) zeros++;
    }
    const expected = codes / 10;
    for (const place of counts) {
      const chiSquare = place.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // Nine degrees of freedom: more than this once in ten million times, for each of the six places.
      expect(chiSquare).toBeLessThan(50);
    }
    expect(zeros).toBeGreaterThan(800);
    expect(zeros).toBeLessThan(1_200);
  });

  it.each([codeLengths.least, codeLengths.usual, codeLengths.most])(
    'draws %i digits, leading zeros included',
    (length) => {
      for (let drawn = 0; drawn < 1_000; drawn++) expect(drawCode(length)).toMatch(new RegExp(`^\\d{${length}}$`));
      expect(drawCode(length, () => 7)).toBe('7'.padStart(length, '0'));
      expect(drawCode(length, (max) => max - 1)).toBe('9'.repeat(length));
    },
  );
});

it.each([
  ['012345', '012345'],
  [' 012 345\n', '012345'],
  ['012-345', '012345'],
  ['０１２３４５', '012345'],
  ['O12345', 'O12345'],
])('%j is typed for %s', (text, code) => {
  expect(typedCode(text)).toBe(code);
});
