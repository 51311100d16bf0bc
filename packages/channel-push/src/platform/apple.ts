import type { Content } from '../content.ts';
import type { Delivering } from './delivering.ts';

type AppleContent = NonNullable<Content['apns']>;
export type AppleHeaders = NonNullable<AppleContent['headers']>;
export type Aps = NonNullable<AppleContent['payload']>['aps'];

/** Data for an iOS app has to go out with priority 5 and content-available, else APNs drops it. */
export function appleHeadersOf({ content, visible, urgency, ttlSeconds, key, now }: Delivering): AppleHeaders {
  const priority = visible ? urgency?.apns : '5';
  return {
    'apns-collapse-id': key,
    ...(priority === undefined ? {} : { 'apns-priority': priority }),
    ...(ttlSeconds === null
      ? {}
      : { 'apns-expiration': ttlSeconds === 0 ? '0' : String(Math.floor(now / 1_000) + ttlSeconds) }),
    ...content.apns?.headers,
  };
}

/** What is said to an iPhone beside title and text. */
export function apsOf({ content, visible }: Delivering): Aps {
  return {
    ...(content.sound === undefined || !visible ? {} : { sound: content.sound }),
    ...(content.badge === undefined ? {} : { badge: content.badge }),
    ...(visible ? {} : { contentAvailable: true }),
    ...content.apns?.payload?.aps,
  };
}
