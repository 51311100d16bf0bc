import { momentsOf, wallTime } from './wall-clock.ts';
import { zonesOf } from './zones.ts';

/** The part of every day in which something may be sent: minutes of the local day, the last one excluded. */
export interface DailyWindow {
  readonly from: number;
  readonly to: number;
}

const minutesOfDay = 24 * 60;

export function dailyWindowFaults({ from, to }: DailyWindow): readonly string[] {
  const fits = (minute: number) => Number.isInteger(minute) && minute >= 0 && minute <= minutesOfDay;
  return fits(from) && fits(to) && from < to ? [] : ['it must end after it begins, on the same day'];
}

/** When something may be sent to people of a country: `at` itself, or the next moment after it. */
export type OpensAt = (region: string | null, at: number) => number;

const minuteMs = 60_000;
/** Further days bring nothing new. */
const daysAhead = 2;

/**
 * A window in the recipients' own time. Where a country has several zones and the configured one is none of them, nobody
 * knows which is the recipient's: it has to be open in all of them. Where that is never, the configured zone decides.
 */
export function openWindow(window: DailyWindow, timezone: string): OpensAt {
  // Windows and zones change at whole minutes, and a crowd of messages comes in one.
  const known = new Map<string | null, { readonly minute: number; readonly wait: number | null }>();
  const next = (region: string | null, at: number): number =>
    nextOpening(window, zonesOf(region, timezone), at) ?? nextOpening(window, [timezone], at) ?? at;
  return (region, at) => {
    const minute = Math.floor(at / minuteMs);
    const before = known.get(region);
    if (before?.minute === minute) return before.wait ?? at;
    const opens = next(region, at);
    known.set(region, { minute, wait: opens === at ? null : opens });
    return opens;
  };
}

/** `at` when it is open in all zones, else the next moment at which it is; null when there is none. */
export function nextOpening(window: DailyWindow, zones: readonly string[], at: number): number | null {
  const isOpen = (moment: number) =>
    zones.every((zone) => {
      const { minute } = wallTime(moment, zone);
      return minute >= window.from && minute < window.to;
    });
  if (isOpen(at)) return at;
  const openings = zones.flatMap((zone) => {
    const { day } = wallTime(at, zone);
    return Array.from({ length: daysAhead + 1 }, (_, ahead) =>
      momentsOf({ day: day + ahead, minute: window.from }, zone),
    ).flat();
  });
  const later = [...new Set(openings)].filter((moment) => moment > at).sort((a, b) => a - b);
  return later.find(isOpen) ?? null;
}
