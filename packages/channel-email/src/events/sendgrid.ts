import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CallbackNews, CallbackReading, CallbackRequest } from '@posthorn/core';
import { z } from 'zod';
import { bounceStatusOf, statusIn } from './bounce-status.ts';
import { deliveryIn, forged, heard, jsonIn, objectionNews, receiptNews, unreadable } from './event-news.ts';
import type { SendGridSettings } from './event-settings.ts';
import type { EventSource } from './event-source.ts';

/** Why SendGrid did not send a message at all: it begins with `reason`. The first row that fits decides; the last one fits all. */
export const sendGridDrops: readonly {
  readonly reason: RegExp;
  readonly suppress: 'hard' | null;
  readonly objection: 'complaint' | 'unsubscribe' | null;
  readonly means: string;
}[] = [
  {
    reason: /^Bounced Address/i,
    suppress: 'hard',
    objection: null,
    means: 'SendGrid sends nothing there since it bounced before',
  },
  { reason: /^Invalid/i, suppress: 'hard', objection: null, means: 'SendGrid does not take the address' },
  {
    reason: /^Spam Report/i,
    suppress: null,
    objection: 'complaint',
    means: 'its owner reported spam to SendGrid before',
  },
  {
    reason: /^(?:Group )?Unsubscribed/i,
    suppress: null,
    objection: 'unsubscribe',
    means: 'its owner unsubscribed at SendGrid before',
  },
  { reason: /^/, suppress: null, objection: null, means: 'SendGrid did not send it' },
];

/** Events by which a person objects, and why. */
const objections: ReadonlyMap<string, 'complaint' | 'unsubscribe'> = new Map([
  ['spamreport', 'complaint'],
  ['unsubscribe', 'unsubscribe'],
  ['group_unsubscribe', 'unsubscribe'],
]);

const event = z.object({
  email: z.string(),
  event: z.string(),
  timestamp: z.number(),
  posthorn: z.string().optional(),
  sg_message_id: z.string().nullish(),
  type: z.string().nullish(),
  status: z.string().nullish(),
  reason: z.string().nullish(),
  response: z.string().nullish(),
});
type SendGridEvent = z.infer<typeof event>;

/** SendGrid repeats an event for a day; whether it signs it anew is not documented. */
const oldestMs = 25 * 3_600_000;
const newestMs = 30 * 60_000;
const mostEvents = 10_000;

/** Twilio SendGrid's signed event webhook. */
export async function openSendGrid({ publicKey }: SendGridSettings): Promise<EventSource> {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  return {
    wantsReports: false,
    // Comes back as a field of each event; SendGrid takes the header off. Written as it is, since the library would encode its
    // quotes, and it can be: ids are made of letters, digits and hyphens.
    headersOf: (delivery) => ({
      'X-SMTPAPI': { prepared: true, value: `{"unique_args": {"posthorn": "${delivery}"}}` },
    }),
    read: async (request) => readEvents(request, key),
  };
}

function readEvents(request: CallbackRequest, key: KeyObject): CallbackReading {
  const { body, receivedAt } = request;
  if (!isSigned(request, key)) return forged('its signature is missing or wrong');
  const sentAt = Number(request.headers['x-twilio-email-event-webhook-timestamp']) * 1_000;
  if (!(sentAt > receivedAt - oldestMs && sentAt < receivedAt + newestMs))
    return forged('it is too old, or of the future');
  const read = z.array(event).max(mostEvents).safeParse(jsonIn(body));
  if (!read.success) return unreadable('it is no list of events of SendGrid');
  return { kind: 'read', news: read.data.flatMap((one) => sendGridNews(one, receivedAt)), answer: heard };
}

/** ECDSA over the time and the body as it came. */
function isSigned({ headers, body }: CallbackRequest, key: KeyObject): boolean {
  const signature = headers['x-twilio-email-event-webhook-signature'] ?? '';
  const timestamp = headers['x-twilio-email-event-webhook-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  return verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, 'base64'));
}

/** A webhook tells of all that leaves the vendor's account: what does not bear our mark is another program's. */
export function sendGridNews(told: SendGridEvent, receivedAt: number): readonly CallbackNews[] {
  const delivery = deliveryIn(told.posthorn);
  if (delivery === null) return [];
  const at = told.timestamp > 0 ? Math.min(Math.trunc(told.timestamp * 1_000), receivedAt) : receivedAt;
  const objection = objections.get(told.event);
  if (objection !== undefined) return objectionNews(told.email, objection, `SendGrid says ${told.event}`, at);
  const names = { delivery, vendorId: told.sg_message_id?.split('.', 1)[0] || null };
  const facts = { said: told.reason ?? told.response ?? '', address: told.email, at };
  switch (told.event) {
    case 'delivered':
      return [
        receiptNews(names, { ...facts, status: 'delivered', code: 'sendgrid_delivered', means: null, suppress: null }),
      ];
    case 'bounce':
      return [receiptNews(names, { ...facts, status: 'undelivered', ...bounceOf(told) })];
    case 'dropped': {
      const drop = dropOf(told.reason ?? '');
      const { means, suppress } = drop;
      const receipt = receiptNews(names, {
        ...facts,
        said: '',
        status: 'undelivered',
        code: 'sendgrid_dropped',
        means,
        suppress,
      });
      return [receipt, ...(drop.objection === null ? [] : objectionNews(told.email, drop.objection, means, at))];
    }
    default:
      return [];
  }
}

/** A `blocked` message says at most that a mailbox takes nothing now; a `bounce` says something about the address. */
function bounceOf({ type, status, reason }: SendGridEvent) {
  const code = /^[245]\.\d{1,3}\.\d{1,3}$/.test(status ?? '') ? (status ?? null) : statusIn(reason ?? '');
  const row = bounceStatusOf(code ?? '');
  const said = code === null ? 'hard' : row.suppress;
  const suppress = type === 'blocked' && said === 'hard' ? null : said;
  return { code: code === null ? 'sendgrid_bounce' : `sendgrid_${code}`, means: row.means, suppress };
}

function dropOf(reason: string) {
  const row = sendGridDrops.find((one) => one.reason.test(reason));
  if (row === undefined) throw new Error('the table has no row for the rest');
  return row;
}
