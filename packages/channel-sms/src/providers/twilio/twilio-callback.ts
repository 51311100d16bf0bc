import { timingSafeEqual } from 'node:crypto';
import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest } from '@posthorn/core';
import { formOf } from '../../callback/body.ts';
import { numberIn } from '../../callback/number.ts';
import { readingOf, replyFrom, unreadable } from '../../callback/reading.ts';
import { newsOf } from '../../callback/receipt-book.ts';
import { twilioReceipts } from './twilio-receipts.ts';
import { twilioSignature } from './twilio-signature.ts';

/** Nothing more to say, in particular nothing to the person who wrote. */
const answer: CallbackAnswer = { status: 204, contentType: null, body: '' };

/** Whose callbacks an account believes. */
export interface TwilioTrust {
  readonly accountSid: string;
  /** What the vendor signs with, whatever the account itself signs in with; without it nothing can be believed. */
  readonly authToken?: string;
}

/** In the query of the address that the vendor reports to: our own id, for its form has no place for it. */
const deliveryParameter = 'delivery';

/** The address for reports about a delivery; null where they could not be told from forged ones. */
export function statusCallbackOf(callbackUrl: URL | null, delivery: string, { authToken }: TwilioTrust): string | null {
  if (callbackUrl === null || authToken === undefined) return null;
  const url = new URL(callbackUrl);
  url.searchParams.set(deliveryParameter, delivery);
  return url.href;
}

/** Changes of a message's status, and what people write; forms, signed over the public address. */
export function twilioReading(request: CallbackRequest, trust: TwilioTrust): CallbackReading {
  if (request.method !== 'POST') return unreadable;
  const form = formOf(request);
  if (form === null) return unreadable;
  if (trust.authToken === undefined)
    return { kind: 'forged', detail: 'the account has no authToken, which its vendor signs with' };
  const signature = request.headers['x-twilio-signature'] ?? '';
  if (!spellingsOf(request.url).some((url) => isSame(twilioSignature(url, form, trust.authToken ?? ''), signature)))
    return { kind: 'forged', detail: 'its signature is missing or wrong' };
  if (form.get('AccountSid') !== trust.accountSid) return { kind: 'forged', detail: 'it is about another account' };
  return readingOf([form], (one) => newsIn(one as URLSearchParams, request), answer);
}

/** The vendor signs with the port in the address and without, as its own libraries know. */
function spellingsOf({ href, protocol, hostname, host, port }: URL): readonly string[] {
  const usual = protocol === 'https:' ? '443' : '80';
  const rest = href.slice(`${protocol}//${host}`.length);
  return [href, `${protocol}//${hostname}${rest}`, `${protocol}//${hostname}:${port || usual}${rest}`];
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function newsIn(form: URLSearchParams, { url, receivedAt }: CallbackRequest): readonly CallbackNews[] | null {
  const fieldOf = (name: string) => form.get(name) ?? '';
  const status = fieldOf('MessageStatus');
  if (status === '') return form.has('Body') ? inbound(fieldOf, receivedAt) : null;
  const { codes } = twilioReceipts;
  const means = Object.hasOwn(codes, status) ? codes[status]?.means : undefined;
  // Only how far it has come; what is not on the list will be of that kind too.
  if (means === undefined || means === 'nothing') return [];
  return newsOf(twilioReceipts, {
    ownId: url.searchParams.get(deliveryParameter) ?? '',
    vendorId: fieldOf('MessageSid'),
    number: fieldOf('To'),
    code: means === 'delivered' ? status : fieldOf('ErrorCode') || status,
    description: '',
    arrived: means === 'delivered',
    at: receivedAt,
  });
}

/** With advanced opt-out the vendor knows words of its own that ask to stop, and says that it took one for such. */
function inbound(fieldOf: (name: string) => string, receivedAt: number): readonly CallbackNews[] {
  const from = numberIn(fieldOf('From'));
  if (from === null) return [];
  const reply = replyFrom(from, fieldOf('Body'), receivedAt);
  if (fieldOf('OptOutType') !== 'STOP') return reply;
  const detail = 'Twilio took the answer for one that asks to stop';
  return [...reply, { kind: 'objection', address: from, because: 'unsubscribe', detail, at: receivedAt }];
}
