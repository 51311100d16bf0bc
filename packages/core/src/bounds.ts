import type { OptOut } from './channel.ts';
import type { ChannelSetup } from './lane.ts';
import type { Kind } from './notification.ts';
import { type Problem, pointerOf } from './problem.ts';

/** A step that is not skipped, with its channel and the addresses it goes to. */
export interface BoundStep {
  readonly setup: ChannelSetup;
  readonly addresses: readonly string[];
}

/** What the bounds of the channels in a plan forbid, each fault once. `contents` are rendered, by channel; what could not be rendered is missing. */
export function boundProblems(
  kind: Kind,
  steps: readonly BoundStep[],
  contents: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  const bound = steps.filter(({ setup }) => setup.bounds !== undefined);
  if (bound.length === 0) return [];
  const problems = new Map<string, Problem>();
  for (const step of bound) {
    for (const problem of [...countryProblems(step), ...optOutProblems(step, kind, contents)])
      problems.set(`${problem.pointer} ${problem.code}`, problem);
  }
  return [...problems.values()];
}

function countryProblems({ setup: { channel, bounds }, addresses }: BoundStep): readonly Problem[] {
  const countries = bounds?.countries ?? null;
  if (countries === null || addresses.every((address) => countries.has(channel.regionOf?.(address) ?? ''))) return [];
  const pointer = pointerOf(['to', channel.addressKey]);
  const detail = `the channel ${channel.name} sends to ${[...countries].join(', ')} only`;
  return [{ pointer, code: 'country_not_allowed', detail }];
}

/** Marketing that does not tell how to stop it, where it has to. */
function optOutProblems(
  { setup: { channel, bounds }, addresses }: BoundStep,
  kind: Kind,
  contents: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  if (kind !== 'marketing' || bounds?.optOutText !== true || !(channel.name in contents)) return [];
  const missing = addresses
    .map((address): OptOut => channel.optOutOf?.(contents[channel.name], address) ?? { kind: 'needless' })
    .find((optOut) => optOut.kind === 'missing');
  return missing?.kind === 'missing' ? [{ pointer: '/content', code: 'opt_out_missing', detail: missing.detail }] : [];
}

/** The first moment from `at` on at which one of the addresses may be written to. */
export function firstOpening(kind: Kind, { setup: { bounds }, addresses }: BoundStep, at: number): number {
  if (bounds === undefined) return at;
  return Math.min(...addresses.map((address) => bounds.opensAt(kind, address, at)));
}

/**
 * When the first of these steps may begin. A notification whose first deliveries all wait for their windows is scheduled for
 * then; what is not ready when its turn comes is held when it is claimed.
 */
export function firstDue(kind: Kind, steps: readonly BoundStep[], start: number): number {
  return Math.min(...steps.map((step) => firstOpening(kind, step, start)));
}
