import {
  type ChannelSetup,
  fail,
  ok,
  type Problem,
  pointerOf,
  type RequestedStep,
  type Result,
  validate,
} from '@posthorn/core';
import { z } from 'zod';
import { duration, recipientSchema, requestedStep, step, text } from '../http/notify-schema.ts';
import { sourceNetwork } from '../limits/source-network.ts';
import { codeLengths } from './code-digits.ts';

/** What `POST /otp/send` takes, shape and rules checked but for the addresses. */
export interface SendRequest {
  /** By the channels' address keys, as the caller spelt them. */
  readonly addresses: Spellings;
  readonly region: string | null;
  readonly channels: readonly RequestedStep[] | null;
  readonly purpose: string;
  readonly length: number;
  readonly ttlMs: number;
  /** Null for that of the config's country. */
  readonly locale: string | null;
  /** The IP address of whoever asked the caller for the code. */
  readonly clientIp: string | null;
}

export type VerifyRequest =
  | { readonly by: 'id'; readonly id: string; readonly code: string }
  | {
      readonly by: 'address';
      readonly addresses: Spellings;
      readonly region: string | null;
      readonly purpose: string;
      readonly code: string;
    };

export type Spellings = Readonly<Record<string, string | readonly string[]>>;

export interface OtpSchema {
  /** The request, and the rules that it breaks (422); or all that is wrong with its shape (400). */
  readSend(body: unknown): Result<Ruled<SendRequest>, readonly Problem[]>;
  readVerify(body: unknown): Result<Ruled<VerifyRequest>, readonly Problem[]>;
}

export interface Ruled<Request> {
  readonly request: Request;
  readonly broken: readonly Problem[];
  /** Fields of the contract that this version cannot carry out. */
  readonly unsupported: readonly string[];
}

/** NIST SP 800-63B: an out-of-band code lives for ten minutes at most. */
const longestTtlMs = 600_000;
const usualTtlMs = 300_000;

const purpose = text(64);
const locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'write a language tag such as "zh-CN" or "en"');
const clientIp = z
  .string()
  .refine((value) => sourceNetwork(value) !== null, 'write an IP address such as "203.0.113.7"');

export function otpSchema(channels: ReadonlyMap<string, ChannelSetup>): OtpSchema {
  const to = recipientSchema([...channels.values()]);
  const send = z.strictObject({
    to,
    channels: z.array(step).min(1).optional(),
    purpose,
    length: z.int().min(codeLengths.least).max(codeLengths.most).default(codeLengths.usual),
    ttl: duration.default(usualTtlMs),
    template: text(200).optional(),
    locale: locale.optional(),
    clientIp: clientIp.optional(),
  });
  const verify = z
    .strictObject({
      id: z.string().max(100).optional(),
      to: to.optional(),
      purpose: purpose.optional(),
      code: text(64),
    })
    .refine(({ id, to, purpose }) => (id === undefined ? to !== undefined && purpose !== undefined : !to && !purpose), {
      error: 'give either the id that /otp/send has answered with, or to and purpose',
    });

  return {
    readSend(body) {
      const shape = validate(send, body);
      if (!shape.ok) return shape;
      const { ttl, template, channels: steps, clientIp = null, locale = null, purpose, length } = shape.value;
      const { addresses, region, unsupported } = recipientOf(shape.value.to);
      const request = {
        addresses,
        region,
        channels: steps?.map(requestedStep) ?? null,
        purpose,
        length,
        ttlMs: ttl,
        locale,
        clientIp,
      };
      const later = template === undefined ? unsupported : [...unsupported, '/template'];
      return ok({ request, unsupported: later, broken: brokenRules(request) });
    },
    readVerify(body) {
      const shape = validate(verify, body);
      if (!shape.ok) return shape;
      const { id, to, purpose = '', code } = shape.value;
      if (id !== undefined) return ok({ request: { by: 'id', id, code }, broken: [], unsupported: [] });
      const { addresses, region, unsupported } = recipientOf(to ?? {});
      const request = { by: 'address', addresses, region, purpose, code } as const;
      if (unsupported.length > 0 || Object.keys(addresses).length > 0) return ok({ request, broken: [], unsupported });
      return fail([{ pointer: '/to', code: 'required', detail: 'give the address that the code was sent to' }]);
    },
  };
}

/** A recipient that is stored by name is for later. */
function recipientOf(to: Readonly<Record<string, unknown>>) {
  const { recipient, region, ...addresses } = to;
  return {
    addresses: addresses as Spellings,
    region: typeof region === 'string' ? region : null,
    unsupported: recipient === undefined ? [] : ['/to/recipient'],
  };
}

function brokenRules({ ttlMs, channels }: Pick<SendRequest, 'ttlMs' | 'channels'>): readonly Problem[] {
  const broken = (channels ?? []).flatMap(({ until }, place) => {
    if (until === null || until === 'verified') return [];
    const detail = 'a step of a one-time code lasts until it is verified: leave until out';
    return [{ pointer: pointerOf(['channels', place, 'until']), code: 'unsupported', detail }];
  });
  if (ttlMs <= longestTtlMs) return broken;
  return [{ pointer: '/ttl', code: 'too_long', detail: 'a one-time code is valid for 10 minutes at most' }, ...broken];
}
