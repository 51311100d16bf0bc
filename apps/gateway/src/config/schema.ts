import type { Result } from '@posthorn/core';
import { readRedisPlace } from '@posthorn/store-redis';
import { z } from 'zod';
import type { Path } from './problems/problem.ts';
import { readDuration, readPercent, readRate } from './units.ts';
import { readHour } from './values/hour.ts';
import { readLocale, readRegion, readTimezone } from './values/locality.ts';
import { readEgressRange, readEndpoint, readPublicUrl, readRange } from './values/network.ts';

/** Parts of the file that are promised and not carried out yet: accepting them in silence would be a lie. */
export const unsupportedYet: readonly { readonly path: Path; readonly value?: string }[] = [
  { path: ['store', 'kind'], value: 'postgres' },
  { path: ['alerts'] },
];

/** A text that means something else; `read` says what, or how to write it. */
function text<Value>(read: (text: string) => Result<Value, string>, description: string) {
  return z
    .string()
    .transform((given, context) => {
      const value = read(given);
      if (value.ok) return value.value;
      context.addIssue({ code: 'custom', message: value.failure });
      return z.NEVER;
    })
    .meta({ description });
}

/** Settings that only later features will look at: taking them does no harm, expecting something of them would. */
export const noEffectYet: readonly Path[] = [['defaults', 'locale']];

const dayMs = 24 * 3_600_000;
const filled = z.string().min(1, 'must not be empty');
const count = z.int().min(1, 'must be at least 1');
const duration = text(readDuration, 'A duration: 500ms, 20s, 10m, 2h, 7d.');
const rate = text(readRate, 'A rate: 100/s, 30/m, 1/60s.');
const percent = text(readPercent, 'A share: 20%.');
const region = text(readRegion, 'An ISO 3166-1 country: CN.');
const range = text(readRange, 'An IP address or a range: 10.0.0.0/8.');
const egressRange = text(readEgressRange, 'An IP address or a range: 10.0.0.0/8. Metadata addresses stay shut.');
const accountName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'an account is named by lower-case letters, digits and dashes, at most 64');
const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a channel is named by lower-case letters, digits and dashes, at most 32');
const weight = z.number().positive('must be more than 0').max(1_000_000);

/** The settings of every account that a channel can give for all of its accounts. */
export const sharedSettings = z.object({
  timeout: duration
    .refine((ms) => ms <= 600_000, 'must be at most 10m')
    .optional()
    .meta({ description: 'How long one attempt may take; 15s by default.' }),
  concurrency: count
    .max(10_000, 'must be at most 10000')
    .optional()
    .meta({ description: 'Most attempts at the same time; 32 by default.' }),
  rate: rate.optional().meta({ description: 'Most attempts in a span of time, 500/s; no limit by default.' }),
  onUncertain: z
    .enum(['retry', 'hold'])
    .optional()
    .meta({ description: 'What follows an attempt of unknown outcome; the provider knows its default.' }),
});

/** What every account has beside the settings of its provider. */
export const accountSettings = z.object({
  use: filled.optional().meta({ description: 'The provider; needless where the channel has only one.' }),
  endpoint: text(readEndpoint, "Another base URL than the vendor's; http only towards loopback.").optional(),
  weight: weight
    .optional()
    .meta({ description: 'Share of the first tries where the channel has no route; 1 by default.' }),
  ...sharedSettings.shape,
});

const accountOrder = z.union([
  z.array(accountName).min(1, 'must name at least one account'),
  z.strictObject({ weighted: z.record(accountName, weight) }),
]);

export const route = z.strictObject({
  default: accountOrder.optional(),
  otp: accountOrder.optional(),
  transactional: accountOrder.optional(),
  marketing: accountOrder.optional(),
});

const channelBlock = z.strictObject({
  use: filled.optional().meta({ description: 'A file beside this one or a package; needless for built-in channels.' }),
  route: route.optional(),
  accounts: z.record(accountName, z.looseObject(accountSettings.shape)),
  ...sharedSettings.shape,
});

const hour = text(readHour, 'A time of the day: 08:00.');
const rates = z.array(rate);

const channelLimits = z.strictObject({
  perNumber: rates.optional().meta({ description: 'Most messages to one address, 5/1h; another word for perAddress.' }),
  perAddress: rates.optional().meta({ description: 'Most messages to one address; [] for any number.' }),
  perSource: rates
    .optional()
    .meta({ description: 'Most messages that one network (/24 or /48) may ask for; [] for any number.' }),
  perPrefix: z
    .union([
      z.strictObject({
        digits: z.int().min(2, 'must be at least 2').max(14, 'must be at most 14'),
        limits: rates.min(1, 'must name at least one limit'),
        unlessVerified: percent.optional().meta({
          description: 'Only codes count, and they may go on while this share of them is verified: 20%.',
        }),
      }),
      z.literal(false, 'must have digits and limits, or be false'),
    ])
    .optional()
    .meta({
      description:
        'Most messages to all numbers that begin with the same digits, country code included; false for any.',
    }),
  countries: z
    .array(region)
    .min(1, 'must name at least one country')
    .optional()
    .meta({ description: 'Countries that may be written to; any by default.' }),
  hourlyBudget: count.optional().meta({ description: 'Most billed parts in an hour of the clock.' }),
  dailyBudget: count.optional().meta({ description: 'Most billed parts on a day of defaults.timezone.' }),
  marketingWindow: z
    .union([
      z
        .strictObject({ from: hour, to: hour })
        .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be later than from' }),
      z.literal(false, 'must have from and to, or be false'),
    ])
    .optional()
    .meta({ description: "When marketing may leave, in the recipient's time; false for any time." }),
  optOutText: z.boolean().optional().meta({
    description: 'Whether marketing that must tell how to stop it is refused without; true but in a sandbox.',
  }),
});

export const limits = z.object({ perKey: rate.optional(), perProject: rate.optional() }).catchall(channelLimits);

/** Long enough that nobody finds it by trying. */
const leastSecret = 32;

export const encryption = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[a-zA-Z0-9][\w.-]{0,31}$/, 'a key is named by letters, digits, ".", "_" and "-", at most 32')
          .meta({ description: 'Stands beside what the key has sealed: not to be given to another secret.' }),
        secret: z.string().min(leastSecret, `must have at least ${leastSecret} characters: openssl rand -base64 32`),
      }),
    )
    .min(1, 'must name at least one key; leave encryption out for the key of the data directory')
    .meta({
      description: 'The first seals; what an earlier one has sealed is opened with it, and sealed anew in time.',
    }),
});

/** The whole file; `posthorn config schema` prints it for editors. */
export const fileSchema = z.strictObject({
  server: z
    .strictObject({
      host: filled.default('127.0.0.1'),
      port: z.int().min(0).max(65_535, 'must be at most 65535').default(8080),
      publicUrl: text(readPublicUrl, 'Where the outside world reaches this gateway.').optional(),
      trustedProxies: z
        .array(range)
        .default([])
        .meta({ description: 'Proxies whose X-Forwarded-For tells the address of the client; none by default.' }),
      maxConnections: count
        .default(10_000)
        .meta({ description: 'Most connections at the same time; 10000 by default.' }),
      maxConnectionsPerAddress: count
        .optional()
        .meta({ description: 'Most connections of one address that is no proxy; no limit by default.' }),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      region: region.optional(),
      locale: text(readLocale, 'A language tag: zh-CN.').default('en'),
      timezone: text(readTimezone, 'An IANA time zone: Asia/Shanghai.').default('UTC'),
      channels: z.array(channelName).min(1, 'must name at least one channel').optional(),
    })
    .prefault({}),
  store: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sqlite'), path: filled.default('posthorn.db') }),
      z.strictObject({ kind: z.literal('postgres'), url: filled }),
    ])
    .prefault({ kind: 'sqlite' }),
  redis: z
    .strictObject({
      url: text(readRedisPlace, 'Where one-time codes are kept: redis://host:6379/0, rediss: over TLS.'),
    })
    .optional(),
  encryption: encryption.optional(),
  channels: z.record(channelName, channelBlock).optional(),
  limits: limits.optional(),
  egress: z
    .strictObject({
      allow: z
        .array(egressRange)
        .default([])
        .meta({ description: 'Networks beside the internet that webhooks and vendors may name; none by default.' }),
    })
    .prefault({}),
  retention: z
    .strictObject({
      content: duration.default(7 * dayMs).meta({ description: 'How long texts are kept; 7d by default.' }),
      metadata: duration.default(90 * dayMs).meta({ description: 'How long everything else is kept; 90d by default.' }),
      idempotency: duration
        .refine((ms) => ms >= dayMs, 'must be at least 24h: callers count on it')
        .default(2 * dayMs)
        .meta({ description: 'How long idempotency keys are kept; 48h by default.' }),
    })
    .refine(({ content, metadata }) => content <= metadata, {
      path: ['content'],
      message: 'must not be longer than metadata, which takes the content with it',
    })
    .prefault({}),
  alerts: z.strictObject({ to: z.array(accountName), rules: z.record(z.string(), z.unknown()).optional() }).optional(),
});

export type SharedSettings = z.output<typeof sharedSettings>;
export type AccountSettings = z.output<typeof accountSettings>;
export type ChannelLimitSettings = z.output<typeof channelLimits>;
export type RouteSettings = z.output<typeof route>;
export type FileSettings = z.output<typeof fileSchema>;

/** JSON Schema of what one writes, references not considered. */
export function fileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' });
}
