/** A vendor's clock may be this far ahead of ours; what is later still is a mistake. */
const aheadMs = 3_600_000;

/** When it happened, as the vendor tells it; when we learned it, where the vendor tells nothing that could be true. */
export function momentOf(told: number, receivedAt: number): number {
  return Number.isSafeInteger(told) && told > 0 && told <= receivedAt + aheadMs ? told : receivedAt;
}

const dateAndTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/;

/** `2026-01-01 08:00:00` as the clocks of Beijing show it, UTC+8 all year round; NaN for anything else. */
export function beijingTime(text: string): number {
  const [, date, time] = dateAndTime.exec(text) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}+08:00`);
}

const beijingMs = 8 * 3_600_000;

/** `20260101`: the day that it is in Beijing. */
export function beijingDay(at: number): string {
  return new Date(at + beijingMs).toISOString().slice(0, 'yyyy-mm-dd'.length).replaceAll('-', '');
}

const utcTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** `2026-01-01T00:00:00Z`; NaN for anything else. */
export function utcMoment(text: string): number {
  return utcTime.test(text) ? Date.parse(text) : Number.NaN;
}
