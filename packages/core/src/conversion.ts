/**
 * How many codes were sent, and how many of them have been verified. Where people type their codes most are; who sends for
 * the money that a message brings its carrier ("SMS pumping") verifies none.
 */
export interface Conversion {
  readonly sent: number;
  readonly verified: number;
}

/** Whether at least so many in a hundred have been verified; of none sent, none were. */
export function converts({ sent, verified }: Conversion, percent: number): boolean {
  return sent > 0 && verified * 100 >= sent * percent;
}

/** What is compared to see whether an account's codes still reach people. Milliseconds. */
export const conversionSpans = {
  /** Codes this young may still be on their way, or in somebody's hand. */
  ripeMs: 5 * 60_000,
  /** The span that is judged ends when they were that old. */
  recentMs: 3_600_000,
  /** What it is compared to lies before it. */
  beforeMs: 24 * 3_600_000,
} as const;

/** Fewer codes than this say nothing about their share. */
const leastCodes = 50;
/** Less than this share, in a hundred, is a drop whatever was before. */
const leastPercent = 20;
/** As is less than this part of what was usual. */
const leastOfUsual = 0.5;

/** Why too few of the recent codes were verified, in words; null when enough were, or when there were too few to tell. */
export function conversionDrop(recent: Conversion, before: Conversion): string | null {
  if (recent.sent < leastCodes) return null;
  const isKnown = before.sent >= leastCodes;
  const usual = isKnown ? before.verified / before.sent : 0;
  if (converts(recent, leastPercent) && recent.verified / recent.sent >= usual * leastOfUsual) return null;
  const told = `${recent.verified} of ${recent.sent} codes of an hour were verified`;
  return isKnown ? `${told}; the day before ${Math.round(usual * 100)} in a hundred were` : told;
}
