import { createHash } from 'node:crypto';
import type { Content } from '../content.ts';
import type { Delivering } from './delivering.ts';

export type WebHeaders = NonNullable<NonNullable<Content['webpush']>['headers']>;

/** The headers of RFC 8030 that a browser's push service goes by. */
export function webHeadersOf({ content, urgency, ttlSeconds, key }: Delivering): WebHeaders {
  return {
    Topic: topicOf(key),
    ...(urgency === null ? {} : { Urgency: urgency.webpush }),
    ...(ttlSeconds === null ? {} : { TTL: String(ttlSeconds) }),
    ...content.webpush?.headers,
  };
}

/** RFC 8030, section 5.4 allows 32 base64url characters: an id fits as it is, any other key becomes its digest. */
function topicOf(key: string): string {
  return /^[A-Za-z0-9_-]{1,32}$/.test(key) ? key : createHash('sha256').update(key).digest('base64url').slice(0, 32);
}
