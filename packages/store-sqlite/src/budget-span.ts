import { type Budget, dayOf } from '@posthorn/core';

/** The span of time in which a budget counts. */
export interface BudgetSpan {
  /** The day under which it is kept: days since 1970-01-01. */
  readonly day: number;
  /** Which hour of that day, where an hour is counted; null for all of it. */
  readonly hour: number | null;
  /** When the next one begins. */
  readonly end: number;
}

const hourMs = 3_600_000;

export function spanOf({ per, timezone }: Budget, now: number): BudgetSpan {
  if (per === 'day') {
    const { number, end } = dayOf(now, timezone);
    return { day: number, hour: null, end };
  }
  const hour = Math.floor(now / hourMs);
  return { day: Math.floor(hour / 24), hour: hour % 24, end: (hour + 1) * hourMs };
}
