import type { Clock } from './clock.ts';
import { withinDeadline } from './deadline.ts';
import type { Claimed } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { OutgoingDelivery, Provider } from './provider.ts';

export const longestCode = 100;
export const longestDetail = 300;

/**
 * One try, kept within its time whatever the provider does: one that throws, answers nonsense or never answers has made
 * an attempt of unknown outcome.
 */
export function attempt(
  provider: Provider,
  claimed: Claimed,
  timeoutMs: number,
  stop: AbortSignal,
  clock: Clock,
): Promise<Outcome> {
  return withinDeadline<Outcome>((signal) => send(provider, outgoing(claimed), signal), {
    timeoutMs,
    stop,
    clock,
    late: () => uncertain('timeout', 'the provider gave no outcome in its time'),
    thrown: (error) =>
      uncertain('provider_threw', error instanceof Error ? shortened(error.name, longestCode) : 'not an error'),
  });
}

/** A provider that throws at once, or whose answer throws when it is looked at, rejects like one that throws later. */
async function send(provider: Provider, delivery: OutgoingDelivery, signal: AbortSignal): Promise<Outcome> {
  return checked(await provider.send(delivery, signal));
}

/** What a provider gets to see of a claimed delivery. */
export function outgoing(claimed: Claimed): OutgoingDelivery {
  const { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt } = claimed;
  return { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt };
}

/** A plugin is not compiled with us: what it returns is read field by field before it is believed. */
function checked(answer: Readonly<Record<string, unknown>> | Outcome | null | undefined): Outcome {
  const given: Readonly<Record<string, unknown>> = { ...answer };
  const told = { code: shortened(given['code'], longestCode), detail: shortened(given['detail'], longestDetail) };
  switch (given['kind']) {
    case 'accepted':
      return acceptance(given);
    case 'refused': {
      const { because, suppress } = given;
      const refused = { kind: 'refused', because: isOneOf(reasons, because) ? because : 'content', ...told } as const;
      return isOneOf(suppressions, suppress) ? { ...refused, suppress } : refused;
    }
    case 'deferred': {
      const { scope, elsewhere, retryAfterMs } = given;
      const waits = typeof retryAfterMs === 'number' && !Number.isNaN(retryAfterMs) ? retryAfterMs : null;
      const deferred = { kind: 'deferred', scope: isOneOf(scopes, scope) ? scope : 'delivery' } as const;
      return { ...deferred, ...(elsewhere === true && { elsewhere }), retryAfterMs: waits, ...told };
    }
    case 'misconfigured':
      return { kind: 'misconfigured', ...told };
    case 'uncertain':
      return given['scope'] === 'address'
        ? { kind: 'uncertain', scope: 'address', ...told }
        : { kind: 'uncertain', ...told };
    default:
      return uncertain('provider_garbage', 'the provider returned no outcome');
  }
}

/** The vendor has the message: what it calls it, and the billed parts when they make sense. */
export function acceptance(given: Readonly<Record<string, unknown>>): Extract<Outcome, { kind: 'accepted' }> {
  const { vendorId = null, parts } = given;
  const accepted = {
    kind: 'accepted',
    vendorId: vendorId === null ? null : shortened(vendorId, longestDetail),
  } as const;
  return typeof parts === 'number' && Number.isSafeInteger(parts) && parts > 0 ? { ...accepted, parts } : accepted;
}

const reasons = ['address', 'content', 'blocked'] as const;
const suppressions = ['hard', 'soft'] as const;
const scopes = ['delivery', 'address', 'account'] as const;

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.includes(value as Word);
}

export function shortened(value: unknown, most: number): string {
  return String(value ?? '').slice(0, most);
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
