import { type Channel, defineChannel, type ProviderKind } from '@posthorn/core';
import { maskPhone, parsePhone } from './address.ts';
import { renderSms, type SmsContent, smsContent } from './content.ts';
import { costOf } from './cost.ts';
import { aliyun } from './providers/aliyun.ts';
import { huawei } from './providers/huawei/huawei.ts';
import { tencent } from './providers/tencent/tencent.ts';
import { twilio } from './providers/twilio/twilio.ts';
import { readSmsReply } from './reply.ts';
import { sandboxNumbers } from './sandbox.ts';

export type { SmsContent } from './content.ts';

/** Every vendor of this channel: a new one is a file beside the others, its test, and a line here. */
const providers: readonly ProviderKind<SmsContent>[] = [aliyun, tencent, huawei, twilio];

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
  render: renderSms,
  measure: costOf,
  readReply: readSmsReply,
});

export default sms;
