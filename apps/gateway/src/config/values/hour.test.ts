import { expect, test } from 'vitest';
import { hourText, readHour } from './hour.ts';

test.each([
  ['00:00', 0],
  ['08:00', 480],
  ['20:30', 1230],
  ['24:00', 1440],
])('%s is minute %d, and is written so', (text, minute) => {
  expect(readHour(text)).toEqual({ ok: true, value: minute });
  expect(hourText(minute)).toBe(text);
});

test.each(['8:00', '24:01', '08:60', '25:00', '0800', '08:00:00', '', '8 am'])('%s is none', (text) => {
  expect(readHour(text).ok).toBe(false);
});
