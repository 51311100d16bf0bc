import type { Measurement } from './figure.ts';
import { batchBody } from './notification.ts';
import type { Gateway } from './processes/gateway.ts';
import { processorSeconds } from './processes/resources.ts';

/** How a backlog left. */
interface Drain {
  readonly perSecond: number;
  /** Processor time of the gateway for one delivery. */
  readonly microseconds: number;
  /** Processor time, in seconds a second, of the process that took the messages; null when there is none. */
  readonly takerShare: number | null;
}

const batchSize = 1_000;
const lookEveryMs = 50;
const patienceMs = 180_000;

/**
 * Stores deliveries that all fall due at the same later moment, and measures from that moment how fast they leave. The
 * rate is taken at the last look before the end, so that the time between two looks does not count.
 */
export async function drainBacklog(gateway: Gateway, size: number, taker: number | null): Promise<Drain> {
  const dueAt = new Date(Date.now() + 700 + size / 4);
  for (let first = 0; first < size; first += batchSize) {
    const body = batchBody(first, Math.min(batchSize, size - first), dueAt);
    await gateway.request('POST', '/notify/batch', body);
  }
  const early = dueAt.getTime() - Date.now();
  if (early < 0) throw new Error(`storing ${size} deliveries took ${-early} ms too long to measure how they leave`);
  await pause(early);
  const start = performance.now();
  const busy = processorSeconds(gateway.pid);
  const takerBusy = taker === null ? 0 : processorSeconds(taker);
  let latest: Drain = { perSecond: 0, microseconds: 0, takerShare: null };
  for (;;) {
    const sent = await gateway.events('delivery.sent');
    const seconds = (performance.now() - start) / 1_000;
    if (sent >= size) return latest;
    if (seconds * 1_000 > patienceMs) throw new Error(`${sent} of ${size} deliveries left in ${seconds} s`);
    if (sent > 0) {
      latest = {
        perSecond: sent / seconds,
        microseconds: ((processorSeconds(gateway.pid) - busy) * 1e6) / sent,
        takerShare: taker === null ? null : (processorSeconds(taker) - takerBusy) / seconds,
      };
    }
    await pause(lookEveryMs);
  }
}

/** The rows that every drain has. */
export function drainMeasurements(drains: readonly Drain[]): readonly Measurement[] {
  return [
    { what: 'deliveries', unit: '1/s', values: drains.map(({ perSecond }) => perSecond) },
    {
      what: 'processor time of the gateway for a delivery',
      unit: 'µs',
      values: drains.map(({ microseconds }) => microseconds),
    },
  ];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
