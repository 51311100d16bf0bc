import { idDigits, type OutgoingDelivery, type Priority } from '@posthorn/core';
import type { Content } from '../content.ts';
import { longestTtlSeconds } from './schema.ts';

/**
 * How urgently each platform is told to deliver. For `normal` nothing is said: the vendor then wakes the device for what is
 * shown and waits with pure data, and that is what callers expect who never thought about it.
 */
const urgencies: Readonly<Record<Priority, Urgency | null>> = {
  critical: { android: 'high', apns: '10', webpush: 'high' },
  high: { android: 'high', apns: '10', webpush: 'high' },
  normal: null,
  bulk: { android: 'normal', apns: '5', webpush: 'low' },
};
interface Urgency {
  readonly android: 'high' | 'normal';
  readonly apns: '10' | '5';
  readonly webpush: 'high' | 'low';
}

/** What is the same on all platforms, before the content's own words for each of them. */
export interface Delivering {
  readonly content: Content;
  /** Something is shown; else the message is data for the app alone. */
  readonly visible: boolean;
  /** Values for the app, the link among them. */
  readonly data: Readonly<Record<string, string>>;
  readonly urgency: Urgency | null;
  readonly ttlSeconds: number | null;
  /** The same for all attempts of a notification, so that a resend replaces what it repeats. */
  readonly key: string;
  readonly now: number;
}

export function deliveringOf({ content, ...delivery }: OutgoingDelivery<Content>, now: number): Delivering {
  return {
    content,
    visible: content.title !== undefined || content.body !== undefined,
    data: { ...(content.url === undefined ? {} : { url: content.url }), ...content.data },
    urgency: urgencies[delivery.priority],
    ttlSeconds: ttlOf(content, delivery.expiresAt, now),
    key: content.collapseKey ?? idDigits(delivery.notification),
    now,
  };
}

/** The shorter of what the content asks for and what is left until the message expires; null leaves it to the vendor. */
function ttlOf(content: Content, expiresAt: number | null, now: number): number | null {
  const left = expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 1_000));
  const wanted = [content.ttl, left].filter((seconds) => typeof seconds === 'number');
  return wanted.length === 0 ? null : Math.min(...wanted, longestTtlSeconds);
}
