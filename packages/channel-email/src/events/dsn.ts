import type { CallbackNews, CallbackReading, CallbackRequest, DeliveryId } from '@posthorn/core';
import type PostalMime from 'postal-mime';
import { bounceStatusOf } from './bounce-status.ts';
import { type ReadMail, type ReportedRecipient, readMail } from './delivery-report.ts';
import { deliveryIn, deliveryOfMessageId, heard, receiptNews, unreadable } from './event-news.ts';
import type { DsnSettings } from './event-settings.ts';
import type { EventSource, EventTools } from './event-source.ts';

/** What a report's action means; other actions are no end. */
const actions: ReadonlyMap<string, 'delivered' | 'undelivered'> = new Map([
  ['failed', 'undelivered'],
  ['delivered', 'delivered'],
]);

/**
 * A mailbox for bounces whose mail server hands each message on to the account's callback address, raw. Nobody signs a
 * bounce: with `verp` one counts by the signed address that it came to and by nothing else; without, by the id that the
 * message was handed over with.
 */
export async function openDsn(_settings: DsnSettings, tools: EventTools): Promise<EventSource> {
  const { default: parser } = await import('postal-mime');
  return {
    wantsReports: true,
    headersOf: () => ({}),
    read: (request) => readReport(request, parser, tools),
  };
}

async function readReport(
  { method, headers, body, receivedAt }: CallbackRequest,
  parser: typeof PostalMime,
  tools: EventTools,
): Promise<CallbackReading> {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (method !== 'POST' || type !== 'message/rfc822') return unreadable('post a message, as message/rfc822');
  const mail = await readMail(parser, body);
  if (mail === null) return unreadable('it is no message');
  // Whatever else arrives in a mailbox is well received, or its sender would get a bounce of a bounce.
  return { kind: 'read', news: newsOf(mail, tools, receivedAt), answer: heard };
}

function newsOf(mail: ReadMail, tools: EventTools, receivedAt: number): readonly CallbackNews[] {
  if (mail.report === null) return [];
  const delivery = deliveryOf(mail, tools);
  const ended = mail.report.recipients.filter(({ action }) => actions.has(action));
  // A message that was handed on to several is undelivered when one of them did not get it.
  const told = ended.find(({ action }) => action === 'failed') ?? ended[0];
  return delivery === null || told === undefined ? [] : [newsAbout(told, delivery, receivedAt)];
}

function deliveryOf({ arrivedBy, report }: ReadMail, { bounces, domain }: EventTools): DeliveryId | null {
  if (bounces === null) return deliveryIn(report?.envelopeId) ?? deliveryOfMessageId(report?.messageId ?? '', domain);
  for (const address of arrivedBy) {
    const delivery = bounces.deliveryIn(address);
    if (delivery !== null) return delivery;
  }
  return null;
}

function newsAbout(told: ReportedRecipient, delivery: DeliveryId, at: number): CallbackNews {
  const status = actions.get(told.action) ?? 'undelivered';
  const row = bounceStatusOf(told.status);
  const failed = status === 'undelivered';
  return receiptNews(
    { delivery, vendorId: null },
    {
      status,
      code: told.status === '' ? null : `dsn_${told.status}`,
      means: failed ? row.means : null,
      said: told.diagnostic,
      address: told.address,
      at,
      suppress: failed ? row.suppress : null,
    },
  );
}
