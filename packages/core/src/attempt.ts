import type { Clock } from './clock.ts';
import type { Claimed } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { OutgoingDelivery, Provider } from './provider.ts';

/** A provider has to let go this soon after its time is up; whoever does not is left behind. */
const graceMs = 500;
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
  if (stop.aborted) giveUp();
  return new Promise((resolve) => {
    const timers = [
      clock.after(timeoutMs, giveUp),
      clock.after(timeoutMs + graceMs, () => finish(uncertain('timeout', `no outcome within ${timeoutMs} ms`))),
    ];
    const finish = (outcome: Outcome) => {
      for (const cancel of timers) cancel();
      stop.removeEventListener('abort', giveUp);
      resolve(outcome);
    };
    send(provider, outgoing(claimed), abort.signal).then(
      (outcome) => finish(checked(outcome)),
      (error: unknown) => finish(uncertain('provider_threw', error instanceof Error ? error.name : 'not an error')),
    );
  });
}

/** A provider that throws at once rejects like one that throws later. */
async function send(provider: Provider, delivery: OutgoingDelivery, signal: AbortSignal): Promise<Outcome> {
  return await provider.send(delivery, signal);
}

function outgoing(claimed: Claimed): OutgoingDelivery {
  const { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt } = claimed;
  return { id, notification, channel, address, content, attempt: ordinal, kind, priority, expiresAt };
}

const kinds: ReadonlySet<unknown> = new Set(['accepted', 'refused', 'deferred', 'misconfigured', 'uncertain']);

/** A plugin is not compiled with us: what it returns is looked at before it is believed. */
function checked(outcome: Outcome): Outcome {
  if (typeof outcome !== 'object' || outcome === null || !kinds.has(outcome.kind)) {
    return uncertain('provider_garbage', 'the provider returned no outcome');
  }
  if (outcome.kind === 'accepted') return outcome;
  return {
    ...outcome,
    code: String(outcome.code).slice(0, 100),
    detail: String(outcome.detail).slice(0, longestDetail),
  };
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
