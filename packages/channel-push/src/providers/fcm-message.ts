import { createHash } from 'node:crypto';
import { idDigits, type OutgoingDelivery, type Priority } from '@posthorn/core';
import type { AndroidConfig, ApnsConfig, TokenMessage, WebpushConfig } from 'firebase-admin/messaging';
import type { Content } from '../content.ts';
import { longestTtlSeconds } from '../platforms.ts';

/**
 * How urgently each platform is told to deliver. For `normal` nothing is said: FCM then wakes the device for what is
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

/** What is the same on all three platforms, before the content's own words for each of them. */
interface Delivering {
  readonly content: Content;
  /** Something is shown; else the message is data for the app alone. */
  readonly visible: boolean;
  readonly urgency: Urgency | null;
  readonly ttlSeconds: number | null;
  /** The same for all attempts of a notification, so that a resend replaces what it repeats. */
  readonly key: string;
  readonly now: number;
}

/** The one message for one token, in the SDK's words. What the content says for a platform wins over everything derived here. */
export function messageOf(delivery: OutgoingDelivery<Content>, now: number): TokenMessage {
  const { content } = delivery;
  const { title, body, image } = content;
  const visible = title !== undefined || body !== undefined;
  const facts: Delivering = {
    content,
    visible,
    urgency: urgencies[delivery.priority],
    ttlSeconds: ttlOf(content, delivery.expiresAt, now),
    key: content.collapseKey ?? idDigits(delivery.notification),
    now,
  };
  const data = { ...(content.url === undefined ? {} : { url: content.url }), ...content.data };
  return {
    token: delivery.address,
    ...(visible
      ? {
          notification: {
            ...(title === undefined ? {} : { title }),
            ...(body === undefined ? {} : { body }),
            ...(image === undefined ? {} : { imageUrl: image }),
          },
        }
      : {}),
    ...(Object.keys(data).length === 0 ? {} : { data }),
    android: androidOf(facts),
    apns: apnsOf(facts),
    webpush: webpushOf(facts),
  };
}

/** The shorter of what the content asks for and what is left until the message expires; null leaves it to the vendor. */
function ttlOf(content: Content, expiresAt: number | null, now: number): number | null {
  const left = expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 1_000));
  const wanted = [content.ttl, left].filter((seconds) => typeof seconds === 'number');
  return wanted.length === 0 ? null : Math.min(...wanted, longestTtlSeconds);
}

/**
 * On Android a resend replaces by `tag`, in the drawer. A collapse key is set only when the content names one: FCM keeps
 * four of them for a device that is offline, so a fresh one for every notification would lose the fifth
 * (firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types).
 */
function androidOf({ content, visible, urgency, ttlSeconds, key }: Delivering): AndroidConfig {
  const { ttl: ownTtl, notification, ...own } = content.android ?? {};
  const seconds = ownTtl ?? ttlSeconds;
  return {
    ...(urgency === null ? {} : { priority: urgency.android }),
    ...(content.collapseKey === undefined ? {} : { collapseKey: content.collapseKey }),
    ...(seconds === null ? {} : { ttl: seconds * 1_000 }),
    ...own,
    ...(visible
      ? {
          notification: {
            tag: key,
            ...(content.sound === undefined ? {} : { sound: content.sound }),
            ...notification,
          },
        }
      : notification === undefined
        ? {}
        : { notification }),
  };
}

/** Data for an iOS app has to go out with priority 5 and content-available, else APNs drops it. */
function apnsOf({ content, visible, urgency, ttlSeconds, key, now }: Delivering): ApnsConfig {
  const { headers, payload, ...own } = content.apns ?? {};
  const priority = visible ? urgency?.apns : '5';
  const aps = {
    ...(content.sound === undefined || !visible ? {} : { sound: content.sound }),
    ...(content.badge === undefined ? {} : { badge: content.badge }),
    ...(visible ? {} : { contentAvailable: true }),
    ...payload?.aps,
  };
  return {
    headers: {
      'apns-collapse-id': key,
      ...(priority === undefined ? {} : { 'apns-priority': priority }),
      ...(ttlSeconds === null
        ? {}
        : { 'apns-expiration': ttlSeconds === 0 ? '0' : String(Math.floor(now / 1_000) + ttlSeconds) }),
      ...headers,
    },
    ...(Object.keys(aps).length === 0 ? {} : { payload: { aps } }),
    ...own,
  };
}

function webpushOf({ content, urgency, ttlSeconds, key }: Delivering): WebpushConfig {
  const { headers, ...own } = content.webpush ?? {};
  const link = content.url?.startsWith('https://') ? { fcmOptions: { link: content.url } } : {};
  return {
    headers: {
      Topic: topicOf(key),
      ...(urgency === null ? {} : { Urgency: urgency.webpush }),
      ...(ttlSeconds === null ? {} : { TTL: String(ttlSeconds) }),
      ...headers,
    },
    ...link,
    ...own,
  };
}

/** RFC 8030, section 5.4 allows 32 base64url characters: an id fits as it is, any other key becomes its digest. */
function topicOf(key: string): string {
  return /^[A-Za-z0-9_-]{1,32}$/.test(key) ? key : createHash('sha256').update(key).digest('base64url').slice(0, 32);
}
