import type { Delivering } from '../../platform/delivering.ts';
import { longestTtlSeconds } from '../../platform/schema.ts';
import { webHeadersOf } from '../../platform/web.ts';

/** The headers by which a push service handles a message. It wants a TTL in any case (RFC 8030, section 5.2). */
export function headersOf(delivering: Delivering): Readonly<Record<string, string>> {
  return { TTL: String(longestTtlSeconds), ...webHeadersOf(delivering) };
}

/**
 * The JSON that the site's service worker gets: what `showNotification` takes, the values for the app, and the number for
 * `setAppBadge`. The tag makes a resend replace what it repeats, also where both have arrived.
 */
export function payloadOf({ content, visible, data, key }: Delivering): string {
  const { title, body, image, badge, webpush } = content;
  const link = webpush?.fcmOptions?.link;
  const all = { ...data, ...(link === undefined ? {} : { url: link }), ...webpush?.data };
  const shown = {
    tag: key,
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(image === undefined ? {} : { image }),
    ...webpush?.notification,
  };
  return JSON.stringify({
    ...(visible || webpush?.notification !== undefined ? { notification: shown } : {}),
    ...(Object.keys(all).length === 0 ? {} : { data: all }),
    ...(badge === undefined ? {} : { badge }),
  });
}
