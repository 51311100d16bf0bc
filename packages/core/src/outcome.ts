/** What one attempt came to. Providers return it, `decide` turns it into what happens next; docs/outcomes.md has the table. */
export type Outcome =
  /** The vendor took the message over: sent, not yet delivered. `parts` are the billed parts when the vendor says them. */
  | { readonly kind: 'accepted'; readonly vendorId: string | null; readonly parts?: number }
  /** The vendor will never take this message to this address; never tried again. `suppress` asks to stop using the address. */
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content' | 'blocked';
      readonly code: string;
      readonly detail: string;
      readonly suppress?: 'hard' | 'soft';
    }
  /**
   * Surely not sent, may be later. `scope` says what has to wait: this delivery, all that goes to this address, or the whole
   * account. `elsewhere`: it is this vendor's own limit, so another account may take the message at once.
   */
  | {
      readonly kind: 'deferred';
      readonly scope: 'delivery' | 'address' | 'account';
      readonly elsewhere?: true;
      readonly retryAfterMs: number | null;
      readonly code: string;
      readonly detail: string;
    }
  /** Surely not sent, and our side must be mended: credentials, balance, signature, clock. It costs the delivery no attempt. */
  | { readonly kind: 'misconfigured'; readonly code: string; readonly detail: string }
  /**
   * It may have been sent. The notification's guarantee decides what happens next, never luck. `scope` is `address` where it
   * says nothing about the account: each address is a server of its own.
   */
  | { readonly kind: 'uncertain'; readonly scope?: 'address'; readonly code: string; readonly detail: string };

export type OutcomeKind = Outcome['kind'];

/** The vendor's later word about a message it had accepted. */
export interface Receipt {
  readonly status: 'delivered' | 'undelivered';
  readonly code: string | null;
  readonly detail: string | null;
  /** When the vendor says it happened, else when we learned it. */
  readonly at: number;
}
