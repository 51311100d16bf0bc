import type { Receipt } from './outcome.ts';

/** What became of an earlier attempt whose outcome is unknown, as the vendor tells it when it is asked by our own id. */
export type Fate =
  /** The vendor has the message; a receipt may still come. */
  | { readonly kind: 'accepted'; readonly vendorId: string | null; readonly parts?: number }
  /** The vendor has it, and knows already how it ended. */
  | { readonly kind: 'receipt'; readonly vendorId: string | null; readonly receipt: Receipt }
  /** The vendor surely never got it: it may be sent, whatever the guarantee. Only for a vendor whose word is final. */
  | { readonly kind: 'absent' }
  /** The vendor could not be asked, or does not know (yet). */
  | { readonly kind: 'unknown' };
