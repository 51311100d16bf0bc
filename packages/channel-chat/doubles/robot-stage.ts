import {
  type Clock,
  deliveryId,
  idMint,
  type OutgoingDelivery,
  type Provider,
  type ProviderKind,
} from '@posthorn/core';
import {
  type DoubleReply,
  type Expectations,
  manualClock,
  type ProviderBench,
  type SeenRequest,
  testTools,
  type VendorDouble,
  type VendorMood,
  vendorDouble,
} from '@posthorn/testkit';
import type { Content } from '../src/content.ts';

/** A vendor as a test plays it. */
export interface Stage<Settings> {
  readonly kind: ProviderKind<Content, Settings>;
  readonly settings: Settings;
  /** Whether the vendor would let the request in at `now`: path, key and signature. */
  admits(request: SeenRequest, now: number): boolean;
  /** What it says to a request that it does not let in. */
  readonly rejection: DoubleReply;
  readonly replies: Readonly<Record<'accepts' | 'refuses-content' | 'throttles' | 'fails-inside', DoubleReply>>;
  /** What must never be seen in an outcome or a log. */
  readonly canaries: readonly string[];
}

/** A moment at which every clock of a test stands. */
export const now = 1_790_000_000_000;
const notification = idMint().notification(now);
const delivery: OutgoingDelivery<Content> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'chat',
  address: 'ops',
  content: { title: 'c4n4ry-title', text: 'c4n4ry-text', url: 'https://example.com/c4n4ry' },
  attempt: 1,
  kind: 'transactional',
  priority: 'high',
  expiresAt: null,
};

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): DoubleReply {
  return { status, headers, body: JSON.stringify(body) };
}

/** What a robot's provider has to make of each mood; a robot has no address that could be refused. */
export const expectations: Expectations = {
  accepts: ['accepted'],
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
};

/** What a test may want otherwise. */
interface Wishes<Settings> {
  readonly settings?: Settings;
  readonly cutsEarly?: boolean;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const open: { close?(): Promise<void> }[] = [];

export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).toReversed()) await one.close?.();
}

/** Puts a double up and connects a provider to it. */
export async function play<Settings>(stage: Stage<Settings>, reply: DoubleReply, wishes: Wishes<Settings> = {}) {
  const { settings = stage.settings, cutsEarly = false, timeoutMs = 1_500, clock = manualClock(now) } = wishes;
  const double = await vendorDouble({
    reply: (request) => (stage.admits(request, clock.now()) ? reply : stage.rejection),
    cutsEarly: () => cutsEarly,
  });
  const tools = testTools({ endpoint: new URL(double.origin), timeoutMs, clock });
  const provider = await stage.kind.open(settings, tools);
  open.push(double, provider);
  const bodies = () => double.requests.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
  return { double, provider, tools, bodies };
}

export function send(
  provider: Provider<Content>,
  content: Content = delivery.content,
  signal: AbortSignal = AbortSignal.timeout(1_500),
) {
  return provider.send({ ...delivery, content }, signal);
}

/** Nothing listens on its port any more. */
async function stop(double: VendorDouble): Promise<void> {
  open.splice(open.indexOf(double), 1);
  await double.close();
}

/** The fixture of the provider contract. */
export function bench<Settings>(stage: Stage<Settings>): ProviderBench<Content> {
  const faults: Readonly<Partial<Record<VendorMood, DoubleReply>>> = {
    ...stage.replies,
    'rejects-credentials': stage.rejection,
    'says-html': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
    'resets-after-body': { fault: 'reset-after-body' },
    silent: { fault: 'silent' },
    'stalls-in-body': { fault: 'stalled-body' },
    'huge-answer': { fault: 'huge' },
  };
  return {
    async enter(mood, timeoutMs) {
      const cutsEarly = mood === 'resets-before-body';
      const { double, provider, tools } = await play(stage, faults[mood] ?? stage.replies.accepts, {
        cutsEarly,
        timeoutMs,
      });
      if (mood === 'not-listening') await stop(double);
      return {
        provider,
        delivery,
        asked: () => double.requests.length,
        // No robot has a place for one.
        key: () => null,
        canaries: ['c4n4ry', ...stage.canaries],
        logged: () => tools.log.text(),
      };
    },
  };
}
