import { describe, expect, it } from 'vitest';
import { mainlandSegmentsOf, segmentsOf } from './segments.ts';

describe('mainland', () => {
  it.each([
    ['中', 70, 1],
    ['中', 71, 2],
    ['中', 134, 2],
    ['中', 135, 3],
    ['a', 160, 3],
    ['', 1, 1],
  ])('%s × %i is %i parts', (text, count, parts) => {
    expect(mainlandSegmentsOf(text.repeat(count))).toMatchObject({ encoding: 'UCS-2', parts });
  });
});

describe('international', () => {
  it.each([
    ['a', 160, 'GSM-7', 1],
    ['a', 161, 'GSM-7', 2],
    ['a', 350, 'GSM-7', 3],
    ['€', 80, 'GSM-7', 1],
    ['€', 81, 'GSM-7', 2],
    ['中', 150, 'UCS-2', 3],
    ['😀', 35, 'UCS-2', 1],
    ['😀', 36, 'UCS-2', 2],
    ['é', 1, 'GSM-7', 1],
    ['ê', 1, 'UCS-2', 1],
    ['', 1, 'GSM-7', 1],
  ])('%s × %i is %s in %i parts', (text, count, encoding, parts) => {
    expect(segmentsOf(text.repeat(count))).toMatchObject({ encoding, parts });
  });

  it('knows what of ASCII is in GSM-7: all but the grave accent and what nobody sees, and a few at twice the price', () => {
    const ascii = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));
    const costing = (units: number) =>
      ascii.filter((one) => segmentsOf(one).encoding === 'GSM-7' && segmentsOf(one).units === units).join('');
    expect(costing(2)).toBe('[\\]^{|}~');
    expect(costing(1)).toHaveLength(0x7f - 0x20 - 8 - 1);
    for (const sign of ['`', '\t', '\u0000', 'ç', 'á', '’', '—', '\u00a0'])
      expect(segmentsOf(sign).encoding).toBe('UCS-2');
  });

  it('counts a sign of two at the border of one part', () => {
    expect(segmentsOf(`${'a'.repeat(158)}€`)).toMatchObject({ units: 160, parts: 1 });
    expect(segmentsOf(`${'a'.repeat(159)}€`)).toMatchObject({ units: 161, parts: 2 });
  });

  it('never splits an escape pair', () => {
    expect(segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(10)}`)).toMatchObject({ units: 164, parts: 2 });
    // 306 septets fill two parts to the last, were it not for the pair on the border.
    expect(segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toMatchObject({ units: 306, parts: 3 });
  });

  it('never splits a surrogate pair', () => {
    expect(segmentsOf(`${'中'.repeat(66)}😀${'中'.repeat(66)}`)).toMatchObject({ units: 134, parts: 3 });
  });

  it.each([...'|^€{}[]~\\\f'])('counts %j twice', (character) => {
    expect(segmentsOf(character)).toMatchObject({ encoding: 'GSM-7', units: 2 });
  });
});
