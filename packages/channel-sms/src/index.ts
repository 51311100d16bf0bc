import { type Channel, defineChannel, type ProviderKind } from '@posthorn/core';
import { maskPhone, parsePhone, regionOfPhone } from './address.ts';
import { codeContent, renderSms, type SmsContent, smsContent } from './content.ts';
import { costOf } from './cost.ts';
import { optOutOf } from './opt-out.ts';
import { aliyun } from './providers/aliyun/aliyun.ts';
import { huawei } from './providers/huawei/huawei.ts';
import { tencent } from './providers/tencent/tencent.ts';
import { twilio } from './providers/twilio/twilio.ts';
import { readSmsReply } from './reply.ts';
import { sandboxNumbers } from './sandbox.ts';

export type { SmsContent } from './content.ts';

/** Every vendor of this channel: a new one is a file beside the others, its test, and a line here. */
const providers: readonly ProviderKind<SmsContent>[] = [aliyun, tencent, huawei, twilio];

const minuteMs = 60_000;

/** Short messages to phone numbers. */
export const sms: Channel<SmsContent> = defineChannel({
  api: 1,
  name: 'sms',
  addressKey: 'phone',
  maxAddresses: 1,
  content: smsContent,
  // People wait for a message on their phone: the first tries come quickly, and five of them outlast a vendor's hiccup.
  retry: { maxAttempts: 5, baseMs: 5_000, capMs: 600_000 },
  sandbox: sandboxNumbers,
  providers,
  parseAddress: parsePhone,
  maskAddress: maskPhone,
  regionOf: regionOfPhone,
  defaults: {
    // What vendors of the mainland allow for codes (Aliyun's own numbers); a person asks for no more, a pumping script does.
    codesPerAddress: [
      { most: 1, ms: minuteMs },
      { most: 5, ms: 60 * minuteMs },
      { most: 10, ms: 24 * 60 * minuteMs },
    ],
    // As many as people behind one address of a carrier or an office ask for, and few enough to bound what one can cost.
    codesPerSource: [{ most: 30, ms: 60 * minuteMs }],
    // Pumping goes to a range of numbers that somebody has rented, and nobody there types a code.
    codesPerPrefix: { digits: 7, windows: [{ most: 50, ms: 15 * minuteMs }], unlessVerified: 20 },
    // Vendors of the mainland take marketing until 20:00 to 22:00: the narrowest window is right for all of them.
    marketingWindow: { from: 8 * 60, to: 20 * 60 },
  },
  optOutOf,
  render: renderSms,
  measure: costOf,
  codeContent,
  readReply: readSmsReply,
});

export default sms;
