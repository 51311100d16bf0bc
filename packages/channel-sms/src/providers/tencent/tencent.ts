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
import { outcomeOfRefusal, outcomeOfStranger } from '../../exchange/refusal.ts';
import {
  hasPlaceForText,
  noPlaceForText,
  numberedTemplateSettings,
  ownTemplateSettings,
} from '../numbered-template.ts';
import { tencentReading } from './tencent-callback.ts';
import { tencentCodes } from './tencent-codes.ts';
import { type TencentRequest, tencentRequest } from './tencent-request.ts';
import { tc3Authorization } from './tencent-signature.ts';

/** Goes into a header: printable ASCII without spaces. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,128}$/, 'a key is printable ASCII');

const settings = z
  .strictObject({
    secretId: key.describe('the SecretId of a CAM user with QcloudSMSFullAccess'),
    secretKey: key.describe('the SecretKey that belongs to it'),
    sdkAppId: z
      .string()
      .trim()
      .regex(/^\d{1,20}$/, 'the SDKAppID is a number, in quotes')
      .describe('the number of the application, "SDKAppID" in the console'),
    signName: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .exactOptional()
      .describe('an approved signature, for messages that name none'),
    region: z
      .string()
      .trim()
      .regex(/^[a-z]{2,4}(-[a-z0-9]+){1,3}$/, 'a region reads as in "ap-guangzhou"')
      .default('ap-guangzhou')
      .describe('the region of the application'),
    ...numberedTemplateSettings,
    abroad: z
      .strictObject({
        signName: z.string().trim().min(1).max(64).exactOptional().describe('a signature for there'),
        ...ownTemplateSettings,
      })
      .exactOptional()
      .describe('for numbers outside the mainland, what is different there'),
  })
  .refine(hasPlaceForText, noPlaceForText);

export type TencentSettings = z.output<typeof settings>;

const home = 'https://sms.tencentcloudapi.com';

/**
 * The vendor's defaults ("Frequency limits"): the same text to the same number once in 30 seconds, and ten times a day. Texts
 * are not counted here, so a template stands for all of its: stricter, as any 24 hours are than the vendor's calendar day.
 */
const quotas: readonly Quota[] = [
  {
    per: 'address',
    field: 'templateCode',
    windows: [
      { most: 1, ms: 30_000 },
      { most: 10, ms: 24 * 3_600_000 },
    ],
  },
];

/** Tencent Cloud SMS, API version 2021-01-11, by requests of our own: the vendor's SDK loses the codes of network faults. */
export const tencent: ProviderKind<SmsContent, TencentSettings> = {
  name: 'tencent',
  settings,
  secrets: ['secretKey', 'secretId'],
  endpoint: home,
  // SendSms is not idempotent: SessionContext only comes back, it does not keep a second message from going out.
  onUncertain: 'hold',
  quotas,
  reference: async () => (await import('./tencent-reference.ts')).reference,
  // Its receipts have a place for our own id only where the vendor was asked to fill it.
  receiptsBy: 'vendorId',
  open,
};

async function open(own: TencentSettings, tools: ProviderTools): Promise<Provider<SmsContent>> {
  const base = baseUrl('tencent', home, tools);
  return httpProvider<SmsContent>(tools.egress, {
    requestOf(delivery) {
      const request = tencentRequest(delivery, own);
      return request.ok ? { ok: true, value: signed(request.value, base, own) } : request;
    },
    outcomeOf: (answer, delivery) => outcomeOf(answer, delivery, tools),
    readingOf: tencentReading,
  });
}

const contentType = 'application/json';

/** Signed by the machine's own clock: the account's may run ahead of it for a while, the vendor compares with real time. */
function signed(request: TencentRequest, url: URL, own: TencentSettings): VendorRequest {
  const body = JSON.stringify(request);
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    url,
    body,
    headers: {
      host: url.host,
      'content-type': contentType,
      'x-tc-action': 'SendSms',
      'x-tc-version': '2021-01-11',
      'x-tc-region': own.region,
      'x-tc-timestamp': String(timestamp),
      authorization: tc3Authorization({ host: url.host, contentType, body, timestamp }, own),
    },
  };
}

/** HTTP 200 brings everything: the error of the call, the error of the number, and the acceptance. */
function outcomeOf(
  answer: VendorAnswer,
  { content }: OutgoingDelivery<SmsContent>,
  { clock, log }: ProviderTools,
): Outcome {
  const response = recordIn(answer.text)?.['Response'];
  const error = isRecord(response) ? response['Error'] : undefined;
  const set = isRecord(response) ? response['SendStatusSet'] : undefined;
  const [first]: readonly unknown[] = Array.isArray(set) ? set : [];
  const said = isRecord(error) ? error : first;
  if (!isRecord(said)) return outcomeOfStranger(answer, clock.now());
  if (said === first && textIn(said, 'Code') === 'Ok')
    return answer.status === 200 ? accepted(said) : outcomeOfStranger(answer, clock.now());
  const refusal = { code: textIn(said, 'Code'), message: textIn(said, 'Message') };
  const confidential = [content.text ?? '', ...Object.values(content.params ?? {})];
  return outcomeOfRefusal(tencentCodes, refusal, answer, { now: clock.now(), confidential, log });
}

/** `Fee` is the number of billed parts. */
function accepted({ SerialNo: serial, Fee: fee }: Readonly<Record<string, unknown>>): Outcome {
  return {
    kind: 'accepted',
    vendorId: typeof serial === 'string' && serial !== '' ? serial : null,
    ...(Number.isSafeInteger(fee) && (fee as number) > 0 ? { parts: fee as number } : {}),
  };
}
