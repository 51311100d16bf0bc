import type {
  Outcome,
  OutgoingDelivery,
  Provider,
  ProviderKind,
  ProviderTools,
  Quota,
  VendorAnswer,
  VendorRequest,
} from '@posthorn/core';
import * as z from 'zod';
import type { SmsContent } from '../../content.ts';
import { isRecord, recordIn, textIn } from '../../exchange/answer.ts';
import { baseUrl, httpProvider } from '../../exchange/http-provider.ts';
import { outcomeOfRefusal, outcomeOfStranger, tokenIn } from '../../exchange/refusal.ts';
import {
  hasPlaceForText,
  noPlaceForText,
  numberedTemplateSettings,
  ownTemplateSettings,
} from '../numbered-template.ts';
import { huaweiReading } from './huawei-callback.ts';
import { huaweiCodes, huaweiNumberCodes } from './huawei-codes.ts';
import { huaweiRequest } from './huawei-request.ts';
import { sdkDate, sdkHmacAuthorization } from './huawei-signature.ts';

/** Goes into a header: printable ASCII without what separates there. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, 'a key is printable ASCII');

const channelNumber = z
  .string()
  .trim()
  .regex(/^[\w+-]{1,64}$/, 'from is the channel number of the signature, in quotes');
const signatureName = z.string().trim().min(1).max(64);

const settings = z
  .strictObject({
    appKey: key.describe('the "Application Key" of the application in the console'),
    appSecret: key.describe('its "Application Secret"'),
    from: channelNumber.describe('the channel number of the signature, "通道号" in the console'),
    signature: signatureName.exactOptional().describe("the signature's name, for universal templates"),
    region: z
      .string()
      .trim()
      .regex(/^[a-z]{2,4}(-[a-z0-9]+){1,3}$/, 'a region reads as in "cn-north-4"')
      .default('cn-north-4')
      .describe('where the application lives: a part of its access address, "APP接入地址"'),
    signedCallbacks: z
      .boolean()
      .default(false)
      .describe('the application signs its reports ("AK/SK" in the console): then nothing unsigned is believed'),
    ...numberedTemplateSettings,
    abroad: z
      .strictObject({
        from: channelNumber.exactOptional().describe('a channel number for there'),
        signature: signatureName.exactOptional().describe('the name of its signature'),
        ...ownTemplateSettings,
      })
      .exactOptional()
      .describe('for numbers outside the mainland, what is different there'),
  })
  .refine(hasPlaceForText, noPlaceForText);

export type HuaweiSettings = z.output<typeof settings>;

function homeOf(region: string): string {
  return `https://smsapi.${region}.myhuaweicloud.com`;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * What the vendor allows one number by default, by the kind of its template. It also counts the same text to the same number
 * (2 in 59 seconds, 5 in 59 minutes), which cannot be counted here without holding up codes that differ.
 */
const quotas: readonly Quota[] = [
  {
    per: 'address',
    kinds: ['otp'],
    windows: [
      { most: 2, ms: minuteMs },
      { most: 50, ms: dayMs },
    ],
  },
  { per: 'address', kinds: ['transactional'], windows: [{ most: 10, ms: minuteMs }] },
  {
    per: 'address',
    kinds: ['marketing'],
    windows: [
      { most: 4, ms: hourMs },
      { most: 10, ms: dayMs },
    ],
  },
];

/** Huawei Cloud Message&SMS, batchSendSms v1: for customers that have it, new ones are not taken any more. */
export const huawei: ProviderKind<SmsContent, HuaweiSettings> = {
  name: 'huawei',
  settings,
  secrets: ['appSecret', 'appKey'],
  endpoint: homeOf('cn-north-4'),
  // batchSendSms is not idempotent: `extend` only comes back in reports.
  onUncertain: 'hold',
  quotas,
  reference: async () => (await import('./huawei-reference.ts')).reference,
  open,
};

async function open(own: HuaweiSettings, tools: ProviderTools): Promise<Provider<SmsContent>> {
  const base = baseUrl('huawei', homeOf(own.region), tools);
  const url = new URL('/sms/batchSendSms/v1', base);
  return httpProvider<SmsContent>(tools.egress, {
    requestOf(delivery) {
      const form = huaweiRequest(delivery, own, tools.callbackUrl);
      return form.ok ? { ok: true, value: signed(form.value, url, own) } : form;
    },
    outcomeOf: (answer, delivery) => outcomeOf(answer, delivery, tools),
    readingOf: (request) => huaweiReading(request, own),
  });
}

/** Signed by the machine's own clock: the account's may run ahead of it for a while, the vendor compares with real time. */
function signed(form: URLSearchParams, url: URL, own: HuaweiSettings): VendorRequest {
  const body = form.toString();
  const headers = {
    host: url.host,
    'content-type': 'application/x-www-form-urlencoded',
    'x-sdk-date': sdkDate(Date.now()),
  };
  const authorization = sdkHmacAuthorization({ method: 'POST', url, headers, body }, own);
  return { url, body, headers: { ...headers, authorization } };
}

const success = '000000';
/** The call was read, but a number was not taken: its own status says why. */
const notAll = 'E000510';
/** The number was named twice and gets the message once; one number a call is never named twice, so it has its message. */
const duplicate = 'E200041';

/** The call has a code, and each number a status of its own: both must be a success. */
function outcomeOf(
  answer: VendorAnswer,
  { content }: OutgoingDelivery<SmsContent>,
  { callbackUrl, clock, log }: ProviderTools,
): Outcome {
  const said = recordIn(answer.text);
  if (said === null) return outcomeOfStranger(answer, clock.now());
  const [number]: readonly unknown[] = Array.isArray(said['result']) ? said['result'] : [];
  const status = isRecord(number) ? textIn(number, 'status') : '';
  const code = textIn(said, 'code');
  const taken = [success, duplicate];
  if (isRecord(number) && answer.status === 200 && (code === success || code === notAll) && taken.includes(status))
    return { kind: 'accepted', vendorId: textIn(number, 'smsMsgId') || null };
  const aboutNumber = (code === success || code === notAll) && status !== '';
  // The description is the call's: it says "Success" when only the number was refused.
  const refusal = aboutNumber ? { code: status, message: '' } : { code, message: textIn(said, 'description') };
  const confidential = [content.text ?? '', ...Object.values(content.params ?? {}), ...tokenIn(callbackUrl)];
  return outcomeOfRefusal(aboutNumber ? huaweiNumberCodes : huaweiCodes, refusal, answer, {
    now: clock.now(),
    confidential,
    log,
  });
}
