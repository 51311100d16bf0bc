import type { Kind } from './notification.ts';

/**
 * A limit that a vendor keeps by itself and tells in advance: what it would refuse, or punish, is not sent to it. A send
 * counts when its delivery is claimed, and for as long as the longest window looks back, also over a restart.
 */
export interface Quota {
  /** What is counted together: all that the account sends, or all of it that goes to one address. */
  readonly per: 'account' | 'address';
  /** Fields of the content whose values are counted apart as well, such as the signature of an SMS; what leaves one out shares one count. */
  readonly fields?: readonly string[];
  /** Only what is sent for these kinds counts; all when left out. */
  readonly kinds?: readonly Kind[];
  /** Each must hold: at most `most` sends within any `ms` milliseconds. */
  readonly windows: readonly QuotaWindow[];
}

export interface QuotaWindow {
  readonly most: number;
  readonly ms: number;
}
