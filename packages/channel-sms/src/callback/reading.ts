import type { CallbackAnswer, CallbackNews, CallbackReading } from '@posthorn/core';
import { numberIn } from './number.ts';

export const unreadable: CallbackReading = { kind: 'unreadable', detail: 'it is not what the vendor sends' };

/** What a list of entries comes to. One that cannot be read does not keep the others from it; a list of such is none. */
export function readingOf(
  entries: readonly unknown[],
  newsIn: (entry: unknown) => readonly CallbackNews[] | null,
  answer: CallbackAnswer,
): CallbackReading {
  const read = entries.map(newsIn).filter((news) => news !== null);
  return read.length === 0 ? unreadable : { kind: 'read', news: read.flat(), answer };
}

/** Longer than any message. */
const longestReply = 2_000;

/** What a person wrote back; nothing when they wrote from what is no phone number, such as a short code. */
export function replyFrom(number: string, text: string, at: number): readonly CallbackNews[] {
  const from = numberIn(number);
  return from === null ? [] : [{ kind: 'reply', from, text: text.slice(0, longestReply).toWellFormed(), at }];
}
