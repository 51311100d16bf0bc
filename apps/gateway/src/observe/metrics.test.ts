import type { CodeCount, Commit, Outbox, PostedEvent, Reader } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { logDeliveries } from './delivery-log.ts';
import { openMetrics } from './metrics.ts';

/** An outbox of which only the commits are heard. */
function committing() {
  const listeners: ((commit: Commit) => void)[] = [];
  const outbox = { onCommit: (listener: (commit: Commit) => void) => listeners.push(listener) } as unknown as Outbox;
  const commit = (...events: readonly Partial<PostedEvent>[]) => {
    for (const listener of listeners) listener({ events: events as PostedEvent[], ready: [] });
  };
  const count = (...codes: readonly CodeCount[]) => {
    for (const listener of listeners) listener({ events: [], ready: [], codes });
  };
  return { outbox, commit, count };
}

const sent = { type: 'delivery.sent', channel: 'sms', account: 'main' } as const;
const failed = { type: 'delivery.failed', channel: 'sms', account: 'main', code: 'bad' } as const;
const accepted = { type: 'notification.accepted', channel: null, account: null } as const;

describe('openMetrics', () => {
  it('counts events by type, channel and account, and gauges what waits', async () => {
    const { outbox, commit } = committing();
    let queued = 3;
    const reader = { backlog: () => (queued === 0 ? [] : [{ lane: { channel: 'sms', account: 'main' }, queued }]) };
    const metrics = openMetrics(outbox, reader as unknown as Reader, () => 7);
    commit(accepted, sent, sent);
    commit(failed);
    const text = await metrics.text();
    expect(text).toContain('posthorn_events_total{type="notification.accepted",channel="",account=""} 1');
    expect(text).toContain('posthorn_events_total{type="delivery.sent",channel="sms",account="main"} 2');
    expect(text).toContain('posthorn_events_total{type="delivery.failed",channel="sms",account="main"} 1');
    expect(text).toContain('posthorn_deliveries_in_flight 7');
    expect(text).toContain('posthorn_deliveries_queued{channel="sms",account="main"} 3');
    expect(metrics.contentType).toMatch(/^text\/plain/);
    queued = 0;
    expect(await metrics.text()).not.toContain('posthorn_deliveries_queued{');
  });
});

it('counts codes by account', async () => {
  const { outbox, commit, count } = committing();
  const metrics = openMetrics(outbox, { backlog: () => [] } as unknown as Reader, () => 0);
  commit(sent);
  count({ channel: 'sms', account: 'main', sent: 3, verified: 0 });
  count(
    { channel: 'sms', account: 'main', sent: 0, verified: 2 },
    { channel: 'sms', account: 'b', sent: 1, verified: 0 },
  );
  const text = await metrics.text();
  expect(text).toContain('posthorn_otp_sent_total{channel="sms",account="main"} 3');
  expect(text).toContain('posthorn_otp_verified_total{channel="sms",account="main"} 2');
  expect(text).toContain('posthorn_otp_sent_total{channel="sms",account="b"} 1');
});

describe('logDeliveries', () => {
  it('warns of what went wrong, and speaks of the rest only when asked to', () => {
    const { outbox, commit } = committing();
    const lines: unknown[] = [];
    const line = (level: string) => (message: string, fields?: object) => lines.push([level, message, fields]);
    logDeliveries(outbox, { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') });
    const dropped = {
      type: 'account.conversion_dropped',
      code: 'account_conversion',
      detail: '1 of 60 codes',
    } as const;
    commit({ ...sent, detail: 'what a vendor said' }, { ...failed, detail: 'to +8613800138000' }, dropped);
    expect(lines).toMatchObject([
      ['debug', 'delivery.sent', { channel: 'sms', account: 'main' }],
      ['warn', 'delivery.failed', { channel: 'sms', account: 'main', code: 'bad' }],
      ['warn', 'account.conversion_dropped', { code: 'account_conversion', detail: '1 of 60 codes' }],
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/vendor said|138001/);
  });
});
