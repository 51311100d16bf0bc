import { expect, it } from 'vitest';
import { beijingDay, beijingTime, momentOf, utcMoment } from './moment.ts';

it('reads the clocks of Beijing', () => {
  expect(beijingTime('2026-01-01 08:00:00')).toBe(Date.UTC(2026, 0, 1));
  expect(beijingTime('2026-01-01 00:00:00')).toBe(Date.UTC(2025, 11, 31, 16));
  for (const text of ['', '2026-01-01', '2026-01-01T08:00:00', '2026-13-01 08:00:00', ' 2026-01-01 08:00:00'])
    expect(beijingTime(text)).toBeNaN();
});

it('knows which day it is there', () => {
  expect(beijingDay(Date.UTC(2026, 0, 1, 15, 59, 59))).toBe('20260101');
  expect(beijingDay(Date.UTC(2026, 0, 1, 16))).toBe('20260102');
});

it('reads UTC', () => {
  expect(utcMoment('2018-10-31T08:43:41Z')).toBe(Date.UTC(2018, 9, 31, 8, 43, 41));
  for (const text of ['', '2018-10-31 08:43:41', '2018-10-31T08:43:41', '1', 'Z']) expect(utcMoment(text)).toBeNaN();
});

it('believes no moment that is not yet, nor ever was', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(momentOf(now - 5, now)).toBe(now - 5);
  expect(momentOf(now + 60_000, now)).toBe(now + 60_000);
  for (const told of [now + 3_600_001, 0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])
    expect(momentOf(told, now)).toBe(now);
});
