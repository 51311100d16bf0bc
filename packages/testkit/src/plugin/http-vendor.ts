import { deliveryId, idMint, type OutgoingDelivery, type ProviderKind } from '@posthorn/core';
import type { Case } from '../contract.ts';
import {
  type Expectations,
  type ProviderBench,
  type ProviderFixture,
  providerContract,
  type VendorMood,
} from '../provider-contract.ts';
import { testTools } from '../provider-tools.ts';
import { type DoubleReply, type SeenRequest, type VendorDouble, vendorDouble } from '../vendor-double.ts';

/** A vendor of plain HTTP as its author shows it. How networks misbehave is known; how the vendor speaks is not. */
export interface HttpVendor<Content, Settings> {
  /** Its provider asks the `endpoint` that the gateway lends, so that a double can stand there. */
  readonly kind: ProviderKind<Content, Settings>;
  readonly settings: Settings;
  readonly address: string;
  readonly content: Content;
  /** Its answer in each mood that it can have; one that is not there is no case. Each as recorded, or as its pages say. */
  readonly replies: VendorReplies;
  /** False for a request that it would turn away (path, key, signature): it then answers as in `rejects-credentials`. */
  admits?(request: SeenRequest): boolean;
  /** Where the idempotency key stands in a request; left out where the vendor has no place for one. */
  keyOf?(request: SeenRequest): string | null;
  /** What no outcome and no log line may have in it: secrets, the full address, words of the content. */
  readonly canaries: readonly string[];
  /** Kinds of outcome that are right here though they are not the usual ones. */
  readonly expects?: Expectations;
}

export type VendorReplies = Readonly<Record<'accepts' | 'refuses-content' | 'rejects-credentials', DoubleReply>> &
  Readonly<Partial<Record<'refuses-address' | 'throttles' | 'fails-inside', DoubleReply>>>;

/** The provider contract of such a vendor: cases, and the double that each of them gets. For `runContract` as it is. */
export interface HttpVendorContract<Content> {
  readonly cases: readonly Case<ProviderBench<Content>>[];
  open(): Promise<ProviderBench<Content>>;
  close(bench: ProviderBench<Content>): Promise<void>;
}

/** What stands in the network, whatever the vendor. */
const networkReplies = {
  'says-html': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
  'resets-before-body': { fault: 'reset-after-body' },
  'resets-after-body': { fault: 'reset-after-body' },
  silent: { fault: 'silent' },
  'stalls-in-body': { fault: 'stalled-body' },
  'huge-answer': { fault: 'huge' },
} as const satisfies Partial<Record<VendorMood, DoubleReply>>;

const usual = {
  accepts: ['accepted'],
  'refuses-address': ['refused'],
  'refuses-content': ['refused'],
  'rejects-credentials': ['misconfigured'],
  throttles: ['deferred'],
  'fails-inside': ['deferred'],
  'says-html': ['uncertain'],
  'resets-before-body': ['uncertain'],
  'resets-after-body': ['uncertain'],
  silent: ['uncertain'],
  'stalls-in-body': ['uncertain'],
  'huge-answer': ['uncertain'],
  'not-listening': ['deferred'],
} as const satisfies Expectations;

export function httpVendorContract<Content, Settings>(
  vendor: HttpVendor<Content, Settings>,
  patienceMs?: number,
): HttpVendorContract<Content> {
  const replies: Readonly<Partial<Record<VendorMood, DoubleReply>>> = { ...networkReplies, ...vendor.replies };
  const moods = Object.entries(usual).filter(([mood]) => mood === 'not-listening' || Object.hasOwn(replies, mood));
  const expectations: Expectations = { ...Object.fromEntries(moods), ...vendor.expects };
  const closings = new Map<ProviderBench<Content>, () => Promise<void>>();
  return {
    cases: providerContract<Content>(expectations, patienceMs),
    async open() {
      const opened: { close?(): Promise<void> }[] = [];
      const bench = benchOf(vendor, replies, opened);
      closings.set(bench, async () => {
        for (const one of opened.splice(0).toReversed()) await one.close?.();
      });
      return bench;
    },
    async close(bench) {
      await closings.get(bench)?.();
      closings.delete(bench);
    },
  };
}

function benchOf<Content, Settings>(
  vendor: HttpVendor<Content, Settings>,
  replies: Readonly<Partial<Record<VendorMood, DoubleReply>>>,
  opened: { close?(): Promise<void> }[],
): ProviderBench<Content> {
  const { kind, settings, canaries } = vendor;
  return {
    async enter(mood, timeoutMs): Promise<ProviderFixture<Content>> {
      const rejection = vendor.replies['rejects-credentials'];
      const double = await vendorDouble({
        reply: (request) =>
          vendor.admits?.(request) === false ? rejection : (replies[mood] ?? vendor.replies.accepts),
        cutsEarly: () => mood === 'resets-before-body',
      });
      const tools = testTools({ endpoint: new URL(double.origin), timeoutMs });
      const provider = await kind.open(settings, tools);
      opened.push(provider);
      if (mood === 'not-listening') await double.close();
      else opened.push(double);
      return {
        provider,
        delivery: outgoing(vendor),
        asked: () => double.requests.length,
        key: () => keyOfLast(vendor, double),
        canaries,
        logged: () => tools.log.text(),
      };
    },
  };
}

function keyOfLast<Content, Settings>(vendor: HttpVendor<Content, Settings>, double: VendorDouble): string | null {
  const last = double.requests.at(-1);
  return last === undefined ? null : (vendor.keyOf?.(last) ?? null);
}

function outgoing<Content, Settings>({ address, content }: HttpVendor<Content, Settings>): OutgoingDelivery<Content> {
  const notification = idMint().notification(Date.UTC(2026, 0, 1));
  return {
    id: deliveryId(notification, 1),
    notification,
    channel: 'sample',
    address,
    content,
    attempt: 1,
    kind: 'transactional',
    priority: 'high',
    expiresAt: null,
  };
}
