/**
 * The one way out of the program towards addresses that a caller, a recipient or a vendor named. It refuses what is not
 * meant to be reached from here (private, link-local and metadata addresses, whatever name leads to them, at the moment of
 * connecting), follows no redirect and reads no answer without a bound. Resolves for every expected case.
 */
export type Egress = (request: EgressRequest) => Promise<EgressAnswer>;

export interface EgressRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
  /** Aborting it ends the exchange: `interrupted` when something had been sent. */
  readonly signal: AbortSignal;
}

export type EgressAnswer =
  /** `body` is what was read of it: at most 64 KiB. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      readonly truncated: boolean;
    }
  /** It does not leave this program. The detail names the reason and the setting that would allow it, never the address it resolved to. */
  | { readonly kind: 'forbidden'; readonly detail: string }
  /** Surely nothing of it was sent. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly detail: string }
  /** It may have arrived. */
  | { readonly kind: 'interrupted'; readonly code: string; readonly detail: string };
