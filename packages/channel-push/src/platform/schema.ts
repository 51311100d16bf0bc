import { z } from 'zod';

/**
 * What a message may say for one platform alone: the fields of firebase-admin's `AndroidConfig`, `ApnsConfig` and
 * `WebpushConfig` (firebase.google.com/docs/reference/fcm/rest/v1/projects.messages), with their camelCase names.
 * They are written out instead of passed through, so that a misspelt one is refused here and not ignored by a telephone.
 * Seconds everywhere, also where the SDK counts milliseconds.
 */

const text = z.string().min(1);
const localisedArguments = z.array(z.string()).min(1).max(20);

/** Keys that FCM uses itself (firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, "Invalid data key"). */
const freeDataKey = z.string().regex(/^(?!(?:from|message_type|gcm)$|gcm\.|google\.)[\s\S]+$/);

export const dataSchema = z
  .record(freeDataKey, z.string(), {
    error: (issue) =>
      issue.code === 'invalid_key'
        ? 'FCM keeps the keys "from", "message_type" and what begins with "gcm." or "google." to itself'
        : undefined,
  })
  .describe('values for the app; all of them strings');

/** FCM refuses a longer one: four weeks. */
export const longestTtlSeconds = 28 * 86_400;
export const ttlSchema = z
  .int()
  .min(0)
  .max(longestTtlSeconds)
  .describe('seconds for which the vendor keeps the message for a device that is offline; 0: now or never');

/** At most 64 bytes, as apns-collapse-id allows, and safe in an HTTP header. */
export const collapseKeySchema = z.string().regex(/^[\x21-\x7e]{1,64}$/);
export const imageSchema = z.url({ protocol: /^https$/ });
const analyticsLabel = z.string().regex(/^[a-zA-Z0-9\-_.~%]{1,50}$/);

export const androidSchema = z.strictObject({
  priority: z.enum(['normal', 'high']).exactOptional(),
  ttl: ttlSchema.exactOptional(),
  collapseKey: collapseKeySchema.exactOptional(),
  restrictedPackageName: text.exactOptional(),
  directBootOk: z.boolean().exactOptional(),
  data: dataSchema.exactOptional(),
  notification: z
    .strictObject({
      title: text.exactOptional(),
      body: text.exactOptional(),
      icon: text.exactOptional(),
      color: z
        .string()
        .regex(/^#[0-9a-fA-F]{6}$/)
        .exactOptional(),
      sound: text.exactOptional(),
      tag: text.exactOptional(),
      imageUrl: imageSchema.exactOptional(),
      clickAction: text.exactOptional(),
      channelId: text.exactOptional(),
      ticker: text.exactOptional(),
      sticky: z.boolean().exactOptional(),
      localOnly: z.boolean().exactOptional(),
      priority: z.enum(['min', 'low', 'default', 'high', 'max']).exactOptional(),
      visibility: z.enum(['private', 'public', 'secret']).exactOptional(),
      notificationCount: z.int().min(0).exactOptional(),
      defaultSound: z.boolean().exactOptional(),
      defaultVibrateTimings: z.boolean().exactOptional(),
      defaultLightSettings: z.boolean().exactOptional(),
      titleLocKey: text.exactOptional(),
      titleLocArgs: localisedArguments.exactOptional(),
      bodyLocKey: text.exactOptional(),
      bodyLocArgs: localisedArguments.exactOptional(),
    })
    .exactOptional(),
  fcmOptions: z.strictObject({ analyticsLabel }).exactOptional(),
});

const alertSchema = z.strictObject({
  title: text.exactOptional(),
  subtitle: text.exactOptional(),
  body: text.exactOptional(),
  locKey: text.exactOptional(),
  locArgs: localisedArguments.exactOptional(),
  titleLocKey: text.exactOptional(),
  titleLocArgs: localisedArguments.exactOptional(),
  subtitleLocKey: text.exactOptional(),
  subtitleLocArgs: localisedArguments.exactOptional(),
  launchImage: text.exactOptional(),
});

const criticalSoundSchema = z.strictObject({
  name: text,
  critical: z.boolean().exactOptional(),
  volume: z.number().min(0).max(1).exactOptional(),
});

export const apnsSchema = z.strictObject({
  headers: z
    .strictObject({
      'apns-priority': z.enum(['1', '5', '10']).exactOptional(),
      'apns-expiration': z
        .string()
        .regex(/^\d{1,12}$/)
        .exactOptional(),
      'apns-collapse-id': collapseKeySchema.exactOptional(),
      'apns-push-type': z.enum(['alert', 'background']).exactOptional(),
      'apns-topic': z
        .string()
        .regex(/^[A-Za-z0-9.-]{1,255}$/)
        .exactOptional(),
    })
    .exactOptional(),
  payload: z
    .strictObject({
      aps: z.strictObject({
        alert: z.union([text, alertSchema]).exactOptional(),
        badge: z.int().min(0).exactOptional(),
        sound: z.union([text, criticalSoundSchema]).exactOptional(),
        contentAvailable: z.boolean().exactOptional(),
        mutableContent: z.boolean().exactOptional(),
        category: text.exactOptional(),
        threadId: text.exactOptional(),
      }),
    })
    .exactOptional(),
  fcmOptions: z
    .strictObject({ analyticsLabel: analyticsLabel.exactOptional(), imageUrl: imageSchema.exactOptional() })
    .exactOptional(),
});

export const webpushSchema = z.strictObject({
  headers: z
    .strictObject({
      TTL: z
        .string()
        .regex(/^\d{1,10}$/)
        .exactOptional(),
      Urgency: z.enum(['very-low', 'low', 'normal', 'high']).exactOptional(),
      // RFC 8030, section 5.4
      Topic: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,32}$/)
        .exactOptional(),
    })
    .exactOptional(),
  data: dataSchema.exactOptional(),
  notification: z
    .strictObject({
      title: text.exactOptional(),
      body: text.exactOptional(),
      icon: text.exactOptional(),
      badge: text.exactOptional(),
      image: text.exactOptional(),
      tag: text.exactOptional(),
      lang: text.exactOptional(),
      dir: z.enum(['auto', 'ltr', 'rtl']).exactOptional(),
      renotify: z.boolean().exactOptional(),
      requireInteraction: z.boolean().exactOptional(),
      silent: z.boolean().exactOptional(),
      timestamp: z.int().min(0).exactOptional(),
      vibrate: z.array(z.int().min(0)).min(1).max(20).exactOptional(),
      actions: z
        .array(z.strictObject({ action: text, title: text, icon: text.exactOptional() }))
        .min(1)
        .max(10)
        .exactOptional(),
    })
    .exactOptional(),
  fcmOptions: z.strictObject({ link: z.url({ protocol: /^https$/ }) }).exactOptional(),
});
