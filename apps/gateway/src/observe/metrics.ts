import type { Outbox, Reader } from '@posthorn/core';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface Metrics {
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Counts events as they are committed; labels are names from the config, so their number is bounded. */
export function openMetrics(outbox: Outbox, reader: Reader, inFlight: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: 'posthorn_events_total',
    help: 'What happened to notifications and deliveries, by type of event.',
    labelNames: ['type', 'channel', 'account'] as const,
    registers: [registry],
  });
  outbox.onCommit(({ events: happened }) => {
    for (const { type, channel, account } of happened)
      events.inc({ type, channel: channel ?? '', account: account ?? '' });
  });
  new Gauge({
    name: 'posthorn_deliveries_in_flight',
    help: 'Deliveries that are being sent.',
    registers: [registry],
    collect() {
      this.set(inFlight());
    },
  });
  new Gauge({
    name: 'posthorn_deliveries_queued',
    help: 'Deliveries that are due and not yet being sent.',
    labelNames: ['channel', 'account'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { lane, queued } of reader.backlog())
        this.set({ channel: lane.channel, account: lane.account }, queued);
    },
  });
  return { text: () => registry.metrics(), contentType: registry.contentType };
}
