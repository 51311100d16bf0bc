import type { AddressProblem, Problem } from './problem.ts';
import type { ProviderKind } from './provider.ts';
import { type PruningPolicy, pruningFaults } from './pruning.ts';
import { type QuotaWindow, quotaFaults, windowFaults } from './quota.ts';
import type { Result } from './result.ts';
import { type RetryPolicy, retryFaults } from './retry.ts';
import type { SandboxFault } from './sandbox.ts';
import type { Schema } from './schema.ts';
import { type DailyWindow, dailyWindowFaults } from './window/window.ts';

/** What every channel can say: a title, a text, a link. At least one of title and body is there. */
export interface NeutralContent {
  readonly title?: string;
  readonly body?: string;
  readonly url?: string;
}

/** Helps to read an address that is not written in full. */
export interface AddressHints {
  /** ISO 3166-1 alpha-2 country that national phone numbers belong to; null when neither the call nor the config names one. */
  readonly region: string | null;
}

/** A one-time code that a message is to carry. */
export interface OneTimeCode {
  /** Digits. */
  readonly code: string;
  /** The whole message in its recipient's language, in one sentence or two. */
  readonly text: string;
}

/** What a message will cost, as far as the channel can tell beforehand. */
export interface Cost {
  /** Billed parts: SMS segments, else 1. */
  readonly parts: number;
  /** What is counted, in words: `GSM-7, 43 of 160`. */
  readonly detail: string;
}

/**
 * A kind of way to reach a person: rules about addresses and content, no I/O. A channel is plain data made with
 * `defineChannel`; whatever another channel does differently is said in it, nobody asks for its name.
 *
 * `Content` is what its providers get to send. Addresses are strings in the one form that `parseAddress` gives them.
 */
export interface Channel<Content = unknown> {
  /** Version of this interface. */
  readonly api: 1;
  /** `sms`: lower-case letters, digits and dashes; also the key of the channel's own content in a request. */
  readonly name: string;
  /** The key of its addresses in `to`: `phone`. */
  readonly addressKey: string;
  /** How many addresses one request may name under that key; 1 means a single string, more a list. */
  readonly maxAddresses: number;
  /**
   * True where an address is the name of one of the channel's accounts, such as the robot of a group chat: what goes there
   * goes through that account and no other, whatever a route says. A step has one list of accounts, so `maxAddresses` is 1.
   */
  readonly addressNamesAccount?: boolean;
  /**
   * Which kind of address this one is, where vendors on the channel do not understand each other's: a device token tells who
   * gave it out. A delivery then goes only through accounts whose provider takes that kind. Left out where all are alike.
   */
  kindOf?(address: string): string;
  /** What a request may say for this channel alone; every field optional, since the neutral content comes first. */
  readonly content: Schema<Partial<Content>>;
  /** When a delivery of this channel is tried again, and how often. */
  readonly retry: RetryPolicy;
  /** When an address that a vendor calls dead gets nothing more; left out where its vendors are believed at once. */
  readonly pruning?: PruningPolicy;
  /** Addresses on which a sandbox account plays a fault instead of keeping the message. */
  readonly sandbox: Readonly<Record<string, SandboxFault>>;
  readonly providers: readonly ProviderKind<Content>[];
  /**
   * What of an address shares its lane fairly with the rest, such as the endpoint of a webhook: one that is flooded or slow
   * then holds up nobody else's. Left out where addresses have nothing in common; projects share fairly in any case.
   */
  flowOf?(address: string): string;
  /**
   * The ISO 3166-1 country that an address belongs to, null when nobody can tell. Left out where addresses have no country:
   * such a channel has no limits by country or prefix and no window in the recipient's time.
   */
  regionOf?(address: string): string | null;
  /** What holds on this channel unless the operator says otherwise; nothing when left out. */
  readonly defaults?: ChannelDefaults;
  /** Whether a marketing message tells how to stop them, as the law of the address's country wants; `unknown` where only the vendor has its text. */
  optOutOf?(content: Content, address: string): OptOut;
  /** The address in its one normal form; idempotent. Never throws, whatever the text. */
  parseAddress(text: string, hints: AddressHints): Result<string, AddressProblem>;
  /** Enough of an address to recognise it, too little to use it: `+86138****8000`. */
  maskAddress(address: string): string;
  /** Joins the neutral content with the channel's own, which wins. Problems point into the request. */
  render(neutral: NeutralContent, own: Partial<Content>): Result<Content, readonly Problem[]>;
  measure?(content: Content, address: string): Cost;
  /**
   * What a message with a one-time code says on this channel beside its neutral content, such as the variables of a
   * vendor's template. Left out where title and body say enough.
   */
  codeContent?(code: OneTimeCode): Partial<Content>;
  /**
   * One content that says what all of these say, two at least and the most urgent first: sent in their place when an
   * account's quotas hold up more than they let out. Only where an address names an account, so that all of it goes to one
   * address.
   */
  fold?(contents: readonly Content[]): Content;
  /**
   * What a person who wrote back wants: no more advertising, or some again. Null for whatever else a reply says. Left out
   * where nobody can reply. Never throws, whatever the text.
   */
  readReply?(text: string): 'unsubscribe' | 'resubscribe' | null;
}

/** What protects the recipients of a channel, and the purse of whoever pays, from the start; on accounts that reach people only. */
export interface ChannelDefaults {
  /** How many one-time codes one address gets. */
  readonly codesPerAddress?: readonly QuotaWindow[];
  /** How many one network may ask for. */
  readonly codesPerSource?: readonly QuotaWindow[];
  /** How many go to addresses that begin with the same digits, unless enough of them are verified. Needs `regionOf`. */
  readonly codesPerPrefix?: PrefixDefault;
  /** When marketing may leave, in the recipient's time. */
  readonly marketingWindow?: DailyWindow;
}

export interface PrefixDefault {
  readonly digits: number;
  readonly windows: readonly QuotaWindow[];
  /** In a hundred. */
  readonly unlessVerified: number;
}

export type OptOut =
  | { readonly kind: 'told' | 'needless' }
  | { readonly kind: 'unknown'; readonly detail: string }
  /** `detail` says what to add. */
  | { readonly kind: 'missing'; readonly detail: string };

const channelName = /^[a-z][a-z0-9-]{0,31}$/;
const addressKey = /^[a-z][A-Za-z0-9]{0,31}$/;
/** What `to` and a request already mean something else by. */
const takenAddressKeys = new Set(['recipient', 'region']);

/** Checks a channel's own statements and returns it as it is. Throws with every fault, so that its author sees them at the first start. */
export function defineChannel<Content>(channel: Channel<Content>): Channel<Content> {
  const faults: string[] = [];
  if (channel.api !== 1) faults.push(`api is ${String(channel.api)}, this Posthorn speaks version 1`);
  if (!channelName.test(channel.name)) faults.push('name must be lower-case letters, digits and dashes, at most 32');
  if (!addressKey.test(channel.addressKey) || takenAddressKeys.has(channel.addressKey))
    faults.push('addressKey must be a free camelCase word');
  if (!(channel.maxAddresses >= 1 && channel.maxAddresses <= 100)) faults.push('maxAddresses must be 1 to 100');
  if (channel.addressNamesAccount === true && channel.maxAddresses !== 1)
    faults.push('maxAddresses must be 1 where an address names an account');
  if (channel.fold !== undefined && channel.addressNamesAccount !== true)
    faults.push('only a channel whose address names an account can fold');
  const names = channel.providers.map((provider) => provider.name);
  if (new Set(names).size !== names.length) faults.push('two providers have the same name');
  if (names.includes('sandbox'))
    faults.push('a provider must not be called "sandbox": every channel has that one already');
  faults.push(...retryFaults(channel.retry));
  faults.push(...defaultsFaults(channel));
  if (channel.pruning !== undefined) faults.push(...pruningFaults(channel.pruning));
  for (const { name, quotas = [], takes } of channel.providers) {
    faults.push(...quotaFaults(quotas).map((fault) => `provider "${name}": ${fault}`));
    if (takes !== undefined && channel.kindOf === undefined)
      faults.push(`provider "${name}" takes only some kinds of addresses, but the channel has no kindOf`);
  }
  if (faults.length > 0) throw new Error(`channel "${String(channel.name)}": ${faults.join('; ')}`);
  return channel;
}

function defaultsFaults<Content>({ defaults = {}, regionOf }: Channel<Content>): readonly string[] {
  const { codesPerAddress, codesPerSource, codesPerPrefix, marketingWindow: window } = defaults;
  const counted = Object.entries({ codesPerAddress, codesPerSource }).flatMap(([name, windows]) =>
    windows === undefined ? [] : windowFaults(windows).map((fault) => `defaults.${name}: ${fault}`),
  );
  const prefix = codesPerPrefix === undefined ? [] : prefixFaults(codesPerPrefix);
  const hours = window === undefined ? [] : dailyWindowFaults(window);
  return [
    ...counted,
    ...prefix.map((fault) => `defaults.codesPerPrefix: ${fault}`),
    ...hours.map((fault) => `defaults.marketingWindow: ${fault}`),
    ...(window !== undefined && regionOf === undefined ? ['defaults.marketingWindow needs regionOf'] : []),
    ...(codesPerPrefix !== undefined && regionOf === undefined ? ['defaults.codesPerPrefix needs regionOf'] : []),
  ];
}

function prefixFaults({ digits, windows, unlessVerified }: PrefixDefault): readonly string[] {
  const isWhole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  return [
    ...(isWhole(digits, 2, 14) ? [] : ['digits must be 2 to 14']),
    ...(isWhole(unlessVerified, 1, 100) ? [] : ['unlessVerified must be 1 to 100']),
    ...windowFaults(windows),
  ];
}
