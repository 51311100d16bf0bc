import {
  type ChannelSetup,
  formatDuration,
  type Limited,
  type Limits,
  type NewNotification,
  pointerOf,
} from '@posthorn/core';
import type { LimitsFor } from '../limits/channel-limits.ts';
import { HttpProblem } from './problems.ts';
import { retryAfter } from './retry-after.ts';

/** Each limit by a code of its own, and where in the request the fault is; null for the address. */
const refusals: Readonly<Record<Limited['per'], { code: string; reason: string; pointer: string | null }>> = {
  address: {
    code: 'address_limited',
    reason: 'as much was sent to this address as the limits allow for now',
    pointer: null,
  },
  prefix: {
    code: 'prefix_limited',
    reason: 'as much was sent to addresses that begin like this one as the limits allow for now',
    pointer: null,
  },
  source: {
    code: 'source_limited',
    reason: 'as much was sent at the word of this network as the limits allow for now',
    pointer: '/clientIp',
  },
  hour: {
    code: 'hourly_budget_exhausted',
    reason: 'the budget of the channel for this hour is used up, or too small for this message',
    pointer: null,
  },
  day: {
    code: 'daily_budget_exhausted',
    reason: 'the budget of the channel for today is used up, or too small for this message',
    pointer: null,
  },
};

/** What a caller is told of a limit that forbids the request for now. */
export function limitedProblem(
  { code, channel, per, until }: Limited,
  channels: ReadonlyMap<string, ChannelSetup>,
  now: number,
): HttpProblem {
  const refusal = refusals[per];
  const key = channels.get(channel)?.channel.addressKey;
  const pointer = refusal.pointer ?? (key === undefined ? '/to' : pointerOf(['to', key]));
  const wait = formatDuration(Math.ceil(Math.max(until - now, 1) / 1_000) * 1_000);
  const detail = `${channel}: ${refusal.reason}; it may be sent again in ${wait}`;
  return new HttpProblem(code, detail, {
    errors: [{ pointer, code: refusal.code, detail }],
    headers: retryAfter(until, now),
  });
}

/** The limits for one command, where there are any for its kinds. */
export function limitsIn(
  notifications: readonly Pick<NewNotification, 'kind'>[],
  limitsFor: LimitsFor,
): { readonly limits?: Limits } {
  const limits = limitsFor(new Set(notifications.map(({ kind }) => kind)));
  return limits === null ? {} : { limits };
}
