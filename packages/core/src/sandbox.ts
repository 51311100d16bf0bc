import type { Fate } from './fate.ts';
import type { DeliveryId } from './ids.ts';
import type { Outcome } from './outcome.ts';
import type { OutgoingDelivery, Provider, ProviderKind, ProviderTools } from './provider.ts';
import { assertNever } from './result.ts';
import type { Schema } from './schema.ts';

/**
 * What a sandbox account plays on a magic address. A channel names the addresses, this file knows the plays:
 * `refused` the vendor says the address is bad · `deferred` it asks to wait · `misconfigured` it rejects our credentials ·
 * `hang` it never answers · `uncertain` it takes the message, then the line breaks · `delivered`, `undelivered` it accepts
 * and a receipt follows · `found` it takes the message, then the line breaks, and it knows of it when it is asked · `lost`
 * the line breaks before it has the message, and it knows that too.
 */
export type SandboxFault =
  | 'refused'
  | 'deferred'
  | 'misconfigured'
  | 'hang'
  | 'uncertain'
  | 'delivered'
  | 'undelivered'
  | 'found'
  | 'lost';

/** How long after the acceptance a played receipt arrives. */
export const sandboxReceiptDelayMs = 1_000;
const sandboxRetryAfterMs = 2_000;
/** Broken lines that the sandbox remembers; whoever breaks more of them is told of the oldest that it is unknown. */
const mostBroken = 10_000;

/** The provider `sandbox`, which every channel has: it keeps messages in the inbox and never touches the network. */
export function sandboxProvider(
  faults: Readonly<Record<string, SandboxFault>>,
): ProviderKind<unknown, SandboxSettings> {
  return {
    name: 'sandbox',
    settings: sandboxSettings,
    secrets: [],
    endpoint: null,
    onUncertain: 'retry',
    simulated: true,
    open: ({ lookUp = false }, tools) => Promise.resolve(openSandbox(faults, lookUp, tools)),
  };
}

interface SandboxSettings {
  /** The vendor can be asked what became of an attempt. */
  readonly lookUp?: boolean;
}

/** Deliveries whose line broke, with what the vendor knows of them. */
type Broken = Map<DeliveryId, Fate>;

function openSandbox(
  faults: Readonly<Record<string, SandboxFault>>,
  canBeAsked: boolean,
  tools: ProviderTools,
): Provider {
  const broken: Broken = new Map();
  return {
    send(delivery, signal) {
      const fault = Object.hasOwn(faults, delivery.address) ? faults[delivery.address] : undefined;
      return fault === undefined ? keep(delivery, tools) : play(fault, delivery, broken, tools, signal);
    },
    ...(canBeAsked && { lookUp: async ({ id }) => broken.get(id) ?? { kind: 'unknown' } }),
  };
}

async function play(
  fault: SandboxFault,
  delivery: OutgoingDelivery,
  broken: Broken,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<Outcome> {
  switch (fault) {
    case 'refused':
      return {
        kind: 'refused',
        because: 'address',
        code: 'sandbox_refused',
        detail: 'the sandbox refuses this address',
      };
    case 'deferred':
      return {
        kind: 'deferred',
        scope: 'address',
        retryAfterMs: sandboxRetryAfterMs,
        code: 'sandbox_deferred',
        detail: 'the sandbox asks to wait',
      };
    case 'misconfigured':
      return { kind: 'misconfigured', code: 'sandbox_credentials', detail: 'the sandbox rejects the credentials' };
    case 'hang':
      return hang(signal);
    case 'uncertain':
      await keep(delivery, tools);
      return lineBroke;
    case 'found':
      remember(broken, delivery.id, { kind: 'accepted', vendorId: `sandbox-${delivery.id}` });
      await keep(delivery, tools);
      return lineBroke;
    case 'lost':
      if (broken.has(delivery.id)) return keep(delivery, tools);
      remember(broken, delivery.id, { kind: 'absent' });
      return { ...lineBroke, detail: 'the connection to the sandbox broke' };
    case 'delivered':
    case 'undelivered': {
      const accepted = await keep(delivery, tools);
      tools.clock.after(sandboxReceiptDelayMs, () => {
        tools.report(delivery.id, { status: fault, code: `sandbox_${fault}`, detail: null, at: tools.clock.now() });
      });
      return accepted;
    }
    default:
      return assertNever(fault);
  }
}

const lineBroke = {
  kind: 'uncertain',
  code: 'sandbox_timeout',
  detail: 'the sandbox took the message, then the connection broke',
} as const;

function remember(broken: Broken, delivery: DeliveryId, fate: Fate): void {
  const [oldest] = broken.keys();
  if (broken.size >= mostBroken && oldest !== undefined) broken.delete(oldest);
  broken.set(delivery, fate);
}

async function keep(delivery: OutgoingDelivery, tools: ProviderTools): Promise<Outcome> {
  await tools.inbox.keep({
    delivery: delivery.id,
    notification: delivery.notification,
    channel: delivery.channel,
    account: tools.account,
    address: delivery.address,
    content: delivery.content,
    attempt: delivery.attempt,
  });
  return { kind: 'accepted', vendorId: `sandbox-${delivery.id}` };
}

/** Ends only when the gateway loses patience: a vendor that is silent after the request may have sent it. */
function hang(signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const answer = () => resolve({ kind: 'uncertain', code: 'timeout', detail: 'the sandbox did not answer in time' });
    if (signal.aborted) answer();
    else signal.addEventListener('abort', answer, { once: true });
  });
}

/** One setting, and core has no schema library: this is the whole of a strict object with an optional boolean. */
const sandboxSettings: Schema<SandboxSettings> = {
  '~standard': {
    version: 1,
    vendor: 'posthorn',
    validate(value) {
      const { lookUp, ...others } = { ...(value as Readonly<Record<string, unknown>> | null) };
      const keys = Object.keys(others);
      if (keys.length > 0)
        return {
          issues: [{ code: 'unrecognized_keys', keys, path: [], message: 'a sandbox account has no such setting' }],
        };
      if (lookUp === undefined) return { value: {} };
      if (typeof lookUp === 'boolean') return { value: { lookUp } };
      return { issues: [{ path: ['lookUp'], message: 'must be true or false' }] };
    },
    jsonSchema: { input: settingsSchema, output: settingsSchema },
  },
};

function settingsSchema(): Record<string, unknown> {
  const lookUp = { type: 'boolean', description: 'The vendor can be asked what became of an attempt.' };
  return { type: 'object', properties: { lookUp }, additionalProperties: false };
}
