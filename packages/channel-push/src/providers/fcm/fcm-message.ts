import type { OutgoingDelivery } from '@posthorn/core';
import type { AndroidConfig, ApnsConfig, TokenMessage, WebpushConfig } from 'firebase-admin/messaging';
import type { Content } from '../../content.ts';
import { appleHeadersOf, apsOf } from '../../platform/apple.ts';
import { type Delivering, deliveringOf } from '../../platform/delivering.ts';
import { webHeadersOf } from '../../platform/web.ts';

/** The one message for one token, in the SDK's words. What the content says for a platform wins over everything derived here. */
export function messageOf(delivery: OutgoingDelivery<Content>, now: number): TokenMessage {
  const { title, body, image } = delivery.content;
  const delivering = deliveringOf(delivery, now);
  const { visible, data } = delivering;
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
    android: androidOf(delivering),
    apns: apnsOf(delivering),
    webpush: webpushOf(delivering),
  };
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

function apnsOf(delivering: Delivering): ApnsConfig {
  const { headers: _headers, payload: _payload, ...own } = delivering.content.apns ?? {};
  const aps = apsOf(delivering);
  return {
    headers: { ...appleHeadersOf(delivering) },
    ...(Object.keys(aps).length === 0 ? {} : { payload: { aps } }),
    ...own,
  };
}

function webpushOf(delivering: Delivering): WebpushConfig {
  const { url, webpush } = delivering.content;
  const { headers: _headers, ...own } = webpush ?? {};
  return {
    headers: { ...webHeadersOf(delivering) },
    ...(url?.startsWith('https://') ? { fcmOptions: { link: url } } : {}),
    ...own,
  };
}
