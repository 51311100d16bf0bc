import type { Act } from './audit.ts';
import type { ObjectionNews, ReceiptNews } from './callback.ts';
import type { Kind } from './notification.ts';
import type { SuppressionReason } from './suppression.ts';

/** What one callback of an account brought, for the store: read, checked, and in our words. */
export interface Hear {
  /** The account whose vendor said it: a delivery that never went through it is not touched. */
  readonly lane: { readonly channel: string; readonly account: string };
  /** Receipts may name a message by the vendor's id alone: one that finds nothing yet is kept for a while. */
  readonly traced: boolean;
  readonly news: readonly HeardNews[];
  readonly now: number;
}

export type HeardNews = HeardReceipt | HeardWish;

/** A receipt with what is shown of the address that it asks to suppress. */
export interface HeardReceipt extends ReceiptNews {
  readonly masked: string | null;
}

/** What a person, or their provider, wants; it holds in every project, since they know only the account that wrote to them. */
export interface HeardWish {
  readonly kind: 'wish';
  readonly wish: ObjectionNews['because'] | 'resubscribe';
  readonly address: string;
  readonly masked: string;
  readonly detail: string | null;
  readonly at: number;
}

/**
 * What a piece of news came to. `applied` it changed something; `ignored` it was known, or comes too late; `kept` its
 * message is not known yet; `unknown` no delivery of this account.
 */
export type Heard = 'applied' | 'ignored' | 'kept' | 'unknown';

/** Keeps an address from everything, or from one kind, in one project. */
export interface Suppress {
  readonly project: number;
  readonly channel: string;
  /** In the channel's normal form; only a keyed hash of it is stored. */
  readonly address: string;
  /** What is shown of it. */
  readonly masked: string;
  /** Null for everything. */
  readonly kind: Kind | null;
  readonly reason: SuppressionReason;
  readonly detail: string | null;
  /** Null for good. */
  readonly until: number | null;
  readonly act?: Act;
  readonly now: number;
}

/** Lets an address have what it was kept from. */
export interface Release {
  readonly project: number;
  readonly channel: string;
  readonly address: string;
  /** Left out for whatever it is kept from; null for what keeps it from everything. */
  readonly kind?: Kind | null | undefined;
  readonly act?: Act;
  readonly now: number;
}
