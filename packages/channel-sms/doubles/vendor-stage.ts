import type { Outcome, OutgoingDelivery, Provider, ProviderKind } from '@posthorn/core';
import { deliveryId, idMint } from '@posthorn/core';
import {
  type DoubleReply,
  manualClock,
  type ProviderBench,
  type SeenRequest,
  type TestTools,
  testTools,
  type VendorDouble,
  type VendorMood,
  vendorDouble,
} from '@posthorn/testkit';
import type { SmsContent } from '../src/content.ts';

const notification = idMint().notification(Date.UTC(2026, 0, 1));

/** A code to a mainland number, with what is hard to sign and to encode. */
export const sampleDelivery: OutgoingDelivery<SmsContent> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'sms',
  address: '+8613800138000',
  content: { templateCode: '1234', params: { '1': '482913', '2': "Zoë !*'()~+&= 李" } },
  attempt: 1,
  kind: 'otp',
  priority: 'critical',
  expiresAt: null,
};

/** Parts of `sampleDelivery` that must be seen nowhere. */
const sampleCanaries = ['13800138000', '482913', 'Zoë'];

export function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): DoubleReply {
  return { status, headers, body: JSON.stringify(body) };
}

/** A vendor as its double plays it. */
interface Cast<Settings> {
  readonly kind: ProviderKind<SmsContent, Settings>;
  readonly settings: Settings;
  /** Whether the vendor would take the request for one of this account: the signature, worked out again from its pages. */
  isGenuine(request: SeenRequest): boolean;
  /** Its answer when it would not. */
  readonly rejection: DoubleReply;
}

interface Scene<Settings> {
  readonly settings?: Settings;
  readonly cutsEarly?: boolean;
  readonly timeoutMs?: number;
  readonly callbackUrl?: URL;
}

interface Played {
  readonly double: VendorDouble;
  readonly provider: Provider<SmsContent>;
  readonly tools: TestTools;
}

/** Doubles of one vendor, each with a provider that is connected to it. */
export function vendorStage<Settings>({ kind, settings, isGenuine, rejection }: Cast<Settings>) {
  const open: { close?(): Promise<void> }[] = [];

  async function play(reply: DoubleReply, scene: Scene<Settings> = {}): Promise<Played> {
    const double = await vendorDouble({
      reply: (request) => (isGenuine(request) ? reply : rejection),
      cutsEarly: () => scene.cutsEarly ?? false,
    });
    open.push(double);
    const tools = testTools({
      endpoint: new URL(double.origin),
      timeoutMs: scene.timeoutMs ?? 1_500,
      callbackUrl: scene.callbackUrl ?? null,
      clock: manualClock(),
    });
    const provider = await kind.open(scene.settings ?? settings, tools);
    open.push(provider);
    return { double, provider, tools };
  }

  return {
    play,
    /** What one message comes to when the vendor answers it so. */
    async outcomeOf(reply: DoubleReply, over: Partial<OutgoingDelivery<SmsContent>> = {}, scene: Scene<Settings> = {}) {
      const played = await play(reply, scene);
      const outcome: Outcome = await played.provider.send({ ...sampleDelivery, ...over }, AbortSignal.timeout(1_500));
      return { ...played, outcome };
    },
    /** Nothing listens on its port any more. */
    async stop(double: VendorDouble): Promise<void> {
      open.splice(open.indexOf(double), 1);
      await double.close();
    },
    async close(): Promise<void> {
      for (const one of open.splice(0).toReversed()) await one.close?.();
    },
  };
}

interface Stage {
  play(reply: DoubleReply, scene: Omit<Scene<never>, 'settings'>): Promise<Played>;
  stop(double: VendorDouble): Promise<void>;
}

/** The same stage for the provider contract. `keyOf` reads the idempotency key of a request. */
export function stageBench(
  { play, stop }: Stage,
  replies: Readonly<Record<VendorMood, DoubleReply>>,
  canaries: readonly string[],
  keyOf: (request: SeenRequest) => string | null,
): ProviderBench<SmsContent> {
  return {
    async enter(mood, timeoutMs) {
      const { double, provider, tools } = await play(replies[mood], {
        cutsEarly: mood === 'resets-before-body',
        timeoutMs,
      });
      if (mood === 'not-listening') await stop(double);
      return {
        provider,
        delivery: sampleDelivery,
        asked: () => double.requests.length,
        key: () => {
          const last = double.requests.at(-1);
          return last === undefined ? null : keyOf(last);
        },
        canaries: [...canaries, ...sampleCanaries],
        logged: () => tools.log.text(),
      };
    },
  };
}

/** How every vendor's network and what stands in it can misbehave. */
export const networkReplies = {
  'says-html': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
  'resets-before-body': { fault: 'reset-after-body' },
  'resets-after-body': { fault: 'reset-after-body' },
  silent: { fault: 'silent' },
  'stalls-in-body': { fault: 'stalled-body' },
  'huge-answer': { fault: 'huge' },
} as const satisfies Partial<Record<VendorMood, DoubleReply>>;

/** What an SMS vendor's provider has to make of each mood. */
export const expectations = {
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
} as const;
