import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest } from '@posthorn/core';
import { jsonOf } from '../../callback/body.ts';
import { beijingTime, momentOf } from '../../callback/moment.ts';
import { readingOf, replyFrom, unreadable } from '../../callback/reading.ts';
import { newsOf } from '../../callback/receipt-book.ts';
import { isRecord, textIn } from '../../exchange/answer.ts';
import { tencentReceipts } from './tencent-receipts.ts';

const answer: CallbackAnswer = {
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ result: 0, errmsg: 'OK' }),
};

/**
 * The status notification, a list, and the reply notification, one object; unsigned, and at one address where the console
 * was told so. A status names a message by the vendor's id (`sid`, the `SerialNo` of the answer). `ext` brings back our own
 * for applications only whose owner has asked the vendor for it.
 */
export function tencentReading(request: CallbackRequest): CallbackReading {
  if (request.method !== 'POST') return unreadable;
  const said = jsonOf(request);
  const { receivedAt } = request;
  return Array.isArray(said)
    ? readingOf(said, (entry) => statusIn(entry, receivedAt), answer)
    : readingOf([said], (entry) => replyIn(entry, receivedAt), answer);
}

const endings: ReadonlyMap<unknown, boolean> = new Map([
  ['SUCCESS', true],
  ['FAIL', false],
]);

function statusIn(entry: unknown, receivedAt: number): readonly CallbackNews[] | null {
  if (!isRecord(entry)) return null;
  const arrived = endings.get(entry['report_status']);
  if (arrived === undefined) return null;
  return newsOf(tencentReceipts, {
    ownId: textIn(entry, 'ext'),
    vendorId: textIn(entry, 'sid'),
    number: `+${textIn(entry, 'nationcode')}${textIn(entry, 'mobile')}`,
    code: textIn(entry, 'errmsg'),
    description: textIn(entry, 'description'),
    arrived,
    at: momentOf(beijingTime(textIn(entry, 'user_receive_time')), receivedAt),
  });
}

function replyIn(entry: unknown, receivedAt: number): readonly CallbackNews[] | null {
  if (!isRecord(entry)) return null;
  const { text, mobile, time } = entry;
  if (typeof text !== 'string' || typeof mobile !== 'string') return null;
  const at = momentOf(typeof time === 'number' ? time * 1_000 : Number.NaN, receivedAt);
  return replyFrom(`+${textIn(entry, 'nationcode')}${mobile}`, text, at);
}
