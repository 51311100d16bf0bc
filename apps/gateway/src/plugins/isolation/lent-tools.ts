import {
  type Clock,
  type DeliveryId,
  deliveryFamily,
  type InboxMessage,
  isDeliveryId,
  type Logger,
  type ProviderTools,
  type Receipt,
  receiptOf,
} from '@posthorn/core';
import { boundedLog } from './bounded-log.ts';
import { asGateway } from './fault-watch.ts';
import { plainContent } from './plain-content.ts';

/** Of one account under way to the store at a time: the store is everybody's. */
const mostAtOnce = 64;
const mostWaiting = 10_000;
const longestAddress = 10_000;

/** Stores a receipt; resolves when that is done, and never rejects. */
export type ReceiveReceipt = (delivery: DeliveryId, receipt: Receipt) => Promise<void>;

/** The tools of an account for a stranger's provider: what it does too much of, or wrongly, reaches nobody else. */
export function lentTools(
  tools: ProviderTools,
  plugin: string,
  channel: string,
  receive: ReceiveReceipt,
): ProviderTools {
  const log = boundedLog(tools.log, plugin, tools.clock);
  return {
    ...tools,
    log,
    report: boundedReports(receive, log, tools.clock),
    inbox: { keep: boundedInbox(tools, channel) },
  };
}

function boundedReports(receive: ReceiveReceipt, log: Logger, clock: Clock): ProviderTools['report'] {
  const waiting: (readonly [DeliveryId, Receipt])[] = [];
  let underWay = 0;
  const next = () => {
    const one = underWay < mostAtOnce ? waiting.shift() : undefined;
    if (one === undefined) return;
    underWay += 1;
    void receive(...one).then(() => {
      underWay -= 1;
      next();
    });
  };
  return (delivery: unknown, given: unknown) => {
    const receipt = receiptOf(given, clock.now());
    if (typeof delivery !== 'string' || !isDeliveryId(delivery) || receipt === null) {
      log.warn('a report was dropped: it is no receipt of a delivery');
      return;
    }
    if (waiting.length >= mostWaiting) {
      log.warn('a receipt was dropped: too many wait to be stored');
      return;
    }
    waiting.push([delivery, receipt]);
    asGateway(next);
  };
}

function boundedInbox({ account, inbox }: ProviderTools, channel: string): ProviderTools['inbox']['keep'] {
  let underWay = 0;
  return async (given) => {
    const message = messageOf(given, channel, account);
    if (underWay >= mostAtOnce) throw new Error('too many messages are being kept at the same time');
    underWay += 1;
    try {
      await asGateway(() => inbox.keep(message));
    } finally {
      underWay -= 1;
    }
  };
}

/** Read field by field; whose it is, is not for the plugin to say. Throws for what is no message. */
function messageOf(value: unknown, channel: string, account: string): InboxMessage {
  const { delivery, address, content, attempt } = { ...(value as Partial<InboxMessage> | null) };
  if (typeof delivery !== 'string' || !isDeliveryId(delivery))
    throw new TypeError('delivery must be the id of a delivery');
  if (typeof address !== 'string') throw new TypeError('address must be a text');
  return {
    delivery,
    notification: deliveryFamily(delivery).notification,
    channel,
    account,
    address: address.slice(0, longestAddress),
    content: plainContent(content ?? null),
    attempt: Number.isSafeInteger(attempt) ? Number(attempt) : 1,
  };
}
