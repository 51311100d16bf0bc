import { describe, expect, it } from 'vitest';
import { dailyWindowFaults, nextOpening, openWindow } from './window.ts';
import { zonesOf } from './zones.ts';

const hour = 60;
const window = { from: 8 * hour, to: 20 * hour };
const opening = (region: string | null, moment: string, timezone = 'UTC', hours = window) =>
  new Date(openWindow(hours, timezone)(region, Date.parse(moment))).toISOString();

describe("a window in the recipient's time", () => {
  it.each([
    ['mainland China has one time, whatever the tables list', 'CN', '2026-06-01T00:00:00.000Z', 'same'],
    ['it opens at its first minute', 'CN', '2026-05-31T23:59:59.999Z', '2026-06-01T00:00:00.000Z'],
    ['its last minute is closed', 'CN', '2026-06-01T12:00:00.000Z', '2026-06-02T00:00:00.000Z'],
    ['just before, it is open', 'CN', '2026-06-01T11:59:59.999Z', 'same'],
    ['Hong Kong', 'HK', '2026-06-01T13:00:00.000Z', '2026-06-02T00:00:00.000Z'],
    ['an unknown country has the configured time', null, '2026-06-01T05:00:00.000Z', '2026-06-01T08:00:00.000Z'],
    ['clocks set forward in the night', 'DE', '2026-03-28T22:00:00.000Z', '2026-03-29T06:00:00.000Z'],
    ['clocks set back in the night', 'DE', '2026-10-24T22:00:00.000Z', '2026-10-25T07:00:00.000Z'],
    // Honolulu has 08:00 when it is 14:00 in New York, and New York 20:00 when it is 14:00 there.
    ['a wide country: only when it is open everywhere', 'US', '2026-06-01T15:00:00.000Z', '2026-06-01T18:00:00.000Z'],
    ['a wide country: open', 'US', '2026-06-01T20:00:00.000Z', 'same'],
    ['a wide country: closed in the east', 'US', '2026-06-02T00:00:00.000Z', '2026-06-02T18:00:00.000Z'],
  ])('%s', (_what, region, moment, expected) => {
    expect(opening(region, moment)).toBe(expected === 'same' ? moment : expected);
  });

  it('is that of the configured zone where it is one of the country', () => {
    expect(opening('US', '2026-06-01T12:30:00.000Z', 'America/New_York')).toBe('2026-06-01T12:30:00.000Z');
    expect(opening('DE', '2026-06-01T05:30:00.000Z', 'America/New_York')).toBe('2026-06-01T06:00:00.000Z');
    expect(zonesOf('CN', 'Asia/Urumqi')).toEqual(['Asia/Shanghai']);
  });

  it('is that of the configured zone where a country never has it everywhere', () => {
    const noon = { from: 12 * hour, to: 13 * hour };
    expect(nextOpening(noon, zonesOf('RU', 'UTC'), Date.parse('2026-06-01T00:00:00Z'))).toBeNull();
    expect(opening('RU', '2026-06-01T00:00:00.000Z', 'UTC', noon)).toBe('2026-06-01T12:00:00.000Z');
  });

  it('opens where its first minute is left out, and not twice where it is repeated', () => {
    const early = { from: 2 * hour + 30, to: 5 * hour };
    expect(opening(null, '2026-03-29T00:10:00.000Z', 'Europe/Berlin', early)).toBe('2026-03-29T01:00:00.000Z');
    // 02:30 to 03:00 of summer, then the clock shows 02:00 once more and waits for its second 02:30.
    expect(opening(null, '2026-10-25T00:00:00.000Z', 'Europe/Berlin', early)).toBe('2026-10-25T00:30:00.000Z');
    expect(opening(null, '2026-10-25T01:10:00.000Z', 'Europe/Berlin', early)).toBe('2026-10-25T01:30:00.000Z');
  });

  it('gives every moment of a minute its own answer', () => {
    const opens = openWindow(window, 'UTC');
    const [first, second] = ['2026-06-01T09:00:01.000Z', '2026-06-01T09:00:02.000Z'].map(Date.parse) as [
      number,
      number,
    ];
    expect([opens(null, first), opens(null, second)]).toEqual([first, second]);
  });
});

it.each([
  [{ from: 0, to: 1_440 }, true],
  [{ from: 480, to: 480 }, false],
  [{ from: 1_200, to: 480 }, false],
  [{ from: 0, to: 1_441 }, false],
  [{ from: -1, to: 5 }, false],
  [{ from: 0.5, to: 5 }, false],
])('%j is a window: %s', (hours, fine) => {
  expect(dailyWindowFaults(hours).length === 0).toBe(fine);
});
