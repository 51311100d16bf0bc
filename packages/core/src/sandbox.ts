import type { Outcome } from './outcome.ts';
import type { OutgoingDelivery, Provider, ProviderKind, ProviderTools } from './provider.ts';
import { assertNever } from './result.ts';
import type { Schema } from './schema.ts';

/**
 * What a sandbox account plays on a magic address. A channel names the addresses, this file knows the plays:
 * `refused` the vendor says the address is bad · `deferred` it asks to wait · `misconfigured` it rejects our credentials ·
 * `hang` it never answers · `uncertain` it takes the message, then the line breaks · `delivered`, `undelivered` it accepts
 * and a receipt follows.
 */
export type SandboxFault =
  | 'refused'
  | 'deferred'
  | 'misconfigured'
  | 'hang'
  | 'uncertain'
  | 'delivered'
  | 'undelivered';

/** How long after the acceptance a played receipt arrives. */
export const sandboxReceiptDelayMs = 1_000;
const sandboxRetryAfterMs = 2_000;

/** The provider `sandbox`, which every channel has: it keeps messages in the inbox and never touches the network. */
export function sandboxProvider(
  faults: Readonly<Record<string, SandboxFault>>,
): ProviderKind<unknown, SandboxSettings> {
  return {
    name: 'sandbox',
    settings: noSettings,
    secrets: [],
    endpoint: null,
    onUncertain: 'retry',
    open: (_settings, tools) => Promise.resolve(openSandbox(faults, tools)),
  };
}

type SandboxSettings = Readonly<Record<string, never>>;

function openSandbox(faults: Readonly<Record<string, SandboxFault>>, tools: ProviderTools): Provider {
  return {
    send(delivery, signal) {
      const fault = Object.hasOwn(faults, delivery.address) ? faults[delivery.address] : undefined;
      return fault === undefined ? keep(delivery, tools) : play(fault, delivery, tools, signal);
    },
  };
}

async function play(
  fault: SandboxFault,
  delivery: OutgoingDelivery,
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
        suppress: 'hard',
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
      return {
        kind: 'uncertain',
        code: 'sandbox_timeout',
        detail: 'the sandbox took the message, then the connection broke',
      };
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

/** The sandbox has no settings of its own, and core has no schema library: this is the whole of a strict empty object. */
const noSettings: Schema<SandboxSettings> = {
  '~standard': {
    version: 1,
    vendor: 'posthorn',
    validate(value) {
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      if (keys.length === 0) return { value: {} };
      return { issues: [{ code: 'unrecognized_keys', keys, path: [], message: 'a sandbox account has no settings' }] };
    },
    jsonSchema: { input: emptyObjectSchema, output: emptyObjectSchema },
  },
};

function emptyObjectSchema(): Record<string, unknown> {
  return { type: 'object', properties: {}, additionalProperties: false };
}
