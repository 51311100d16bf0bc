import {
  type ChannelSetup,
  fail,
  guarantees,
  kinds,
  type NotifyRequest,
  nestProblem,
  ok,
  type Problem,
  parseDuration,
  pointerOf,
  priorities,
  type RequestedStep,
  type Result,
  strategies,
  untils,
  validate,
} from '@posthorn/core';
import { z } from 'zod';

/** What `POST /notify` takes, made of the configured channels: their address keys, and their own content by name. */
export interface NotifySchema {
  /** The request with every type checked, or all that is wrong with its shape (400). */
  read(body: unknown): Result<ShapedRequest, readonly Problem[]>;
}

interface ShapedRequest {
  readonly request: NotifyRequest;
  /** Fields of the contract that this version cannot carry out: pointers for a 422. */
  readonly unsupported: readonly string[];
  /** The validated body: what an idempotency key is bound to. Made when it is asked for, since few requests have a key. */
  readonly canonical: unknown;
}

export const text = (most: number) => z.string().min(1).max(most);
export const duration = z.string().transform((value, context) => {
  const ms = parseDuration(value);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'write a duration such as "20s", "10m", "2h" or "PT20S"' });
  return z.NEVER;
});
const instant = z.iso
  .datetime({ offset: true, error: 'write an RFC 3339 time such as "2026-12-01T08:00:00.000Z"' })
  .transform(Date.parse);
const accountNames = z.array(text(64)).min(1).max(20);

/** A name alone stands for a step that says nothing more; so a fault within a step is pointed at exactly. */
export const step = z.preprocess(
  (given) => (typeof given === 'string' ? { channel: given } : given),
  z.strictObject(
    {
      channel: text(32),
      accounts: accountNames.optional(),
      within: duration.optional(),
      until: z.enum(untils).optional(),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'write a channel name or {"channel": ..., "within": ..., "until": ...}' : undefined,
    },
  ),
);

const fields = {
  channels: z.array(step).min(1).optional(),
  strategy: z.enum(strategies).default('fallback'),
  content: z
    .strictObject({
      title: text(1_000).exactOptional(),
      body: text(100_000).exactOptional(),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .exactOptional(),
    })
    .optional(),
  template: text(200).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  locale: text(35).optional(),
  priority: z.enum(priorities).optional(),
  kind: z.enum(kinds).default('transactional'),
  sendAt: instant.optional(),
  expiresAt: instant.optional(),
  ttl: duration.optional(),
  guarantee: z.enum(guarantees).default('at-least-once'),
  orderingKey: text(200).optional(),
  metadata: z
    .record(z.string().min(1).max(100), z.string().max(1_000))
    .refine((entries) => Object.keys(entries).length <= 20, 'metadata has at most 20 entries')
    .default({}),
  tags: z.array(text(100)).max(20).default([]),
};

/** Fields of a request that this version only knows by name. */
const laterFields = ['template', 'data', 'locale'] as const;

/** Names that mean something in a request already: no channel may take one of them for its own content. */
export const takenNames: ReadonlySet<string> = new Set(['to', 'idempotencyKey', ...Object.keys(fields)]);

/** `to`: what every channel calls its addresses. */
export function recipientSchema(setups: readonly ChannelSetup[]) {
  const addressFields = setups.map(({ channel }) => {
    const one = z.string().max(10_000);
    return [
      channel.addressKey,
      (channel.maxAddresses === 1 ? one : z.array(one).min(1).max(channel.maxAddresses)).exactOptional(),
    ] as const;
  });
  return z.strictObject({
    recipient: text(200).optional(),
    region: z
      .string()
      .regex(/^[A-Z]{2}$/, 'an ISO country code such as "CN"')
      .optional(),
    ...Object.fromEntries(addressFields),
  });
}

export function notifySchema(channels: ReadonlyMap<string, ChannelSetup>): NotifySchema {
  const setups = [...channels.values()];
  const taken = setups.find(({ channel }) => takenNames.has(channel.name))?.channel.name;
  if (taken !== undefined) throw new Error(`a channel cannot be called "${taken}": a request has a field of that name`);
  const to = recipientSchema(setups);
  const own = Object.fromEntries(
    setups.map(({ channel }) => [channel.name, z.record(z.string(), z.unknown()).optional()]),
  );
  const schema = z.strictObject({ to, ...fields, ...own });

  return {
    read(body) {
      const shape = validate(schema, body);
      const problems = shape.ok ? [] : [...shape.failure];
      const owned = readOwn(setups, body, problems);
      if (!shape.ok || problems.length > 0) return fail(problems);
      const value = shape.value;
      const { recipient, region, ...addresses } = value.to as Readonly<Record<string, string | string[]>>;
      const unsupported = recipient === undefined ? [] : ['/to/recipient'];
      for (const key of laterFields) if (value[key] !== undefined) unsupported.push(pointerOf([key]));
      return ok({
        unsupported,
        get canonical() {
          return { ...value, own: owned };
        },
        request: {
          addresses,
          region: typeof region === 'string' ? region : null,
          channels: value.channels?.map(requestedStep) ?? null,
          strategy: value.strategy,
          content: value.content ?? {},
          own: owned,
          priority: value.priority ?? null,
          kind: value.kind,
          sendAt: value.sendAt ?? null,
          expiresAt: value.expiresAt ?? null,
          ttlMs: value.ttl ?? null,
          guarantee: value.guarantee,
          orderingKey: value.orderingKey ?? null,
          metadata: value.metadata,
          tags: value.tags,
        },
      });
    },
  };
}

/** Each channel's own content, by the channel's own schema; problems point into the whole request. */
function readOwn(
  setups: readonly ChannelSetup[],
  body: unknown,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const own: Record<string, unknown> = {};
  if (typeof body !== 'object' || body === null) return own;
  for (const { channel } of setups) {
    const given = Object.hasOwn(body, channel.name) ? (body as Record<string, unknown>)[channel.name] : undefined;
    if (typeof given !== 'object' || given === null || Array.isArray(given)) continue;
    const checked = validate(channel.content, given);
    if (checked.ok) own[channel.name] = checked.value;
    else problems.push(...checked.failure.map((problem) => nestProblem(pointerOf([channel.name]), problem)));
  }
  return own;
}

export function requestedStep({ channel, accounts, within, until }: z.output<typeof step>): RequestedStep {
  return { channel, accounts: accounts ?? null, withinMs: within ?? null, until: until ?? null };
}
