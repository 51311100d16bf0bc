const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A century: what is longer is a slip of the pen, and added to a date it would be none. */
const longestMs = 36_525 * unitMs.d;
const short = /^(\d{1,9})(ms|s|m|h|d)$/;
const iso = /^P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$/;

/** Milliseconds of `"20s"`, `"10m"`, `"2h"`, `"7d"` or ISO 8601 `PT20S`, `P1DT12H`; null when it is neither, zero, or more than a century. */
export function parseDuration(text: string): number | null {
  return sensible(parseShort(text) ?? parseIso(text));
}

function parseShort(text: string): number | null {
  const [, amount, unit] = short.exec(text) ?? [];
  return amount === undefined ? null : Number(amount) * unitMs[unit as keyof typeof unitMs];
}

function parseIso(text: string): number | null {
  const match = iso.exec(text);
  if (!match) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return days * unitMs.d + hours * unitMs.h + minutes * unitMs.m + seconds * unitMs.s;
}

function sensible(ms: number | null): number | null {
  return ms !== null && ms > 0 && ms <= longestMs ? ms : null;
}

/** `90000` as `1m 30s`: for sentences and tables, at most two units. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1_000) * 1_000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(rest / unitMs[unit]);
    rest -= amount * unitMs[unit];
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}
