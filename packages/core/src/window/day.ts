import { momentsOf, wallTime } from './wall-clock.ts';

/** A calendar day of a time zone: 23 to 25 hours. */
export interface Day {
  /** Days since 1970-01-01. */
  readonly number: number;
  /** When the next one begins. */
  readonly end: number;
}

/** The day that a moment belongs to. */
export function dayOf(at: number, timezone: string): Day {
  const { day } = wallTime(at, timezone);
  // Midnight comes twice where clocks are set back over it: a day that has begun does not begin again before its end.
  const end = momentsOf({ day: day + 1, minute: 0 }, timezone).find((moment) => moment > at) as number;
  return { number: day, end };
}
