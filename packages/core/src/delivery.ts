/**
 * The states of a delivery, in the order of the store's numbers. The first seven are open; `sent` is the vendor's
 * acceptance, which a receipt may still complete; the rest is final.
 */
export const deliveryStatuses = [
  /** A later step of a plan, not started. */
  'waiting',
  /** Not due yet. */
  'scheduled',
  /** Due, to be claimed. */
  'queued',
  /** Due, but an earlier delivery of its ordering key has not ended. Shown as `queued`. */
  'blocked',
  /** Leased to a dispatcher. */
  'sending',
  /** Will be tried again at `nextAttemptAt`. */
  'retrying',
  /** Held back by a breaker or a quota; spends no attempt. */
  'parked',
  'sent',
  'delivered',
  /** Refused for good. */
  'failed',
  /** Its tries are used up. */
  'dead',
  'expired',
  'canceled',
  /** A receipt said no. */
  'undelivered',
  /** It may have been sent; nobody will try again by itself. */
  'uncertain',
  'skipped',
] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

const open: ReadonlySet<DeliveryStatus> = new Set(deliveryStatuses.slice(0, deliveryStatuses.indexOf('sent')));

/** Something will still happen to it without a receipt or an operator. */
export function isOpen(status: DeliveryStatus): boolean {
  return open.has(status);
}

/** Open, and no attempt is under way: it can be canceled, expired or skipped without a doubt. */
export function isUnsent(status: DeliveryStatus): boolean {
  return isOpen(status) && status !== 'sending';
}

/** The status an API reader sees. */
export function publicStatus(status: DeliveryStatus): Exclude<DeliveryStatus, 'blocked'> {
  return status === 'blocked' ? 'queued' : status;
}
