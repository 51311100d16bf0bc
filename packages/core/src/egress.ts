/**
 * The one way out of the program by HTTP. It follows no redirect, tries nothing again and reads no answer without a bound.
 * Towards addresses that a caller, a recipient or a vendor named it refuses what is not meant to be reached from here
 * (private, link-local and metadata addresses, whatever name leads to them, at the moment of connecting). Resolves for every
 * expected case.
 */
export type Egress = (request: EgressRequest) => Promise<EgressAnswer>;

/**
 * Why a URL never leaves this program, as far as it says so itself: another scheme, a user name, a literal address that is
 * not meant to be reached from here. Null when it may be tried; whatever its name leads to is looked at when it is. Pure, so
 * that an address can be refused when it is handed in. The detail does not repeat the address.
 */
export type EgressRule = (target: EgressTarget) => string | null;

export interface EgressTarget {
  readonly url: URL;
  /**
   * Whose word the host is. `operator`: it stands in the config (the `endpoint` of an account, the URL of a robot) or is a
   * vendor's own, and is reached wherever it is, in a private network or on this machine as well. Everybody else's, which
   * stands for left out, is judged.
   */
  readonly namedBy?: 'operator' | 'stranger';
  /**
   * Whether the operator lets this account reach private networks and this very machine; left out where it has no such
   * setting. What is never reached stays so.
   */
  readonly allowPrivate?: boolean;
}

export interface EgressRequest extends EgressTarget {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
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
