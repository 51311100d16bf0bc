import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest } from '@posthorn/core';
import { jsonOf } from '../../../callback/body.ts';
import { beijingTime, momentOf } from '../../../callback/moment.ts';
import { readingOf, replyFrom, unreadable } from '../../../callback/reading.ts';
import { newsOf, partsIn } from '../../../callback/receipt-book.ts';
import { isRecord, textIn } from '../../../exchange/answer.ts';
import { aliyunReceipts } from './aliyun-receipts.ts';

/** The vendor looks only whether `code` is a number. */
const answer: CallbackAnswer = {
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ code: 0, msg: 'ok' }),
};

/**
 * SmsReport and SmsUp, which one address may get alike: lists of JSON, unsigned ("HTTP batch push"). Before it takes an
 * address the vendor asks it with a GET, for 700 ms.
 */
export function aliyunReading(request: CallbackRequest): CallbackReading {
  if (request.method === 'GET') return { kind: 'read', news: [], answer };
  const entries = jsonOf(request);
  if (!Array.isArray(entries)) return unreadable;
  return readingOf(entries, (entry) => newsIn(entry, request.receivedAt), answer);
}

function newsIn(entry: unknown, receivedAt: number): readonly CallbackNews[] | null {
  if (!isRecord(entry)) return null;
  const arrived = truthIn(entry['success']);
  if (arrived !== null) return domestic(entry, arrived, receivedAt);
  if (typeof entry['MessageId'] === 'string') return international(entry, receivedAt);
  return typeof entry['content'] === 'string' ? reply(entry, receivedAt) : null;
}

function domestic(entry: Entry, arrived: boolean, receivedAt: number): readonly CallbackNews[] | null {
  return newsOf(aliyunReceipts, {
    ownId: textIn(entry, 'out_id'),
    vendorId: textIn(entry, 'biz_id'),
    number: textIn(entry, 'phone_number'),
    code: textIn(entry, 'err_code'),
    description: textIn(entry, 'err_msg'),
    arrived,
    at: momentOf(beijingTime(textIn(entry, 'report_time')), receivedAt),
    parts: partsIn(entry['sms_size']),
  });
}

/** `Status` of messages abroad; others are on their way. */
const endings: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['2', false],
  ['6', false],
]);

/** Reports of messages abroad have no place for our own id. */
function international(entry: Entry, receivedAt: number): readonly CallbackNews[] | null {
  const arrived = endings.get(String(entry['Status']));
  if (arrived === undefined) return [];
  return newsOf(aliyunReceipts, {
    ownId: '',
    vendorId: textIn(entry, 'MessageId'),
    number: textIn(entry, 'To'),
    code: textIn(entry, 'ErrorCode'),
    description: textIn(entry, 'ErrorDescription'),
    arrived,
    at: momentOf(Date.parse(textIn(entry, 'ReceiveDate')), receivedAt),
    parts: partsIn(entry['SmsSize']),
  });
}

function reply(entry: Entry, receivedAt: number): readonly CallbackNews[] {
  const at = momentOf(beijingTime(textIn(entry, 'send_time')), receivedAt);
  return replyFrom(textIn(entry, 'phone_number'), textIn(entry, 'content'), at);
}

type Entry = Readonly<Record<string, unknown>>;

function truthIn(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : null;
}
