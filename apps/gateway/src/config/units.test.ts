import { expect, test } from 'vitest';
import { durationText, rateText, readDuration, readRate, readSize } from './units.ts';

test.each([
  ['500ms', 500],
  ['20s', 20_000],
  ['7d', 604_800_000],
  ['PT1M', 60_000],
])('the duration %s', (text, ms) => {
  expect(readDuration(text)).toEqual({ ok: true, value: ms });
});

test.each(['', '0s', '20', '20 s', '-1s', '1.5h', 'soon'])('no duration: %j', (text) => {
  expect(readDuration(text)).toMatchObject({ ok: false, failure: expect.stringContaining('20s') });
});

test.each([
  ['512B', 512],
  ['256KiB', 262_144],
  ['10MiB', 10_485_760],
  ['1GiB', 1_073_741_824],
])('the size %s', (text, bytes) => {
  expect(readSize(text)).toEqual({ ok: true, value: bytes });
});

test.each(['', '256KB', '256', '0B', '1.5MiB', 'KiB', '5constructor', '999999999999GiB'])('no size: %j', (text) => {
  expect(readSize(text)).toMatchObject({ ok: false, failure: expect.stringContaining('256KiB') });
});

test.each([
  ['100/s', { count: 100, perMs: 1_000 }],
  ['30/m', { count: 30, perMs: 60_000 }],
  ['1/60s', { count: 1, perMs: 60_000 }],
  ['10/24h', { count: 10, perMs: 86_400_000 }],
])('the rate %s', (text, rate) => {
  expect(readRate(text)).toEqual({ ok: true, value: rate });
});

test.each(['', '100', '0/s', '100/', '/s', '1/0s', '1.5/s', '100/sec', '5/1h/2'])('no rate: %j', (text) => {
  expect(readRate(text)).toMatchObject({ ok: false, failure: expect.stringContaining('100/s') });
});

test.each(['500ms', '15s', '90s', '10m', '2h', '7d'])('a duration is printed as it is written: %s', (text) => {
  const read = readDuration(text);
  expect(read.ok && durationText(read.value)).toBe(text);
});

test.each(['500/s', '30/m', '1/m', '20/h', '7/d', '1/172800000ms'])(
  'a rate is printed as it is written: %s',
  (text) => {
    const read = readRate(text);
    expect(read.ok && rateText((read.value.count * 1_000) / read.value.perMs)).toBe(text);
  },
);
