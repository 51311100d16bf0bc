import type { CallbackReading, CallbackRequest, DeliveryId, Egress, Logger } from '@posthorn/core';
import type { BounceAddresses } from '../bounce-address.ts';

/** Somebody who tells what became of an account's mail. */
export interface EventSource {
  /** Headers of a message by which it is told of under our own id; the library writes a `prepared` one as it is. */
  headersOf(
    delivery: DeliveryId,
  ): Readonly<Record<string, string | { readonly prepared: true; readonly value: string }>>;
  /** Some of what it tells names a message by the vendor's id alone. */
  readonly receiptsBy?: 'vendorId';
  /** Bounces are wanted as messages (RFC 3461): the mail server is asked for short ones, with the delivery's id. */
  readonly wantsReports: boolean;
  read(request: CallbackRequest, signal: AbortSignal): Promise<CallbackReading>;
}

/** What an account lends its source of events. */
export interface EventTools {
  /** The domain of the account's Message-IDs. */
  readonly domain: string;
  /** Null where all bounces go to one address. */
  readonly bounces: BounceAddresses | null;
  readonly egress: Egress;
  readonly log: Logger;
}
