import { type Cost, fail, type NeutralContent, ok, type Problem, type Result } from '@posthorn/core';
import { z } from 'zod';
import {
  androidSchema,
  apnsSchema,
  collapseKeySchema,
  dataSchema,
  imageSchema,
  ttlSchema,
  webpushSchema,
} from './platform/schema.ts';

/** What a push message says. Every field is optional: title, body and url come from the neutral content when they are not here. */
export const contentSchema = z.strictObject({
  title: z.string().min(1).exactOptional(),
  body: z.string().min(1).exactOptional(),
  url: z
    .url({ protocol: /^(?!(?:javascript|data|vbscript|file)$)/ })
    .describe('what a tap opens: a web address, or a deep link of the app; native apps find it in data.url')
    .exactOptional(),
  data: dataSchema.exactOptional(),
  collapseKey: collapseKeySchema
    .describe('a later message with the same key takes the place of an earlier one; by default only a resend does')
    .exactOptional(),
  ttl: ttlSchema.exactOptional(),
  sound: z.string().min(1).describe('"default", or the name of a sound file in the app').exactOptional(),
  badge: z.int().min(0).describe('the number on the icon (iOS); 0 takes it away').exactOptional(),
  image: imageSchema.exactOptional(),
  android: androidSchema.exactOptional(),
  apns: apnsSchema.exactOptional(),
  webpush: webpushSchema.exactOptional(),
});

export type Content = z.infer<typeof contentSchema>;

/** "4096 bytes for most messages. This includes both the keys and the values" (FCM v1 ErrorCode, INVALID_ARGUMENT). */
const payloadLimit = 4_096;

export function render(neutral: NeutralContent, own: Partial<Content>): Result<Content, readonly Problem[]> {
  const content: Content = { ...neutral, ...own };
  if (content.title === undefined && content.body === undefined && Object.keys(content.data ?? {}).length === 0) {
    return fail([
      { pointer: '/content', code: 'content_missing', detail: 'a push message needs a title, a body or data' },
    ]);
  }
  const bytes = payloadBytes(content);
  if (bytes > payloadLimit) {
    const detail = `the message has ${bytes} bytes, and push services take ${payloadLimit}`;
    return fail([{ pointer: heaviestPart(neutral, content), code: 'payload_too_large', detail }]);
  }
  return ok(content);
}

export function measure(content: Content): Cost {
  return { parts: 1, detail: `${payloadBytes(content)} of ${payloadLimit} bytes` };
}

/** One device belongs to one platform, so only the largest of the three counts. FCM's own count has the last word. */
function payloadBytes(content: Content): number {
  const { title, body, url, image, data, android, apns, webpush } = content;
  return bytesOf({ title, body, url, image, data }) + Math.max(...[android, apns, webpush].map(bytesOf));
}

/** UTF-8 bytes of all keys and values. */
function bytesOf(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(String(value));
  return Object.entries(value).reduce(
    (sum, [key, part]) => sum + (part === undefined ? 0 : Buffer.byteLength(key) + bytesOf(part)),
    0,
  );
}

/** Where in the request to save bytes first. */
function heaviestPart(neutral: NeutralContent, content: Content): string {
  const parts = (['title', 'body', 'url', 'image', 'data', 'android', 'apns', 'webpush'] as const).map((key) => ({
    pointer:
      key in neutral && content[key] === neutral[key as keyof NeutralContent] ? `/content/${key}` : `/push/${key}`,
    bytes: bytesOf(content[key]),
  }));
  return parts.reduce((heaviest, part) => (part.bytes > heaviest.bytes ? part : heaviest)).pointer;
}
