import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['1ms', 1],
    ['20s', 20_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['007s', 7_000],
    ['PT20S', 20_000],
    ['PT10M', 600_000],
    ['PT2H', 7_200_000],
    ['P1D', 86_400_000],
    ['P1DT12H', 129_600_000],
    ['PT1H30M5S', 5_405_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    'soon',
    '20',
    '20 s',
    ' 20s',
    '20s ',
    '20S',
    '-20s',
    '+20s',
    '1.5h',
    '1e3s',
    '0s',
    '0ms',
    'PT0S',
    'P',
    'PT',
    'P1DT',
    'P1W',
    'P1M',
    'P1Y',
    'pt20s',
    'PT20',
    'PT-20S',
    'PT1.5S',
    '20s20s',
    '9999999999s',
    '999999999d',
    '36526d',
    'P999999D',
    '２0s',
    '20s\n',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('gives a whole number that a clock can add up, whatever the text', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^\d{1,10}(ms|s|m|h|d)$/),
      fc.stringMatching(/^P(\d{1,7}D)?T?(\d{1,7}H)?(\d{1,7}M)?(\d{1,10}S)?$/),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const ms = parseDuration(text);
        if (ms !== null) expect(new Date(Date.now() + ms).getTime() - ms > 0 && Number.isSafeInteger(ms)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [3_661_000, '1h 1m'],
    [90_061_000, '1d 1h'],
    [59_999, '1m'],
  ])('says %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
