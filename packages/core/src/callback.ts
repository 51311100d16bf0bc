import type { DeliveryId } from './ids.ts';
import type { Receipt } from './outcome.ts';

/** What came to an account's callback address, as it came: nothing of it is believed yet. */
export interface CallbackRequest {
  readonly method: 'GET' | 'POST';
  /** The address under the public URL of the config, query included: what some vendors' signatures cover. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly receivedAt: number;
}

/** What a provider makes of it. Whatever else a vendor's word may be, only `read` changes anything. */
export type CallbackReading =
  /** `news` is empty for a vendor's probe, and for events that mean nothing here. */
  | { readonly kind: 'read'; readonly news: readonly CallbackNews[]; readonly answer: CallbackAnswer }
  /** Its signature is wrong or missing, or it speaks for another account. */
  | { readonly kind: 'forged'; readonly detail: string }
  /** Not what this vendor sends. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/** What the vendor wants to hear, so that it does not say it again. */
export interface CallbackAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

export type CallbackNews = ReceiptNews | ReplyNews | ObjectionNews;

/** A vendor's later word about a message. Matched by our own id where the vendor gives it back, else by the vendor's. */
export interface ReceiptNews {
  readonly kind: 'receipt';
  readonly delivery: DeliveryId | null;
  readonly vendorId: string | null;
  readonly receipt: Receipt;
  /** Billed parts, when the vendor says them. */
  readonly parts: number | null;
  /** Which part of the message it is about, from 1, where the vendor tells of each alone: delivered when all of them are. */
  readonly part: { readonly number: number; readonly total: number } | null;
  /** Asks to stop using the address. */
  readonly suppress: 'hard' | 'soft' | null;
}

/** What a person wrote back. Whether it asks to stop is for the channel to say. */
export interface ReplyNews {
  readonly kind: 'reply';
  /** The address in the channel's normal form. */
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** A person, or their provider, asks that nothing more be sent there. */
export interface ObjectionNews {
  readonly kind: 'objection';
  /** The address in the channel's normal form. */
  readonly address: string;
  readonly because: 'complaint' | 'unsubscribe';
  readonly detail: string;
  readonly at: number;
}
