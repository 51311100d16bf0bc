/** What the clocks of a time zone show: the local date as days since 1970-01-01, and the minute of that day. */
export interface WallTime {
  readonly day: number;
  readonly minute: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Making one costs a hundred times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>();

export function wallTime(at: number, timezone: string): WallTime {
  const local = localOf(at, timezone);
  const day = Math.floor(local / dayMs);
  return { day, minute: Math.floor((local - day * dayMs) / minuteMs) };
}

/**
 * The moments at which the clocks of a time zone show this. Two where they are set back over it; where they are set
 * forward over it, the moment at which they are: the first one at which it is later than that.
 */
export function momentsOf({ day, minute }: WallTime, timezone: string): readonly number[] {
  const local = day * dayMs + minute * minuteMs;
  const offsets = [local - dayMs, local + dayMs].map((near) => offsetOf(near, timezone));
  const moments = new Set(offsets.map((offset) => local - offset));
  const exact = [...moments].filter((moment) => localOf(moment, timezone) === local);
  if (exact.length > 0) return exact.toSorted((a, b) => a - b);
  return [leap(Math.min(...moments), Math.max(...moments), timezone)];
}

/** The moment between two others at which the clocks are set. */
function leap(before: number, after: number, timezone: string): number {
  let [low, high] = [before, after];
  const offset = offsetOf(low, timezone);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle, timezone) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function offsetOf(at: number, timezone: string): number {
  return localOf(at, timezone) - at;
}

/** The local time as if it were UTC, in milliseconds since the epoch. */
function localOf(at: number, timezone: string): number {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const seconds = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return seconds + (((at % 1_000) + 1_000) % 1_000);
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}
