import type { Outcome, OutgoingDelivery, Provider, ProviderKind, ProviderTools, VendorAnswer } from '@posthorn/core';
import * as z from 'zod';
import type { SmsContent } from '../../content.ts';
import { recordIn, textIn } from '../../exchange/answer.ts';
import { baseUrl, httpProvider } from '../../exchange/http-provider.ts';
import { outcomeOfRefusal, outcomeOfStranger, tokenIn } from '../../exchange/refusal.ts';
import { statusCallbackOf, twilioReading } from './twilio-callback.ts';
import { twilioCodes } from './twilio-codes.ts';
import { contentSidShape, twilioRequest } from './twilio-request.ts';

function sid(prefix: string) {
  return z
    .string()
    .trim()
    .regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `it begins with ${prefix}, and 32 hexadecimal digits follow`);
}

const secret = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,128}$/, 'a secret is printable ASCII');

const settings = z
  .strictObject({
    accountSid: sid('AC').describe('the SID of the account'),
    authToken: secret
      .exactOptional()
      .describe(
        'its own token: signs in where there is no API key, and signs reports, which are believed with it only',
      ),
    apiKeySid: sid('SK')
      .exactOptional()
      .describe('the SID of an API key to sign in with, which can be revoked by itself'),
    apiKeySecret: secret.exactOptional().describe('the secret of that API key'),
    from: z
      .string()
      .trim()
      .regex(
        /^(\+?\d{3,15}|[A-Za-z0-9 _&+-]{1,11})$/,
        'from is a number in E.164, a short code or a name of at most 11 letters',
      )
      .exactOptional()
      .describe('a number of the account, a short code or an alphanumeric sender'),
    messagingServiceSid: sid('MG')
      .exactOptional()
      .describe('a messaging service that chooses the sender, instead of from'),
    templates: z
      .record(
        z.string().trim().min(1).max(64),
        z.strictObject({
          contentSid: z.string().trim().regex(contentSidShape, 'it begins with HX, and 32 hexadecimal digits follow'),
          params: z.array(z.string().min(1).max(64)).max(32).exactOptional(),
        }),
      )
      .exactOptional()
      .describe(
        "by a message's templateCode: its content in the Content Template Builder, and which of the message's params its variables 1, 2, … are",
      ),
  })
  .refine((own) => (own.from === undefined) !== (own.messagingServiceSid === undefined), {
    path: ['from'],
    message: 'give either from or messagingServiceSid',
  })
  .refine((own) => own.authToken !== undefined || own.apiKeySid !== undefined, {
    path: ['authToken'],
    message: 'give authToken, or apiKeySid and apiKeySecret',
  })
  .refine((own) => (own.apiKeySid === undefined) === (own.apiKeySecret === undefined), {
    path: ['apiKeySecret'],
    message: 'apiKeySid and apiKeySecret belong together',
  });

export type TwilioSettings = z.output<typeof settings>;

const home = 'https://api.twilio.com';

/** Twilio Programmable Messaging, API version 2010-04-01. */
export const twilio: ProviderKind<SmsContent, TwilioSettings> = {
  name: 'twilio',
  settings,
  secrets: ['authToken', 'apiKeySecret'],
  endpoint: home,
  // There is no idempotency key: a second try after silence may be a second message.
  onUncertain: 'hold',
  reference: async () => (await import('./twilio-reference.ts')).reference,
  open,
};

async function open(own: TwilioSettings, tools: ProviderTools): Promise<Provider<SmsContent>> {
  const base = baseUrl('twilio', home, tools);
  const url = new URL(`/2010-04-01/Accounts/${own.accountSid}/Messages.json`, base);
  const credentials = `${own.apiKeySid ?? own.accountSid}:${own.apiKeySecret ?? own.authToken ?? ''}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
  return httpProvider<SmsContent>(tools.egress, {
    requestOf(delivery) {
      const form = twilioRequest(delivery, own, statusCallbackOf(tools.callbackUrl, delivery.id, own));
      return form.ok ? { ok: true, value: { url, headers, body: form.value.toString() } } : form;
    },
    outcomeOf: (answer, delivery) => outcomeOf(answer, delivery, tools),
    readingOf: (request) => twilioReading(request, own),
  });
}

/** Later words of the vendor about a message that it made, and gave up at once. */
const givenUp = new Set(['failed', 'undelivered', 'canceled']);

/** A message that was made has a `sid`, and an `error_code` when it was given up at once; an error has a `code`. */
function outcomeOf(
  answer: VendorAnswer,
  { content }: OutgoingDelivery<SmsContent>,
  { callbackUrl, clock, log }: ProviderTools,
): Outcome {
  const said = recordIn(answer.text) ?? {};
  const isMade = answer.status >= 200 && answer.status < 300 && textIn(said, 'sid') !== '';
  const code = isMade ? (said['error_code'] ?? null) : (said['code'] ?? null);
  if (isMade && code === null && !givenUp.has(textIn(said, 'status'))) return accepted(said);
  if (typeof code !== 'number') return outcomeOfStranger(answer, clock.now());
  const refusal = { code: String(code), message: textIn(said, isMade ? 'error_message' : 'message') };
  const confidential = [content.text ?? '', ...Object.values(content.params ?? {}), ...tokenIn(callbackUrl)];
  return outcomeOfRefusal(twilioCodes, refusal, answer, { now: clock.now(), confidential, log });
}

/** A messaging service counts the parts only when it has chosen the sender: until then they are 0. */
function accepted(said: Readonly<Record<string, unknown>>): Outcome {
  const parts = Number(textIn(said, 'num_segments'));
  return {
    kind: 'accepted',
    vendorId: textIn(said, 'sid'),
    ...(Number.isSafeInteger(parts) && parts > 0 ? { parts } : {}),
  };
}
