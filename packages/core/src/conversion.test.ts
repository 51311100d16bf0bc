import { describe, expect, it } from 'vitest';
import { conversionDrop, converts } from './conversion.ts';

const of = (verified: number, sent: number) => ({ sent, verified });

describe('a share of codes', () => {
  it.each([
    [of(10, 50), 20, true],
    [of(9, 50), 20, false],
    [of(0, 50), 20, false],
    [of(0, 0), 20, false],
    [of(50, 50), 100, true],
    [of(49, 50), 100, false],
  ])('%o is at least %i in a hundred: %s', (conversion, percent, enough) => {
    expect(converts(conversion, percent)).toBe(enough);
  });
});

describe('a drop of conversion', () => {
  const nothing = of(0, 0);
  it.each([
    ['too few codes to tell', of(0, 49), nothing, false],
    ['none of many', of(0, 50), nothing, true],
    ['less than a fifth', of(9, 50), nothing, true],
    ['a fifth, and nothing to compare it to', of(10, 50), nothing, false],
    ['half of what was usual', of(20, 50), of(400, 500), false],
    ['less than half of what was usual', of(19, 50), of(400, 500), true],
    ['less than half of what too few showed', of(10, 50), of(40, 49), false],
    ['as low as ever', of(5, 50), of(50, 500), true],
  ])('%s', (_name, recent, before, dropped) => {
    expect(conversionDrop(recent, before) !== null).toBe(dropped);
  });

  it('is told in numbers', () => {
    expect(conversionDrop(of(3, 60), of(80, 100))).toBe(
      '3 of 60 codes of an hour were verified; the day before 80 in a hundred were',
    );
    expect(conversionDrop(of(3, 60), nothing)).toBe('3 of 60 codes of an hour were verified');
  });
});
