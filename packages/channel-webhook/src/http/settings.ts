import { z } from 'zod';
import { bodyTemplate } from '../content.ts';
import { secretKey } from './signature.ts';

const mostHeaders = 20;
/** A token of RFC 9110, 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** Visible ASCII, with spaces within: nothing that could end the line. */
const headerValue = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** Headers of the connection, of the body and of the signature: whoever sets them breaks what they say. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'expect', 'host', 'content-length', 'content-encoding', 'accept-encoding'],
]);

const headers = z.record(z.string(), z.string().max(4_000)).superRefine((given, context) => {
  const names = Object.keys(given).map((name) => name.toLowerCase());
  if (names.length > mostHeaders) context.addIssue({ code: 'custom', message: `at most ${mostHeaders} headers` });
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    const fault = !headerName.test(name)
      ? 'this is not the name of a header'
      : ownHeaders.has(lower) || lower.startsWith('webhook-')
        ? 'this header is set by the connection or the signature: leave it out'
        : names.indexOf(lower) !== names.lastIndexOf(lower)
          ? 'this header stands here twice'
          : headerValue.test(value)
            ? null
            : 'a header has visible ASCII characters only';
    if (fault !== null) context.addIssue({ code: 'custom', path: [name], message: fault });
  }
});

const success = z.strictObject({
  status: z.array(z.int().min(200).max(599)).min(1).describe('statuses of success; every 2xx when left out').optional(),
  json: z
    .record(
      z.string().regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a JSON pointer such as /errcode'),
      z.union([z.string(), z.number(), z.boolean(), z.null()]),
    )
    .describe('what the answer says at these places when it was taken: { "/errcode": 0 }')
    .optional(),
});

export const httpSettings = z.strictObject({
  secret: z
    .string()
    .refine((text) => secretKey(text) !== null, 'must be whsec_ and 24 to 64 bytes in base64')
    .describe('signs every request as Standard Webhooks says; best a reference')
    .optional(),
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('how a message is sent'),
  headers: headers.describe('sent with every request, such as Authorization').default({}),
  body: bodyTemplate
    .describe('the body of every message that has none of its own, as JSON with placeholders')
    .optional(),
  success: success.describe('when a message counts as accepted').default({}),
  allowPrivate: z
    .boolean()
    .describe(
      'whoever may name a URL for this account reaches private networks and this machine, but no metadata service',
    )
    .default(false),
});

export type HttpSettings = z.infer<typeof httpSettings>;
