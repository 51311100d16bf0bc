import type { Priority } from '@posthorn/core';
import type { Gateway } from './processes/gateway.ts';

/** Replaced by a running number of the same length, so that no two requests have the same recipient and all the same size. */
export const numberMark = '#######';

/** The address of the one who gets notification number `place`. */
export function addressOf(place: number): string {
  return `person${String(place).padStart(numberMark.length, '0')}@example.com`;
}

/** The notification that all figures send, about 310 bytes of JSON: an e-mail with a title, a body and one searchable label. */
function notification(email: string, order: string, sendAt: Date | null) {
  return {
    to: { email },
    channels: ['email'],
    content: {
      title: 'Your parcel is on its way',
      body: 'Your order was handed to the carrier today and will arrive within two working days. Thank you for shopping.',
    },
    metadata: { order },
    ...(sendAt === null ? {} : { sendAt: sendAt.toISOString() }),
  };
}

/** The same as JSON with the mark in place of a number. */
export function markedBody(sendAt: Date | null): string {
  return JSON.stringify(notification(`person${numberMark}@example.com`, `A-${numberMark}`, sendAt));
}

/** A marked body of POST /otp/send: everybody gets one code. */
export function codeBody(): string {
  return JSON.stringify({ to: { email: `person${numberMark}@example.com` }, channels: ['email'], purpose: 'login' });
}

/** A marked body of POST /otp/verify: everybody's code is tried, and it is wrong but for one in a million. */
export function triedCodeBody(): string {
  return JSON.stringify({ to: { email: `person${numberMark}@example.com` }, purpose: 'login', code: '000000' });
}

/** A marked body for one account of the channel `bench` (processes/vendor.ts). */
export function vendorBody(account: string, priority: Priority): string {
  const { content, metadata } = notification('', `A-${numberMark}`, null);
  const to = { bench: `person${numberMark}` };
  return JSON.stringify({ to, channels: [{ channel: 'bench', accounts: [account] }], content, metadata, priority });
}

/** A body of POST /notify/batch; `first` is the number of its first recipient. */
export function batchBody(first: number, size: number, sendAt: Date | null): string {
  const notifications = Array.from({ length: size }, (_, place) =>
    notification(addressOf(first + place), `A-${first + place}`, sendAt),
  );
  return JSON.stringify({ notifications });
}

/** A day from now: accepted, stored, and not due while anything is measured. */
export function tomorrow(): Date {
  return new Date(Date.now() + 24 * 3_600_000);
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

/** How many items a list of the API has, page by page: what the store holds, not what a counter says. */
export async function countList(gateway: Gateway, path: string): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const place = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await gateway.request('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${place}`)) as Page;
    count += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return count;
}
