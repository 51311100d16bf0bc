import { fail, ok, parseDuration, type Result } from '@posthorn/core';

/** So many in each span of time: `500/s`, `5/1h`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds of `20s`, `10m`, `7d` or ISO 8601. */
export function readDuration(text: string): Result<number, string> {
  const ms = parseDuration(text);
  return ms === null ? fail('must be a duration such as 500ms, 20s, 10m, 2h or 7d') : ok(ms);
}

/** Bytes of `256KiB`. Powers of ten are refused: whoever writes 256KB rarely means 256,000. */
export function readSize(text: string): Result<number, string> {
  const [, amount, unit = ''] = /^(\d{1,12})([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(sizeUnits, unit) ? sizeUnits[unit] : undefined;
  const bytes = amount === undefined || factor === undefined ? 0 : Number(amount) * factor;
  return bytes > 0 && Number.isSafeInteger(bytes) ? ok(bytes) : fail('must be a size such as 512B, 256KiB or 10MiB');
}

/** `100/s`, `30/m`, `1/60s`. */
export function readRate(text: string): Result<Rate, string> {
  const [, count, span = ''] = /^(\d{1,9})\/(\d*(?:ms|s|m|h|d))$/.exec(text) ?? [];
  const perMs = parseDuration(/^\d/.test(span) ? span : `1${span}`);
  if (count === undefined || perMs === null || Number(count) === 0) {
    return fail('must be a rate such as 100/s, 30/m or 5/1h');
  }
  return ok({ count: Number(count), perMs });
}

/** `20%` as 20. */
export function readPercent(text: string): Result<number, string> {
  const [, digits = ''] = /^(\d{1,3})%$/.exec(text) ?? [];
  const percent = Number(digits);
  return percent >= 1 && percent <= 100 ? ok(percent) : fail('must be a share from 1% to 100%');
}

/** The shortest text that `readDuration` reads back as the same. */
export function durationText(ms: number): string {
  const [unit, size] = durationUnits.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** `0.5` a second as `30/m`; the text that `readRate` reads back as the same, as near as whole numbers come. */
export function rateText(perSecond: number): string {
  for (const [unit, ms] of durationUnits.toReversed()) {
    const count = (perSecond * ms) / 1_000;
    // 20/1h is 0.00555... a second, which times 3600 is 20 but for the last bits.
    if (count >= 1 && Math.abs(count - Math.round(count)) < 1e-6) return `${Math.round(count)}/${unit}`;
  }
  return `1/${Math.round(1_000 / perSecond)}ms`;
}
