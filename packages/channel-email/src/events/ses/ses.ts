import type { CallbackNews, CallbackReading, DeliveryId } from '@posthorn/core';
import { z } from 'zod';
import {
  deliveryIn,
  deliveryOfMessageId,
  forged,
  heard,
  jsonIn,
  objectionNews,
  receiptNews,
  unreadable,
} from '../event-news.ts';
import type { SesSettings } from '../event-settings.ts';
import type { EventSource, EventTools } from '../event-source.ts';
import { snsReader } from './sns.ts';

/** What SES calls a bounce, and what it means for the address. The first row that fits decides; the last one fits all. */
export const sesBounces: readonly {
  readonly type: RegExp;
  readonly subType: RegExp;
  readonly suppress: 'hard' | 'soft' | null;
  readonly means: string;
}[] = [
  { type: /^Permanent$/, subType: /^NoEmail$/, suppress: 'hard', means: 'there is no such mailbox' },
  {
    type: /^Permanent$/,
    subType: /SuppressionList$|^Suppressed$/,
    suppress: 'hard',
    means: 'SES sends nothing there since it bounced before',
  },
  { type: /^Permanent$/, subType: /^/, suppress: 'hard', means: 'the mail server of the address refuses it for good' },
  { type: /^Transient$/, subType: /^MailboxFull$/, suppress: 'soft', means: 'the mailbox is full' },
  { type: /^Transient$/, subType: /^MessageTooLarge$/, suppress: null, means: 'the message is too large' },
  {
    type: /^Transient$/,
    subType: /^(?:Content|Attachment)Rejected$/,
    suppress: null,
    means: 'the mail server of the address refuses this content',
  },
  { type: /^Transient$/, subType: /^/, suppress: 'soft', means: 'SES gave up trying' },
  { type: /^/, subType: /^/, suppress: null, means: 'it came back, SES cannot say why' },
];

const recipient = z.object({
  emailAddress: z.string(),
  status: z.string().nullish(),
  diagnosticCode: z.string().nullish(),
});

const event = z.object({
  notificationType: z.string().optional(),
  eventType: z.string().optional(),
  mail: z.object({
    messageId: z.string().min(1).max(200),
    destination: z.array(z.string()).optional(),
    tags: z.record(z.string(), z.array(z.string())).optional(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  }),
  bounce: z
    .object({
      bounceType: z.string(),
      bounceSubType: z.string(),
      bouncedRecipients: z.array(recipient),
      timestamp: z.string(),
    })
    .optional(),
  complaint: z
    .object({
      complainedRecipients: z.array(z.object({ emailAddress: z.string() })),
      complaintFeedbackType: z.string().nullish(),
      timestamp: z.string(),
    })
    .optional(),
  delivery: z.object({ timestamp: z.string(), smtpResponse: z.string().nullish() }).optional(),
  reject: z.object({ reason: z.string().nullish() }).optional(),
});
type SesEvent = z.infer<typeof event>;

/** Under this name a message carries its delivery's id as a tag of SES, which stands in all that SES publishes of it. */
const tag = 'posthorn';

/** Amazon SES, which reports through a topic of SNS: published events of a configuration set, or an identity's notifications. */
export async function openSes({ topicArn, configurationSet }: SesSettings, tools: EventTools): Promise<EventSource> {
  const readSns = snsReader(tools.egress);
  return {
    wantsReports: false,
    // An identity's notifications have neither the tag nor, as a rule, the headers.
    receiptsBy: 'vendorId',
    headersOf: (delivery) => ({
      'X-SES-MESSAGE-TAGS': `${tag}=${delivery}`,
      ...(configurationSet === undefined ? {} : { 'X-SES-CONFIGURATION-SET': configurationSet }),
    }),
    async read({ body, receivedAt }, signal) {
      const message = await readSns({ body, topicArn, receivedAt, signal });
      switch (message.kind) {
        case 'notification':
          return readEvent(message.message, tools.domain, receivedAt);
        case 'confirmation':
          return confirm(message.url, tools, signal);
        case 'farewell':
          return nothing;
        case 'unfetched':
          return { kind: 'read', news: [], answer: { ...heard, status: 503 } };
        case 'forged':
          return forged(message.detail);
        case 'unreadable':
          return unreadable(message.detail);
      }
    },
  };
}

const nothing: CallbackReading & { kind: 'read' } = { kind: 'read', news: [], answer: heard };

/** SNS asks again when it hears a 503. */
async function confirm(url: URL, { egress, log }: EventTools, signal: AbortSignal): Promise<CallbackReading> {
  const answer = await egress({ method: 'GET', url, headers: {}, body: null, signal });
  if (answer.kind === 'answered' && answer.status === 200) {
    log.info('a topic of Amazon SNS may report to an account', {});
    return nothing;
  }
  log.warn('a topic of Amazon SNS could not be confirmed', { why: answer.kind });
  return { ...nothing, answer: { ...heard, status: 503 } };
}

function readEvent(text: string, domain: string, receivedAt: number): CallbackReading {
  const read = event.safeParse(jsonIn(text));
  // A topic may carry other things as well: signed, and not for us.
  if (!read.success) return nothing;
  return { kind: 'read', news: sesNews(read.data, domain, receivedAt), answer: heard };
}

export function sesNews(told: SesEvent, domain: string, receivedAt: number): readonly CallbackNews[] {
  const { mail, bounce, complaint, delivery, reject } = told;
  const names = { delivery: deliveryOf(mail, domain), vendorId: mail.messageId };
  const address = mail.destination?.[0] ?? '';
  const at = (text: string | undefined) => momentOf(text, receivedAt);
  switch (told.eventType ?? told.notificationType) {
    case 'Bounce':
      return bounce === undefined ? [] : [bounceNews(bounce, names, at(bounce.timestamp))];
    case 'Complaint':
      return (complaint?.complainedRecipients ?? []).flatMap(({ emailAddress }) =>
        objectionNews(emailAddress, 'complaint', complaintDetail(complaint), at(complaint?.timestamp)),
      );
    case 'Delivery': {
      const said = delivery?.smtpResponse ?? '';
      const code = 'ses_delivery';
      return [
        receiptNews(names, {
          status: 'delivered',
          code,
          means: null,
          said,
          address,
          at: at(delivery?.timestamp),
          suppress: null,
        }),
      ];
    }
    case 'Reject': {
      const means = 'SES refuses the message';
      const said = reject?.reason ?? '';
      return [
        receiptNews(names, {
          status: 'undelivered',
          code: 'ses_reject',
          means,
          said,
          address,
          at: receivedAt,
          suppress: null,
        }),
      ];
    }
    default:
      return [];
  }
}

function bounceNews(bounce: NonNullable<SesEvent['bounce']>, names: Names, at: number): CallbackNews {
  const { bounceType, bounceSubType, bouncedRecipients } = bounce;
  const row = sesBounces.find(({ type, subType }) => type.test(bounceType) && subType.test(bounceSubType));
  if (row === undefined) throw new Error('the table has no row for the rest');
  const [bounced] = bouncedRecipients;
  return receiptNews(names, {
    status: 'undelivered',
    code: `ses_${word(bounceType)}_${word(bounceSubType)}`,
    means: row.means,
    said: bounced?.diagnosticCode ?? '',
    address: bounced?.emailAddress ?? '',
    at,
    suppress: row.suppress,
  });
}

type Names = Parameters<typeof receiptNews>[0];

/** By its tag, else by the Message-ID that it was handed over with. */
function deliveryOf({ tags, headers = [] }: SesEvent['mail'], domain: string): DeliveryId | null {
  const ours = headers.find(({ name }) => name.toLowerCase() === 'message-id')?.value ?? '';
  return deliveryIn(tags?.[tag]?.[0]) ?? deliveryOfMessageId(ours, domain);
}

function complaintDetail(complaint: SesEvent['complaint']): string {
  return `the mailbox provider passed a complaint on: ${word(complaint?.complaintFeedbackType ?? 'abuse')}`;
}

/** A vendor's keyword, and nothing else it could be. */
function word(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, '').slice(0, 40);
}

function momentOf(text: string | undefined, receivedAt: number): number {
  const at = Date.parse(text ?? '');
  return at > 0 ? Math.min(at, receivedAt) : receivedAt;
}
