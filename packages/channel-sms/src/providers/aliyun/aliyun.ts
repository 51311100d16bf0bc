import {
  type Outcome,
  type Provider,
  type ProviderKind,
  type ProviderTools,
  type Quota,
  tooLate,
} from '@posthorn/core';
import * as z from 'zod';
import type { SmsContent } from '../../content.ts';
import { type AliyunClient, aliyunClient, type QuerySendDetails } from './aliyun-client.ts';
import { answerIn, isUnlisted, outcomeOfRefusal } from './aliyun-outcome.ts';
import { aliyunRequest } from './aliyun-request.ts';
import { ownTemplateSettings, templateSettings } from './aliyun-template.ts';
import { aliyunReading } from './receipts/aliyun-callback.ts';
import { aliyunFate, unknownFate } from './receipts/aliyun-fate.ts';
import { exchangeGuard } from './sdk/exchange-guard.ts';
import { noAnswer, outcomeOfFault } from './sdk/sdk-fault.ts';

/** Regions that have a service address, as the SDK knows them; any other spelling would silently mean the mainland's. */
export const aliyunRegions = [
  'cn-hangzhou',
  'cn-beijing',
  'cn-shanghai-finance-1',
  'cn-shenzhen',
  'cn-shenzhen-finance-1',
  'cn-qingdao',
  'cn-zhangjiakou',
  'cn-huhehaote',
  'cn-chengdu',
  'cn-north-2-gov-1',
  'cn-hongkong',
  'ap-southeast-1',
  'ap-southeast-5',
  'eu-central-1',
  'us-east-1',
] as const;

const signName = z.string().trim().min(1).max(64);

function word(longest: number) {
  return z.string().trim().min(1).max(longest);
}

const settings = z
  .strictObject({
    accessKeyId: word(128).describe('the AccessKey id of a RAM user with AliyunDysmsFullAccess'),
    accessKeySecret: word(128).describe('the secret of that AccessKey'),
    signName: signName.exactOptional().describe('an approved signature, for messages that name none'),
    ...ownTemplateSettings,
    templates: templateSettings
      .exactOptional()
      .describe(
        "by a message's templateCode: what it is called at Aliyun, here and `abroad`, and which of the message's params its variables are",
      ),
    abroad: z
      .strictObject({ signName: signName.exactOptional().describe('a signature for there'), ...ownTemplateSettings })
      .exactOptional()
      .describe('for numbers outside the mainland, what is different there'),
    regionId: z.enum(aliyunRegions).default('cn-hangzhou').describe('the region whose service address is asked'),
  })
  .refine((own) => own.textParam === undefined || own.templateCode !== undefined, {
    path: ['textParam'],
    message: 'textParam names a variable of templateCode, which is missing',
  });

export type AliyunSettings = z.output<typeof settings>;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * The vendor's defaults ("Frequency limits of SMS"), which an account can have raised on request. Its minutes and hours are
 * those of the wall clock: any 60 seconds are stricter. The 40 of a number are
 * over all senders, so only ours are counted; the 50 are of a signature with a template, and a template has one as a rule.
 */
const quotas: readonly Quota[] = [
  {
    per: 'address',
    field: 'signName',
    kinds: ['otp'],
    windows: [
      { most: 1, ms: minuteMs },
      { most: 5, ms: hourMs },
      { most: 10, ms: dayMs },
    ],
  },
  { per: 'address', kinds: ['otp'], windows: [{ most: 40, ms: dayMs }] },
  {
    per: 'address',
    field: 'templateCode',
    kinds: ['transactional', 'marketing'],
    windows: [{ most: 50, ms: dayMs }],
  },
];

/** Alibaba Cloud Short Message Service, API version 2017-05-25, through the vendor's SDK. */
export const aliyun: ProviderKind<SmsContent, AliyunSettings> = {
  name: 'aliyun',
  settings,
  secrets: ['accessKeySecret', 'accessKeyId'],
  endpoint: 'https://dysmsapi.aliyuncs.com',
  // SendSms is not idempotent (its page, "Usage notes"): a second try after silence may be a second message.
  onUncertain: 'hold',
  quotas,
  reference: async () => (await import('./aliyun-reference.ts')).reference,
  open,
};

/** An answer of SendSms is a few hundred bytes, a page of details a few dozen kilobytes. */
const maxAnswerBytes = 64 * 1024;
const maxDetailBytes = 512 * 1024;

async function open(own: AliyunSettings, tools: ProviderTools): Promise<Provider<SmsContent>> {
  const { sendSms, querySendDetails } = await aliyunClient(own, tools);
  const guard = exchangeGuard();
  return {
    async send(delivery, signal) {
      const request = aliyunRequest(delivery, own);
      if (!request.ok) return request.failure;
      if (signal.aborted) return tooLate;
      const exchange = guard.run({ signal, maxAnswerBytes }, () => sendSms(request.value));
      return beforeAbort(outcomeOf(exchange, delivery.content, tools), signal, noAnswer);
    },
    async lookUp(delivery, signal) {
      const limits = { signal, maxAnswerBytes: maxDetailBytes };
      const ask: QuerySendDetails = (query) => guard.run(limits, () => querySendDetails(query));
      return beforeAbort(aliyunFate(delivery, { ask, signal, now: tools.clock.now() }), signal, unknownFate);
    },
    async readCallback(request) {
      return aliyunReading(request);
    },
    async close() {
      guard.close();
    },
  };
}

/** What an exchange came to; never rejects. HTTP 200 with a code other than OK is an error like any other. */
async function outcomeOf(
  exchange: ReturnType<AliyunClient['sendSms']>,
  content: SmsContent,
  { clock, log }: ProviderTools,
): Promise<Outcome> {
  const answer = await exchange.catch((thrown: unknown) => answerIn(thrown) ?? outcomeOfFault(thrown));
  if ('kind' in answer) return answer;
  if ('bizId' in answer && answer.code === 'OK') return { kind: 'accepted', vendorId: answer.bizId };
  const outcome = outcomeOfRefusal(answer, clock.now(), [content.text ?? '', ...Object.values(content.params ?? {})]);
  if (outcome.kind !== 'accepted' && isUnlisted(answer.code))
    log.warn('aliyun answered with a code that is on no list', {
      code: outcome.code,
      outcome: outcome.kind,
      requestId: uuid.test(answer.requestId) ? answer.requestId : null,
    });
  return outcome;
}

const uuid = /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i;

/** The SDK takes no signal: it is left to end by itself, which the guard hastens, and nobody waits for it. */
function beforeAbort<Answer>(work: Promise<Answer>, signal: AbortSignal, late: Answer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(late);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
