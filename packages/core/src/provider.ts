import type { CallbackReading, CallbackRequest } from './callback.ts';
import type { Clock } from './clock.ts';
import type { Egress, EgressRule } from './egress.ts';
import type { Fate } from './fate.ts';
import type { DeliveryId, NotificationId } from './ids.ts';
import type { Logger } from './log.ts';
import type { Kind, Priority } from './notification.ts';
import type { Outcome, Receipt } from './outcome.ts';
import type { AddressProblem } from './problem.ts';
import type { Quota } from './quota.ts';
import type { ProviderReference } from './reference.ts';
import type { Schema } from './schema.ts';

/** A vendor on a channel, not yet connected. `Settings` is its block of the config file, without what every account has. */
export interface ProviderKind<Content = unknown, Settings = unknown> {
  /** `aliyun`: what an account says under `use`. */
  readonly name: string;
  /** Strict schema of the settings. References (`{env: ...}`, `{file: ...}`) are resolved before it sees them. */
  readonly settings: Schema<Settings>;
  /** Settings that must not be seen: masked in `config show`, and a literal value earns a warning at start. */
  readonly secrets: readonly string[];
  /** The vendor's own address, for a check of an `endpoint` override; null where there is none. */
  readonly endpoint: string | null;
  /** What an account does after an uncertain attempt unless its config says otherwise. */
  readonly onUncertain: 'retry' | 'hold';
  /** True where nothing ever leaves the gateway: what protects people and purses by default does not hold there. */
  readonly simulated?: true;
  /** What its vendor allows each account, known beforehand; none when left out. */
  readonly quotas?: readonly Quota[];
  /** For its page in the documentation, and never at a start: what only this needs is imported here. */
  reference?(): ProviderReference | Promise<ProviderReference>;
  /** The kinds of addresses it understands, as the channel's `kindOf` names them; all of them when left out. */
  readonly takes?: readonly string[];
  /**
   * What its receipts name a message by. `delivery`, which stands for left out: our own id, which costs nothing to find.
   * `vendorId`: only what the vendor called it, which is then kept to be found.
   */
  readonly receiptsBy?: 'delivery' | 'vendorId';
  /**
   * Connects an account. Heavy libraries are imported here, so that a vendor nobody uses costs nothing. Throws when the
   * settings cannot work at all (an unreadable key file): the gateway then refuses to start and says so.
   */
  open(settings: Settings, tools: ProviderTools): Promise<Provider<Content>>;
}

/** What the gateway lends an account. */
export interface ProviderTools {
  /** The account's name in the config. */
  readonly account: string;
  /** Another base URL instead of the vendor's, for a proxy or a double. */
  readonly endpoint: URL | null;
  /** Where this account's vendor can report, token included; null while the config has no public URL. */
  readonly callbackUrl: URL | null;
  /**
   * Where the receiver of a delivery can say that they want no more like it, without a login (RFC 8058): an address that
   * names both and shows neither. Null while the config has no public URL that begins with https.
   */
  readonly unsubscribeUrl: ((delivery: DeliveryId, address: string) => URL) | null;
  /** A secret of this account alone, the same at every start: for what it signs itself. */
  readonly key: Uint8Array;
  /** How long one `send` may take; the gateway aborts it after this time. */
  readonly timeoutMs: number;
  /** Most sends at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly inbox: Inbox;
  /** Asks over HTTP whatever address a caller, a recipient or a vendor named; nothing else may. */
  readonly egress: Egress;
  /** What `egress` would forbid without asking anybody. */
  readonly forbids: EgressRule;
  /** Hands in a receipt that arrived by another way than a callback. */
  report(delivery: DeliveryId, receipt: Receipt): void;
}

/** Where a sandbox account keeps what it would have sent. */
export interface Inbox {
  keep(message: InboxMessage): Promise<void>;
}

export interface InboxMessage {
  readonly delivery: DeliveryId;
  readonly notification: NotificationId;
  readonly channel: string;
  readonly account: string;
  readonly address: string;
  readonly content: unknown;
  readonly attempt: number;
}

/** A connected account: all I/O of a vendor lives behind it. */
export interface Provider<Content = unknown> {
  /** What this account's receipts name a message by, where its settings decide; what its kind says when left out. */
  readonly receiptsBy?: 'delivery' | 'vendorId';
  /**
   * One address, one try, no retry inside. Resolves for every expected case (a refusal, a timeout, an unreadable answer)
   * and soon after `signal` aborts; it throws only for its own bugs.
   */
  send(delivery: OutgoingDelivery<Content>, signal: AbortSignal): Promise<Outcome>;
  /**
   * Why this account will never send to an address, known without asking anybody; null when it may. What no account of a
   * step can send to is refused when it is handed in. Never throws; left out where only the vendor knows.
   */
  refuses?(address: string): AddressProblem | null;
  /**
   * Asks the vendor, by our own id, what became of an earlier attempt of unknown outcome; there only where the vendor can
   * be asked. It comes before anything is sent again, and what the vendor has is not. `attempt` of the delivery is the one
   * that would follow. Resolves and throws as `send` does, within the same time; whatever else it does counts as `unknown`.
   */
  lookUp?(delivery: OutgoingDelivery<Content>, signal: AbortSignal): Promise<Fate>;
  /**
   * Reads what came to this account's callback address: checks that the vendor sent it, and says in our words what it
   * means. Pure but where a signature's certificate or a confirmation has to be fetched; it throws only for its own bugs.
   */
  readCallback?(request: CallbackRequest, signal: AbortSignal): Promise<CallbackReading>;
  close?(): Promise<void>;
}

export interface OutgoingDelivery<Content = unknown> {
  /** The same for all attempts: the idempotency key towards the vendor, and what a receipt is matched by. */
  readonly id: DeliveryId;
  readonly notification: NotificationId;
  readonly channel: string;
  readonly address: string;
  readonly content: Content;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly kind: Kind;
  readonly priority: Priority;
  /** After this moment the message is worth nothing; null when the caller named no end. */
  readonly expiresAt: number | null;
}
