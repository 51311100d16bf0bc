import { fail, ok, type Result } from '@posthorn/core';

/** Minutes of the day of `08:00`; `24:00` is its end. */
export function readHour(text: string): Result<number, string> {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return hours !== undefined && minute <= 24 * 60
    ? ok(minute)
    : fail('must be a time of the day such as 08:00 or 20:30');
}

export function hourText(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
