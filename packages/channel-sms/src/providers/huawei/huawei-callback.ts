import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest } from '@posthorn/core';
import { formOf, jsonOf } from '../../callback/body.ts';
import { momentOf, utcMoment } from '../../callback/moment.ts';
import { readingOf, replyFrom, unreadable } from '../../callback/reading.ts';
import { newsOf, partsIn } from '../../callback/receipt-book.ts';
import { isRecord, textIn } from '../../exchange/answer.ts';
import { type CallbackTrust, faultOfSignature } from './huawei-callback-signature.ts';
import { huaweiReceipts } from './huawei-receipts.ts';

/** The vendor reads the status only. */
const answer: CallbackAnswer = { status: 200, contentType: null, body: '' };

/**
 * A status report of one part of a message, a form; a list of such, JSON, where the application collects them; and what a
 * person wrote back, a form. Signed where the application says so.
 */
export function huaweiReading(request: CallbackRequest, trust: CallbackTrust): CallbackReading {
  if (request.method !== 'POST') return unreadable;
  const fault = faultOfSignature(request, trust);
  if (fault !== null) return { kind: 'forged', detail: fault };
  const form = formOf(request);
  const said = form === null ? jsonOf(request) : Object.fromEntries(form);
  const list = isRecord(said) && Array.isArray(said['statusReportList']) ? said['statusReportList'] : [said];
  return readingOf(list, (entry) => newsIn(entry, request.receivedAt), answer);
}

function newsIn(entry: unknown, receivedAt: number): readonly CallbackNews[] | null {
  if (!isRecord(entry)) return null;
  const status = textIn(entry, 'status');
  if (status === '') return typeof entry['body'] === 'string' ? replyIn(entry, receivedAt) : null;
  return newsOf(huaweiReceipts, {
    ownId: textIn(entry, 'extend'),
    vendorId: textIn(entry, 'smsMsgId'),
    // Only where it has our id, too.
    number: textIn(entry, 'to'),
    code: status,
    description: textIn(entry, 'statusDesc'),
    arrived: null,
    // Missing in reports that the platform makes up itself, when the carrier sends none.
    at: momentOf(utcMoment(textIn(entry, 'updateTime')), receivedAt),
    part: partIn(entry),
  });
}

/** A message in one part is told of as a whole. */
function partIn({ sequence, total }: Readonly<Record<string, unknown>>) {
  const [number, of] = [partsIn(sequence), partsIn(total)];
  return number === null || of === null || of === 1 || number > of ? null : { number, total: of };
}

function replyIn(entry: Readonly<Record<string, unknown>>, receivedAt: number): readonly CallbackNews[] | null {
  if (typeof entry['from'] !== 'string') return null;
  return replyFrom(entry['from'], textIn(entry, 'body'), momentOf(utcMoment(textIn(entry, 'createTime')), receivedAt));
}
