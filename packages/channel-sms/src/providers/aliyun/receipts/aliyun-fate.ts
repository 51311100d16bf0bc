import type { Fate, OutgoingDelivery } from '@posthorn/core';
import { beijingDay, beijingTime, momentOf } from '../../../callback/moment.ts';
import { detailOf, verdictOf } from '../../../callback/receipt-book.ts';
import type { QuerySendDetails, SendDetail } from '../aliyun-client.ts';
import { aliyunNumber } from '../aliyun-request.ts';
import { aliyunReceipts } from './aliyun-receipts.ts';

export const unknownFate: Fate = { kind: 'unknown' };

const dayMs = 24 * 3_600_000;
/** The vendor's most. */
const pageSize = 50;
/** More than a number may get a day by far. */
const mostPages = 3;

interface Inquiry {
  readonly ask: QuerySendDetails;
  readonly signal: AbortSignal;
  readonly now: number;
}

/**
 * What QuerySendDetails knows of a delivery, by our own id in its rows: it can be asked by number and day only. When the
 * attempt was made is not known here: it was today as a rule, yesterday when midnight has passed or the gateway was down,
 * else mostly on the day the notification came. A message that is in none of them may still come to be listed, so it is
 * never called absent.
 */
export async function aliyunFate(delivery: OutgoingDelivery, { ask, signal, now }: Inquiry): Promise<Fate> {
  const days = new Set([now, now - dayMs, acceptedAt(delivery)].map(beijingDay));
  for (const sendDate of days) {
    if (signal.aborted) return unknownFate;
    const rows = await rowsOf({ phoneNumber: aliyunNumber(delivery.address), sendDate }, delivery.id, ask);
    if (rows === null) return unknownFate;
    if (rows.length > 0) return fateOf(rows, now);
  }
  return unknownFate;
}

/** The rows of a day that are about a delivery; null when the vendor does not tell. */
async function rowsOf(
  query: { readonly phoneNumber: string; readonly sendDate: string },
  id: string,
  ask: QuerySendDetails,
): Promise<readonly SendDetail[] | null> {
  const found: SendDetail[] = [];
  for (let currentPage = 1; currentPage <= mostPages; currentPage += 1) {
    const page = await ask({ ...query, pageSize, currentPage }).catch(() => null);
    if (page?.code !== 'OK') return null;
    found.push(...page.rows.filter(({ outId }) => outId === id));
    if (!(page.total > currentPage * pageSize)) break;
  }
  return found;
}

/** `SendStatus` ("QuerySendDetails"); 1 waits for its receipt. */
const failed = 2;
const arrived = 3;

/** Of several rows, one an attempt, the best tells: a phone that has one of them needs no other. */
function fateOf(rows: readonly SendDetail[], now: number): Fate {
  const receipts = rows.map((row) => receiptOf(row, now));
  const best = receipts.find((fate) => fate.kind === 'receipt' && fate.receipt.status === 'delivered');
  return best ?? receipts.find(({ kind }) => kind === 'accepted') ?? receipts[0] ?? unknownFate;
}

function receiptOf({ sendStatus, errCode, receiveDate }: SendDetail, now: number): Fate {
  // That there is a row at all says that the vendor has the message.
  const accepted: Fate = { kind: 'accepted', vendorId: null };
  if (sendStatus !== failed && sendStatus !== arrived) return accepted;
  const { status, meaning } = verdictOf(aliyunReceipts, { code: errCode, arrived: sendStatus === arrived });
  if (status === 'nothing') return accepted;
  const detail = detailOf(aliyunReceipts, meaning, { description: '' });
  const at = momentOf(beijingTime(receiveDate), now);
  return { kind: 'receipt', vendorId: null, receipt: { status, code: errCode || null, detail, at } };
}

/** An id tells when its notification was accepted. */
function acceptedAt({ id }: OutgoingDelivery): number {
  return Number.parseInt(id.slice('dlv_'.length).replaceAll('-', '').slice(0, 12), 16);
}
