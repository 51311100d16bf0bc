import type { Clock } from './clock.ts';
import type { Claimed } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { OutgoingDelivery, Provider } from './provider.ts';

/** A provider has to let go this soon after its time is up; whoever does not is left behind. */
const graceMs = 500;
const longestCode = 100;
const longestDetail = 300;

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
  const abort = new AbortController();
  const giveUp = () => abort.abort();
  stop.addEventListener('abort', giveUp, { once: true });
  return new Promise((resolve) => {
    const timers = [clock.after(timeoutMs, giveUp)];
    const leaveBehind = () => finish(uncertain('timeout', 'the provider gave no outcome in its time'));
    abort.signal.addEventListener('abort', () => timers.push(clock.after(graceMs, leaveBehind)), { once: true });
    if (stop.aborted) giveUp();
    const finish = (outcome: Outcome) => {
      for (const cancel of timers) cancel();
      stop.removeEventListener('abort', giveUp);
      resolve(outcome);
    };
    send(provider, outgoing(claimed), abort.signal).then(finish, (error: unknown) => {
      finish(uncertain('provider_threw', error instanceof Error ? shortened(error.name, longestCode) : 'not an error'));
    });
  });
}

/** A provider that throws at once, or whose answer throws when it is looked at, rejects like one that throws later. */
async function send(provider: Provider, delivery: OutgoingDelivery, signal: AbortSignal): Promise<Outcome> {
  return checked(await provider.send(delivery, signal));
}

function outgoing(claimed: Claimed): OutgoingDelivery {
  const { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt } = claimed;
  return { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt };
}

/** A plugin is not compiled with us: what it returns is read field by field before it is believed. */
function checked(answer: Readonly<Record<string, unknown>> | Outcome | null | undefined): Outcome {
  const given: Readonly<Record<string, unknown>> = { ...answer };
  const told = { code: shortened(given['code'], longestCode), detail: shortened(given['detail'], longestDetail) };
  switch (given['kind']) {
    case 'accepted': {
      const vendorId = given['vendorId'] ?? null;
      const accepted = {
        kind: 'accepted',
        vendorId: vendorId === null ? null : shortened(vendorId, longestDetail),
      } as const;
      const parts = given['parts'];
      return typeof parts === 'number' && Number.isSafeInteger(parts) && parts > 0 ? { ...accepted, parts } : accepted;
    }
    case 'refused': {
      const { because, suppress } = given;
      const refused = { kind: 'refused', because: isOneOf(reasons, because) ? because : 'content', ...told } as const;
      return isOneOf(suppressions, suppress) ? { ...refused, suppress } : refused;
    }
    case 'deferred': {
      const { scope, retryAfterMs } = given;
      const waits = typeof retryAfterMs === 'number' && !Number.isNaN(retryAfterMs) ? retryAfterMs : null;
      return { kind: 'deferred', scope: isOneOf(scopes, scope) ? scope : 'delivery', retryAfterMs: waits, ...told };
    }
    case 'misconfigured':
    case 'uncertain':
      return { kind: given['kind'], ...told };
    default:
      return uncertain('provider_garbage', 'the provider returned no outcome');
  }
}

const reasons = ['address', 'content', 'blocked'] as const;
const suppressions = ['hard', 'soft'] as const;
const scopes = ['delivery', 'address', 'account'] as const;

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.includes(value as Word);
}

function shortened(value: unknown, most: number): string {
  return String(value ?? '').slice(0, most);
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
