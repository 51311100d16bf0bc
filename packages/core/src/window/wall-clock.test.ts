import { describe, expect, it } from 'vitest';
import { dayOf } from './day.ts';
import { momentsOf, wallTime } from './wall-clock.ts';

const at = Date.parse;
const day = (text: string) => at(`${text}T00:00:00Z`) / 86_400_000;
const iso = (moments: readonly number[]) => moments.map((moment) => new Date(moment).toISOString());
const hour = 60;

describe('wallTime', () => {
  it.each([
    ['2026-03-08T06:59:59.999Z', 'America/New_York', '2026-03-08', 1 * hour + 59],
    ['2026-03-08T07:00:00Z', 'America/New_York', '2026-03-08', 3 * hour],
    ['2026-06-01T16:30:00Z', 'Asia/Shanghai', '2026-06-02', 30],
    ['2026-06-01T16:30:00Z', 'Asia/Kathmandu', '2026-06-01', 22 * hour + 15],
    ['2026-12-31T23:30:00Z', 'Pacific/Kiritimati', '2027-01-01', 13 * hour + 30],
    ['1969-12-31T23:59:59.999Z', 'UTC', '1969-12-31', 23 * hour + 59],
  ])('at %s the clocks of %s show %s and minute %d', (moment, zone, date, minute) => {
    expect(wallTime(at(moment), zone)).toEqual({ day: day(date), minute });
  });
});

describe('momentsOf', () => {
  it.each([
    ['once on an ordinary day', 'Europe/Berlin', '2026-06-01', 8 * hour, ['2026-06-01T06:00:00.000Z']],
    ['once on the day of a change, after it', 'Europe/Berlin', '2026-03-29', 8 * hour, ['2026-03-29T06:00:00.000Z']],
    [
      'twice where clocks are set back',
      'Europe/Berlin',
      '2026-10-25',
      2 * hour + 30,
      ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
    ],
    [
      'never where clocks are set forward, so it is when they are',
      'Europe/Berlin',
      '2026-03-29',
      2 * hour + 30,
      ['2026-03-29T01:00:00.000Z'],
    ],
    ['also by half an hour', 'Australia/Lord_Howe', '2026-10-04', 2 * hour + 10, ['2026-10-03T15:30:00.000Z']],
  ])('a time comes %s', (_how, zone, date, minute, moments) => {
    expect(iso(momentsOf({ day: day(date), minute }, zone))).toEqual(moments);
  });
});

describe('dayOf', () => {
  it.each([
    ['2026-11-24T12:00:00Z', 'UTC', '2026-11-24', '2026-11-25T00:00:00.000Z'],
    ['2026-11-24T16:00:00Z', 'Asia/Shanghai', '2026-11-25', '2026-11-25T16:00:00.000Z'],
    ['2026-11-24T15:59:59.999Z', 'Asia/Shanghai', '2026-11-24', '2026-11-24T16:00:00.000Z'],
    // 23 and 25 hours; and in Cairo and Havana a midnight that never comes, or comes twice.
    ['2026-03-08T12:00:00Z', 'America/New_York', '2026-03-08', '2026-03-09T04:00:00.000Z'],
    ['2026-11-01T12:00:00Z', 'America/New_York', '2026-11-01', '2026-11-02T05:00:00.000Z'],
    ['2026-04-23T12:00:00Z', 'Africa/Cairo', '2026-04-23', '2026-04-23T22:00:00.000Z'],
    ['2026-11-01T04:30:00Z', 'America/Havana', '2026-11-01', '2026-11-02T05:00:00.000Z'],
    ['2026-11-01T05:30:00Z', 'America/Havana', '2026-11-01', '2026-11-02T05:00:00.000Z'],
    // Newfoundland once went back from 00:01: the day before went on, and its midnight came again.
    ['2010-11-07T03:00:00Z', 'America/St_Johns', '2010-11-06', '2010-11-07T03:30:00.000Z'],
  ])('at %s it is in %s the %s, until %s', (moment, zone, date, end) => {
    const found = dayOf(at(moment), zone);
    expect([found.number, new Date(found.end).toISOString()]).toEqual([day(date), end]);
  });
});
