import type { Kind } from './notification.ts';
import type { StrikePolicy } from './pruning.ts';

/**
 * Why an address gets nothing. The order is that of the store's numbers.
 * `manual` an operator said so · `bounced` its vendor will never deliver there · `unreachable` it failed too often of late ·
 * `complaint` its owner called a message spam · `unsubscribed` its owner asked to get no more advertising.
 */
export const suppressionReasons = ['manual', 'bounced', 'unreachable', 'complaint', 'unsubscribed'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

const dayMs = 24 * 3_600_000;

/** So many deliveries that failed softly within this time keep an address from everything for a while. */
export const softStrikes: StrikePolicy = { most: 3, apartMs: 0, withinMs: 7 * dayMs, restMs: 7 * dayMs };

/** What a suppression keeps back: a bad address, or one whose owner complained, everything; who wants no advertising gets the rest. */
export function suppressedKind(reason: Exclude<SuppressionReason, 'manual'>): Kind | null {
  return reason === 'unsubscribed' ? 'marketing' : null;
}

/** What a step, or a delivery, that is left out because of it says. */
export function skipReason(reason: SuppressionReason): 'opted_out' | 'suppressed' {
  return reason === 'unsubscribed' ? 'opted_out' : 'suppressed';
}
