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
  const takeCounts = countEvents(outbox);
  new Counter({
    name: 'posthorn_events_total',
    help: 'What happened to notifications and deliveries, by type of event.',
    labelNames: ['type', 'channel', 'account'] as const,
    registers: [registry],
    collect() {
      for (const { count, ...labels } of takeCounts()) this.inc(labels, count);
    },
  });
  countCodes(outbox, registry);
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

/** What became of codes; the ratio of the two is the conversion of an account. */
function countCodes(outbox: Outbox, registry: Registry): void {
  const counter = (what: 'sent' | 'verified', help: string) =>
    new Counter({
      name: `posthorn_otp_${what}_total`,
      help,
      labelNames: ['channel', 'account'] as const,
      registers: [registry],
    });
  const sent = counter('sent', 'One-time codes that an account has sent.');
  const verified = counter('verified', 'One-time codes of an account that have been verified.');
  outbox.onCommit(({ codes = [] }) => {
    for (const { channel, account, ...counts } of codes) {
      sent.inc({ channel, account }, counts.sent);
      verified.inc({ channel, account }, counts.verified);
    }
  });
}

interface EventCount {
  readonly type: string;
  readonly channel: string;
  readonly account: string;
  count: number;
}

/** Counts by hand until the next look: every event would otherwise pay for finding its labels. */
function countEvents(outbox: Outbox): () => readonly EventCount[] {
  let counts = new Map<string, EventCount>();
  outbox.onCommit(({ events }) => {
    for (const { type, channel, account } of events) {
      const key = `${type} ${channel} ${account}`;
      const known = counts.get(key);
      if (known) known.count++;
      else counts.set(key, { type, channel: channel ?? '', account: account ?? '', count: 1 });
    }
  });
  return () => {
    const taken = [...counts.values()];
    counts = new Map();
    return taken;
  };
}
