import { longestCode, longestDetail, shortened } from './attempt.ts';
import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest, ReceiptNews } from './callback.ts';
import type { Clock } from './clock.ts';
import { withinDeadline } from './deadline.ts';
import { type DeliveryId, isDeliveryId } from './ids.ts';
import type { Provider } from './provider.ts';
import { receiptOf } from './receipt.ts';

/** What came of reading; `broken` when the provider did not do its part, and nothing is known. */
export type Reading = CallbackReading | { readonly kind: 'broken'; readonly detail: string };

/** No body of a megabyte holds more. */
const mostNews = 20_000;
/** No message has more parts. */
const mostParts = 255;
const longestAddress = 5_000;
const longestText = 10_000;
const longestAnswer = 64 * 1024;

/** Lets a provider read what came to its callback address, within its time whatever it does. Never rejects. */
export function readCallback(
  provider: Provider,
  request: CallbackRequest,
  tools: { readonly timeoutMs: number; readonly stop: AbortSignal; readonly clock: Clock },
): Promise<Reading> {
  return withinDeadline<Reading>((signal) => read(provider, request, signal), {
    ...tools,
    late: () => broken('the provider did not read it in time'),
    thrown: (error) =>
      broken(`the provider threw ${error instanceof Error ? shortened(error.name, longestCode) : 'no error'}`),
  });
}

/** A provider that throws at once, or whose answer throws when it is looked at, rejects like one that throws later. */
async function read(provider: Provider, request: CallbackRequest, signal: AbortSignal): Promise<Reading> {
  return checked((await provider.readCallback?.(request, signal)) ?? null, request.receivedAt);
}

/** A plugin is not compiled with us: what it returns is read field by field before it is believed. */
function checked(reading: CallbackReading | null, now: number): Reading {
  const given: Readonly<Record<string, unknown>> = { ...reading };
  const { kind } = given;
  if (kind === 'forged' || kind === 'unreadable') return { kind, detail: shortened(given['detail'], longestDetail) };
  if (kind !== 'read') return broken('the provider returned no reading');
  const answer = answerOf(given['answer']);
  if (answer === null) return broken('the provider returned no answer for its vendor');
  const { news } = given;
  if (!Array.isArray(news) || news.length > mostNews) return broken('the provider returned no list of news');
  const read = news.map((one: unknown) => newsOf(one, now));
  return read.includes(null)
    ? broken('the provider returned news that are none')
    : { kind: 'read', news: read as readonly CallbackNews[], answer };
}

function answerOf(value: unknown): CallbackAnswer | null {
  const { status, contentType = null, body } = { ...(value as Partial<CallbackAnswer> | null) };
  const speaks = typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599;
  if (!speaks || typeof body !== 'string' || body.length > longestAnswer) return null;
  if (contentType !== null && !/^[\x20-\x7e]{1,200}$/.test(String(contentType))) return null;
  return { status, contentType: contentType === null ? null : String(contentType), body };
}

function newsOf(value: unknown, now: number): CallbackNews | null {
  const given: Readonly<Record<string, unknown>> = { ...(value as object | null) };
  const at = momentOf(given['at'], now);
  switch (given['kind']) {
    case 'receipt':
      return receiptNewsOf(given, now);
    case 'reply': {
      const { from, text } = given;
      if (!isText(from, longestAddress) || typeof text !== 'string') return null;
      return { kind: 'reply', from, text: text.slice(0, longestText), at };
    }
    case 'objection': {
      const { address, because, detail } = given;
      if (!isText(address, longestAddress) || (because !== 'complaint' && because !== 'unsubscribe')) return null;
      return { kind: 'objection', address, because, detail: shortened(detail, longestDetail), at };
    }
    default:
      return null;
  }
}

function receiptNewsOf(given: Readonly<Record<string, unknown>>, now: number): ReceiptNews | null {
  const receipt = receiptOf(given['receipt'], now);
  const { delivery = null, vendorId = null, parts = null, part = null, suppress = null } = given;
  const named = typeof vendorId === 'string' && vendorId !== '' ? shortened(vendorId, longestDetail) : null;
  if (receipt === null || (suppress !== null && suppress !== 'hard' && suppress !== 'soft')) return null;
  const { number, total } = { ...(part as { number?: unknown; total?: unknown } | null) };
  const counts = isCount(number) && isCount(total) && number <= total && total <= mostParts;
  if (part !== null && !counts) return null;
  return {
    kind: 'receipt',
    // What is no id of ours finds nothing, as a made up one does.
    delivery: typeof delivery === 'string' && isDeliveryId(delivery) ? (delivery as DeliveryId) : null,
    vendorId: named,
    receipt: { ...receipt, at: Math.min(receipt.at, now) },
    parts: isCount(parts) ? parts : null,
    part: counts ? { number, total } : null,
    suppress,
  };
}

/** The vendor's moment, which cannot lie ahead. */
function momentOf(value: unknown, now: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? Math.min(value, now) : now;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most;
}

function broken(detail: string): Reading {
  return { kind: 'broken', detail };
}
