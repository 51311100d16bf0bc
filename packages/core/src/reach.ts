import type { Addresses } from './addresses.ts';
import { type BoundStep, firstOpening } from './bounds.ts';
import type { ChannelSetup } from './lane.ts';
import type { Kind } from './notification.ts';
import type { SkippedStep } from './outbox.ts';
import type { PlanStep } from './plan.ts';
import type { Problem } from './problem.ts';
import { type SuppressionReason, skipReason } from './suppression.ts';
import { reachableBy } from './taker.ts';

/** Why an address of a channel must not get a notification of this kind; null when it may. */
export type Suppressions = (channel: string, address: string, kind: Kind) => SuppressionReason | null;

/** A step that reaches somebody. */
export interface RoutedStep extends BoundStep {
  readonly step: number;
  readonly channel: string;
}

interface Reach {
  readonly addresses: Addresses;
  readonly times: { readonly start: number; readonly expiresAt: number | null };
  readonly tools: { readonly channels: ReadonlyMap<string, ChannelSetup> };
  /** Null while no address is suppressed. */
  readonly suppressions: Suppressions | null;
}

/**
 * The steps that reach somebody, and the others with their reasons. Of several addresses of a step those that are suppressed
 * are left out; a step of which nothing is left is skipped, and so is one that would expire before it may begin.
 */
export function reachedSteps(kind: Kind, steps: readonly PlanStep[], reach: Reach) {
  const { addresses, tools, suppressions } = reach;
  const { start, expiresAt } = reach.times;
  const routed: RoutedStep[] = [];
  const skipped: SkippedStep[] = [];
  steps.forEach(({ channel, accounts }, step) => {
    const setup = tools.channels.get(channel);
    if (setup === undefined) return;
    const named = reachableBy(setup, accounts, kind, addresses.get(channel) ?? []);
    const reasons = suppressions === null ? [] : named.map((address) => suppressions(channel, address, kind));
    const reachable = reasons.length === 0 ? named : named.filter((_address, place) => reasons[place] === null);
    const reached = { setup, addresses: reachable };
    const late = () => expiresAt !== null && expiresAt > start && firstOpening(kind, reached, start) >= expiresAt;
    if (reachable.length === 0) {
      const [reason] = reasons;
      skipped.push({ step, channel, reason: reason == null ? 'no_address' : skipReason(reason) });
    } else if (late()) skipped.push({ step, channel, reason: 'outside_window' });
    else routed.push({ step, channel, ...reached });
  });
  return { routed, skipped };
}

/** Nobody is reached: what the caller can do about it. */
export function noRoute({ ttlMs }: { readonly ttlMs: number | null }, skipped: readonly SkippedStep[]): Problem {
  const channels = (which: (reason: string) => boolean) =>
    [...new Set(skipped.filter(({ reason }) => which(reason)).map(({ channel }) => channel))].join(', ');
  const late = channels((reason) => reason === 'outside_window');
  if (late !== '') {
    const detail = `it expires before the recipient's window for marketing by ${late} opens`;
    return { pointer: ttlMs === null ? '/expiresAt' : '/ttl', code: 'no_route', detail };
  }
  const missing = channels((reason) => reason === 'no_address');
  const forbidden = channels((reason) => reason !== 'no_address');
  const details = [
    ...(missing === '' ? [] : [`"to" has no address for ${missing}`]),
    ...(forbidden === '' ? [] : [`the address for ${forbidden} is suppressed`]),
  ];
  const detail = details.length === 0 ? 'no channel of this project has an address in "to"' : details.join('; ');
  return { pointer: '/to', code: 'no_route', detail };
}
