import type { NotificationId } from './ids.ts';

/**
 * What is known of one-time codes: enough to tell a right one from a wrong one, and nothing that could be read or sent.
 * Every name in here is a keyed hash: a store learns neither codes nor numbers.
 *
 * A code is reached by its handles: one for its id, one for each address it was meant for. It is void as soon as any of
 * them has a newer code. Every method takes plain data and is atomic: whatever runs in parallel, at most one check of a
 * code approves it. Each rejects with `StoreUnavailable` when nobody can tell what happened; a check that was lost on its
 * way back counts as carried out.
 */
export interface CodeStore {
  /** Makes a code the newest of all its handles. Nothing changes when it is `too_soon` or `blocked`. */
  open(input: OpenCode): Promise<Opened>;
  /** Forgets a code whose message came to nothing: what it voided is as it was before. Without effect on one that is not known. */
  withdraw(input: { readonly notification: NotificationId }): Promise<void>;
  /** Tries a code. */
  check(input: CheckCode): Promise<Checked>;
  /** The newest code of a handle; null when there is none any more. */
  find(input: { readonly handle: string; readonly now: number }): Promise<FoundCode | null>;
}

/** Wrong tries that a code survives no more than. */
export const codeTries = 5;
/**
 * Wrong tries on codes of one address, after which all of its codes are locked: at six digits they hit with 5 in 100,000
 * (NIST SP 800-63B allows 100 failures). They are counted by the hour, and an hour counts until all of it is a day ago.
 */
export const addressFailures = { most: 50, hours: 25 } as const;
/** Tries on an address without a code are counted for so long, as if there were one. */
export const blindMs = 5 * 60_000;
/** How long it is known of a code that its time was over: after that there is no such code. */
export const codeKeptMs = 3_600_000;
/** A code from further in the future than this was opened before the clock was set back: its time is over. */
export const codeClockSlackMs = 5_000;

export interface OpenCode {
  readonly code: NewCode;
  /** The newest code of each of its handles has to be older than this. */
  readonly resendMs: number;
  readonly now: number;
}

export interface NewCode {
  /** The notification that carries it: what the code itself is called. */
  readonly notification: NotificationId;
  readonly handles: readonly CodeHandle[];
  /** The addresses it is sent to; wrong tries count against each of them. */
  readonly addresses: readonly string[];
  readonly expiresAt: number;
  /** What its owner wants to know of it again; nothing secret. */
  readonly memo: string;
}

export interface CodeHandle {
  readonly name: string;
  /** The code as it is tried by this handle. */
  readonly digest: string;
}

export type Opened =
  /** `voided` are codes that it took the place of, unless they had been approved. */
  | { readonly kind: 'opened'; readonly voided: readonly NotificationId[] }
  /** The code before is too young until then. */
  | { readonly kind: 'too_soon'; readonly until: number }
  /** Codes of one of its addresses were guessed at too often. `until` is when it is worth asking again. */
  | { readonly kind: 'blocked'; readonly until: number };

export interface CheckCode {
  /** The name of a handle. */
  readonly handle: string;
  readonly digest: string;
  /**
   * The answer must not tell whether there is a code: without one, wrong tries are counted and answered all the same.
   * For handles that anybody who knows an address can name.
   */
  readonly hidden: boolean;
  readonly now: number;
}

/**
 * `rejected`: the code is wrong, was approved before, or is void · `expired`: its time is over · `locked`: nothing is tried any
 * more, right or wrong. Of a hidden handle only who has the right code learns that it has expired.
 */
export type Checked =
  | { readonly status: 'approved'; readonly attemptsLeft: number; readonly notification: NotificationId }
  | { readonly status: 'rejected' | 'expired' | 'locked' | 'not_found'; readonly attemptsLeft: number };

export interface FoundCode {
  readonly notification: NotificationId;
  readonly memo: string;
  /** `open` also when its time is over or its tries are used up. */
  readonly state: 'open' | 'approved' | 'void';
}
