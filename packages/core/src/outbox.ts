import type { Act } from './audit.ts';
import type { Settlement } from './decide.ts';
import type { PostedEvent } from './events.ts';
import type { Hear, Heard, Release, Suppress } from './hearing.ts';
import type { DeliveryId, NotificationId } from './ids.ts';
import type { Guarantee, Kind, Priority } from './notification.ts';
import type { OutcomeKind, Receipt } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { InboxMessage } from './provider.ts';
import type { Counted, LimitCode, Limited, Limits, SourceNetwork } from './quota.ts';

/**
 * The durable queue and the truth about every delivery. One row of it is the queue entry: there is no second queue to
 * keep in step. Every method takes plain data, is atomic, and resolves only after its commit is on the disk; many calls
 * share one commit. When the disk cannot take it, a method rejects with `StoreUnavailable` and nothing has changed.
 */
export interface Outbox {
  /** Stores notifications with all their deliveries. One answer each, in order; a bad one does not spoil the others. */
  accept(input: Accept): Promise<readonly Accepted[]>;
  /** Leases due deliveries of one account, most urgent and then oldest first. */
  claim(input: Claim): Promise<readonly Claimed[]>;
  /** Records an attempt and what follows from it for the delivery and its plan. `lost` when the lease is no longer ours: nothing changed but the attempt's record. */
  settle(input: Settle): Promise<'settled' | 'lost'>;
  /** Applies a vendor's later word. */
  receive(input: Receive): Promise<'applied' | 'ignored' | 'unknown'>;
  /** Applies all that one callback of an account brought; one answer for each piece, in order. */
  hear(input: Hear): Promise<readonly Heard[]>;
  /** Keeps an address from what it must not get any more, at an operator's word. */
  suppress(input: Suppress): Promise<void>;
  /** Takes that back; resolves with how many suppressions ended. */
  release(input: Release): Promise<number>;
  /** Ends what was not sent yet. `final` when nothing was left to cancel. */
  cancel(input: Cancel): Promise<'canceled' | 'final' | 'unknown'>;
  /**
   * The code that a notification carried was approved: ends what was not sent yet, says so in its timeline, and counts it for
   * the account and the prefix by which it was sent. Called once for each code.
   */
  conclude(input: Cancel): Promise<void>;
  /** Queues a delivery that went amiss once more, at an operator's word, with a fresh budget of attempts. */
  requeue(input: Requeue): Promise<RequeueResult>;
  /** The same for many, some at a time. */
  requeueMany(input: RequeueMany): Promise<RequeueManyResult>;
  /** Lengthens leases that are still ours. */
  renew(input: Renew): Promise<void>;
  /** All that time alone brings about: due deliveries become queued, expired ones end, steps whose time is up give way, lost leases are rescued. */
  tick(input: Tick): Promise<TickResult>;
  /** Forgets what has outlived its retention, a few rows a call; what is still open is kept. */
  prune(input: Prune): Promise<PruneResult>;
  /**
   * Forgets a person by an address, some notifications a call: what they were to get, where, and under which labels. What was
   * not sent yet ends `canceled` with the code `erased`; what is left are statuses, times and keyed hashes.
   */
  erase(input: Erase): Promise<Erased>;
  /** Moves what waits for an account that is not configured any more. */
  reassign(input: Reassign): Promise<void>;
  /** Stores a message of a sandbox account. */
  keep(input: InboxMessage & { readonly at: number }): Promise<void>;
  /** Empties a project's sandbox inbox; resolves with the number of messages. */
  clearInbox(input: ClearInbox): Promise<number>;
  /** Tells every commit; returns a function that stops it. The listener must not throw. */
  onCommit(listener: (commit: Commit) => void): () => void;
}

/** What a commit brought: the events in their order, and the lanes that have something to claim now. */
export interface Commit {
  readonly events: readonly PostedEvent[];
  readonly ready: readonly Lane[];
  /** An address was suppressed. */
  readonly suppressed?: true;
  /** Codes that were sent or verified; nothing when left out. */
  readonly codes?: readonly CodeCount[];
}

/** Of the codes that were to be verified: how many an account has sent, and how many of its codes have been verified. */
export interface CodeCount extends Lane {
  readonly sent: number;
  readonly verified: number;
}

/** Where a delivery queues: one account of one channel. No lane ever waits for another. */
export interface Lane {
  readonly channel: string;
  readonly account: string;
}

export interface Accept {
  readonly notifications: readonly NewNotification[];
  /** By the keys of lanes: the limits that count what is due now; none when left out. */
  readonly limits?: Limits;
  readonly now: number;
}

export type Accepted =
  | { readonly kind: 'accepted' }
  /** The same idempotency key with the same request came before: `answer` is what it was told then. */
  | { readonly kind: 'replayed'; readonly answer: string }
  /** The same idempotency key with another request. */
  | { readonly kind: 'key_reused' }
  /** A limit forbids it before `until`: nothing of it was stored or counted, its idempotency key included. */
  | Limited;

export interface NewNotification {
  readonly id: NotificationId;
  /** The store's number of the project that owns it. */
  readonly project: number;
  readonly kind: Kind;
  readonly priority: Priority;
  readonly plan: Plan;
  readonly skipped: readonly SkippedStep[];
  readonly deliveries: readonly NewDelivery[];
  /** Rendered content by channel: what was checked is what is sent. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Not before; null for now. */
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly orderingKey: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly idempotency: { readonly key: string; readonly fingerprint: Uint8Array } | null;
  /** What the caller is told, kept for a replay. */
  readonly answer: string;
  /** The network of whoever asked for it, for limits alone: it is not kept. Left out when nobody said. */
  readonly source?: SourceNetwork;
}

export interface NewDelivery {
  readonly ordinal: number;
  readonly step: number;
  readonly channel: string;
  readonly account: string;
  readonly address: string;
  /** What it takes of a budget: billed parts, as far as they are known beforehand; 1 when left out. */
  readonly parts?: number;
  /** Deliveries of one project with the same flow share a lane fairly with those of its other flows; null for the project's common one. */
  readonly flow: string | null;
}

export interface SkippedStep {
  readonly step: number;
  readonly channel: string;
  readonly reason: string;
}

export interface Claim {
  readonly lane: Lane;
  readonly limit: number;
  /** How many of them only critical deliveries may take; none when left out. */
  readonly reserved?: number;
  /** Only deliveries of these kinds that follow their channel's route: their step names no accounts of its own. */
  readonly routed?: readonly Kind[];
  /** Only deliveries whose plan has a later step that waits for them. */
  readonly followed?: boolean;
  /**
   * The account's quotas and its channel's limits: what they allow is counted as sent now, what they forbid comes back with
   * `quotaUntil`. Limits do not count again what was counted before.
   */
  readonly quotas?: readonly Counted[];
  /**
   * Where the account's messages can be folded: when more waits than its quotas let out in good time, their last send is for
   * all of it, claimed at once, marked `folded`, and counted as one.
   */
  readonly fold?: Fold;
  readonly leaseMs: number;
  readonly now: number;
}

/** When messages are folded into one, and how many. */
export interface Fold {
  /** Most deliveries of one message. */
  readonly most: number;
  /** Nothing is folded that its quotas let out within this time. */
  readonly patienceMs: number;
}

/** The right to try one delivery once. The token counts the claims of a delivery: whoever comes late with an old one changes nothing. */
export interface Lease {
  readonly id: DeliveryId;
  /** The store's own number of the delivery. */
  readonly delivery: number;
  readonly token: number;
}

export interface Claimed extends Lease {
  readonly notification: NotificationId;
  readonly channel: string;
  readonly account: string;
  readonly address: string;
  readonly content: unknown;
  /** Attempts spent, this one included. */
  readonly attempt: number;
  /** An earlier attempt may have arrived. */
  readonly doubtful: boolean;
  /** A quota or a limit forbids to send it before this moment; null when none does. */
  readonly quotaUntil: number | null;
  /** The limit that forbids it the longest; left out when none does, or a quota of the vendor does longer. */
  readonly limited?: LimitCode;
  /** It goes in one message with all that was claimed with it. */
  readonly folded?: true;
  /** Its step succeeds when the code in it is verified. */
  readonly verifiable?: true;
  readonly kind: Kind;
  readonly priority: Priority;
  readonly guarantee: Guarantee;
  /** The step's own accounts; null for the channel's route. */
  readonly accounts: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export interface Settle {
  readonly lease: Lease;
  /** What was tried; null when the delivery was given back before anything left. */
  readonly attempt: AttemptRecord | null;
  readonly settlement: Settlement;
  readonly now: number;
}

export interface AttemptRecord {
  readonly channel: string;
  readonly account: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: OutcomeKind;
  readonly code: string | null;
  readonly detail: string | null;
}

export interface Receive {
  readonly delivery: DeliveryId;
  readonly receipt: Receipt;
  readonly now: number;
}

export interface Cancel {
  readonly project: number;
  readonly notification: NotificationId;
  readonly act?: Act;
  readonly now: number;
}

export interface Requeue {
  readonly project: number;
  readonly delivery: DeliveryId;
  readonly act?: Act;
  readonly now: number;
}

/** `not_amiss`: it has not failed. `content_gone`: its text has outlived its retention. `expired`: its time is over. */
export type RequeueResult = 'requeued' | 'unknown' | 'not_amiss' | 'content_gone' | 'expired';

/** Deliveries that went amiss: `failed`, `dead` or `uncertain`. */
export interface AmissFilter {
  readonly project: number;
  readonly status?: AmissStatus | undefined;
  readonly channel?: string | undefined;
  readonly account?: string | undefined;
  readonly code?: string | undefined;
  /** Ended at or after, and before. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export const amissStatuses = ['failed', 'dead', 'uncertain'] as const;
export type AmissStatus = (typeof amissStatuses)[number];

export interface RequeueMany {
  readonly filter: AmissFilter;
  /** Only deliveries behind this one; 0 to begin. */
  readonly after: number;
  /** Queued by the calls before. */
  readonly before: number;
  readonly limit: number;
  /** How far apart they become due, so that a vendor is not flooded. */
  readonly spacingMs: number;
  readonly act?: Act;
  readonly now: number;
}

export interface RequeueManyResult {
  readonly queued: number;
  readonly after: number;
  readonly more: boolean;
}

export interface ClearInbox {
  readonly project: number;
  readonly act?: Act;
}

export interface Renew {
  readonly leases: readonly Lease[];
  readonly leaseMs: number;
  readonly now: number;
}

export interface Tick {
  readonly now: number;
  /** Most rows of each sort in one commit, so that a storm of due deliveries does not hold up everything else. */
  readonly limit: number;
  /** Lanes on which an attempt of unknown outcome is never repeated by itself. */
  readonly held: readonly Lane[];
  /** Lanes whose vendor can be asked what became of an attempt: a lost lease there is queued again, doubtful, whatever the guarantee. */
  readonly asked: readonly Lane[];
}

export interface TickResult {
  /** When time will next have something to do; null for never. */
  readonly nextAt: number | null;
  /** More rows were due than the limit allowed. */
  readonly more: boolean;
}

/** Moments before which things are forgotten. */
export interface Prune {
  /** Contents of notifications that were accepted, and had ended, by then. */
  readonly contentBefore: number;
  /** Everything about such notifications. */
  readonly metadataBefore: number;
  readonly idempotencyBefore: number;
  /** What counted against quotas before then is behind every window. */
  readonly quotaBefore: number;
  /** One-time codes whose time was over by then, with what their messages said. */
  readonly codesBefore: number;
  /** Vendors' names of messages, and what was heard of single parts of them: nothing more will come about those. */
  readonly tracesBefore: number;
  /** Most rows of each sort in one commit. */
  readonly limit: number;
}

export interface PruneResult {
  /** More rows may be due than the limit allowed. */
  readonly more: boolean;
  /** With this call the last of it was sealed anew: keys behind the first of the ring are not needed any more. */
  readonly resealed?: true;
}

export interface Erase {
  readonly project: number;
  /** In its normal form; a notification goes as a whole, whichever of its addresses this is. */
  readonly address: string;
  /** Most notifications in one commit. */
  readonly limit: number;
  readonly act?: Act;
  readonly now: number;
}

export interface Erased {
  readonly notifications: number;
  /** Those of them that had something left to send. */
  readonly canceled: number;
  /** Of the sandbox's inbox. */
  readonly messages: number;
  /** There may be more of this address. */
  readonly more: boolean;
  /** Nothing of it is left in the store's log either; false while a backup is being made, and as long as there is more. */
  readonly swept: boolean;
}

export interface Reassign {
  /** Every configured lane. What waits for another one moves to the first lane of its channel; without one it stays. */
  readonly lanes: readonly Lane[];
  readonly now: number;
}
