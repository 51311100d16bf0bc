import {
  type CallbackAnswer,
  type CallbackReading,
  type DeliveryId,
  isDeliveryId,
  type ObjectionNews,
  type Receipt,
  type ReceiptNews,
} from '@posthorn/core';
import { parseAddress } from '../address.ts';
import { quoteReply } from '../providers/smtp-quote.ts';

/** What every source here wants to hear. */
export const heard: CallbackAnswer = { status: 200, contentType: null, body: '' };

export function forged(detail: string): CallbackReading {
  return { kind: 'forged', detail };
}

export function unreadable(detail: string): CallbackReading {
  return { kind: 'unreadable', detail };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON in a body; undefined where there is none. */
export function jsonIn(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : utf8.decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

/** A delivery's id as a vendor gives it back, untrusted. */
export function deliveryIn(text: unknown): DeliveryId | null {
  return typeof text === 'string' && isDeliveryId(text) ? text : null;
}

/** The delivery in one of our Message-IDs, `<dlv_...@domain>`; null for others'. */
export function deliveryOfMessageId(text: string, domain: string): DeliveryId | null {
  const [, id, host] = /^\s*<([^<>@\s]{1,100})@([^<>@\s]{1,255})>\s*$/.exec(text) ?? [];
  return host?.toLowerCase() === domain.toLowerCase() ? deliveryIn(id) : null;
}

interface Told {
  readonly status: Receipt['status'];
  readonly code: string | null;
  /** What the row of a table says. */
  readonly means: string | null;
  /** A server's own words, untrusted. */
  readonly said: string;
  /** Never to be repeated, also where a server repeats it. */
  readonly address: string;
  readonly at: number;
  readonly suppress: ReceiptNews['suppress'];
}

/** News of what became of a message; `names` are the ways in which its source names it. */
export function receiptNews(names: Pick<ReceiptNews, 'delivery' | 'vendorId'>, told: Told): ReceiptNews {
  const quoted = quoteReply(told.said, told.address);
  const words = [told.means, quoted === '' ? null : `(${quoted})`].filter((word) => word !== null).join(' ');
  const { status, code, at, suppress } = told;
  return {
    kind: 'receipt',
    ...names,
    receipt: { status, code, detail: words === '' ? null : words, at },
    parts: null,
    part: null,
    suppress,
  };
}

/** Nothing where the address is none of ours: it could not be sent to. */
export function objectionNews(
  text: string,
  because: ObjectionNews['because'],
  detail: string,
  at: number,
): readonly ObjectionNews[] {
  const address = parseAddress(text);
  return address.ok ? [{ kind: 'objection', address: address.value, because, detail, at }] : [];
}
