import { acceptance, outgoing } from './attempt.ts';
import type { Clock } from './clock.ts';
import { withinDeadline } from './deadline.ts';
import type { Fate } from './fate.ts';
import type { Claimed } from './outbox.ts';
import type { Provider } from './provider.ts';
import { receiptOf } from './receipt.ts';

const unknown: Fate = { kind: 'unknown' };

/**
 * Asks the vendor what became of an earlier attempt, within the time of an attempt. A provider that throws, answers
 * nonsense or never answers does not know; neither does one that cannot be asked.
 */
export function lookUp(
  provider: Provider,
  claimed: Claimed,
  timeoutMs: number,
  stop: AbortSignal,
  clock: Clock,
): Promise<Fate> {
  if (provider.lookUp === undefined) return Promise.resolve(unknown);
  return withinDeadline<Fate>((signal) => ask(provider, claimed, signal, clock), {
    timeoutMs,
    stop,
    clock,
    late: () => unknown,
    thrown: () => unknown,
  });
}

/** A provider that throws at once, or whose answer throws when it is looked at, rejects like one that throws later. */
async function ask(provider: Provider, claimed: Claimed, signal: AbortSignal, clock: Clock): Promise<Fate> {
  return checked((await provider.lookUp?.(outgoing(claimed), signal)) ?? null, clock.now());
}

/** A plugin is not compiled with us: what it returns is read field by field before it is believed. */
function checked(answer: Fate | null, now: number): Fate {
  const given: Readonly<Record<string, unknown>> = { ...answer };
  switch (given['kind']) {
    case 'accepted':
      return acceptance(given);
    case 'receipt': {
      const receipt = receiptOf(given['receipt'], now);
      const { vendorId } = acceptance(given);
      return receipt === null ? unknown : { kind: 'receipt', vendorId, receipt };
    }
    case 'absent':
      return { kind: 'absent' };
    default:
      return unknown;
  }
}
