import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliveryId, idMint, type NewNotification } from '@posthorn/core';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../doubles/temporary-store.ts';
import { type EmbeddedStore, openStore } from './index.ts';

const start = Date.UTC(2026, 0, 1);
const day = 24 * 3_600_000;
const lane = { channel: 'sms', account: 'main' };
const never = {
  contentBefore: 0,
  metadataBefore: 0,
  idempotencyBefore: 0,
  quotaBefore: 0,
  codesBefore: 0,
  tracesBefore: 0,
  limit: 10,
};
const mint = idMint();
let folder = '';
let store: EmbeddedStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-prune-'));
  store = openStore({ path: join(folder, 'posthorn.db'), searchKey: Buffer.alloc(32, 1), keys, now: start });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function notification(key: string | null = null): NewNotification {
  return {
    id: mint.notification(start),
    project: store.defaultProject.key,
    kind: 'transactional',
    priority: 'normal',
    plan: {
      strategy: 'fallback',
      guarantee: 'at-least-once',
      steps: [{ channel: 'sms', accounts: null, withinMs: null, until: 'sent' }],
    },
    skipped: [],
    deliveries: [{ ordinal: 1, step: 0, ...lane, address: '+8613800138000', flow: null }],
    content: { sms: { text: 'a secret of two' } },
    dueAt: null,
    expiresAt: null,
    orderingKey: null,
    metadata: { order: 'A-17' },
    tags: ['shipping', 'shipping'],
    idempotency: key === null ? null : { key, fingerprint: Buffer.alloc(32) },
    answer: '{}',
  };
}

async function acceptAndSend(count: number, now = start): Promise<readonly NewNotification[]> {
  const notifications = Array.from({ length: count }, () => notification());
  await store.outbox.accept({ notifications, now });
  const claimed = await store.outbox.claim({ lane, limit: count, leaseMs: 1_000, now });
  const settlement = { to: 'sent', vendorId: null, parts: null } as const;
  const attempt = { ...lane, startedAt: now, endedAt: now, outcome: 'accepted', code: null, detail: null } as const;
  await Promise.all(claimed.map((lease) => store.outbox.settle({ lease, attempt, settlement, now })));
  return notifications;
}

/** Rows of every table that holds something of a notification, counted past the store. */
function rows(): Readonly<Record<string, number>> {
  const db = new SqliteDatabase(join(folder, 'posthorn.db'), { readonly: true });
  const tables = ['notifications', 'contents', 'deliveries', 'events', 'search', 'idempotency', 'conversions'];
  try {
    return Object.fromEntries(
      tables.map((table) => [table, (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n]),
    );
  } finally {
    db.close();
  }
}

describe('prune', () => {
  it('forgets the content of what has ended long ago, and nothing else of it', async () => {
    const [old] = await acceptAndSend(1);
    const [young] = await acceptAndSend(1, start + day);
    await store.outbox.prune({ ...never, contentBefore: start });
    expect(rows()).toMatchObject({ notifications: 2, contents: 1, events: 4 });
    const project = store.defaultProject.key;
    expect(store.reader.notification(project, (old as NewNotification).id)?.status).toBe('sent');
    expect(store.reader.notification(project, (young as NewNotification).id)?.status).toBe('sent');
    const contentOf = (one: NewNotification | undefined) =>
      store.reader.content(project, deliveryId((one as NewNotification).id, 1));
    expect(contentOf(old)).toBeUndefined();
    expect(contentOf(young)).toEqual({ text: 'a secret of two' });
  });

  it('keeps what is still open, however old it is, with its content', async () => {
    await store.outbox.accept({ notifications: [notification()], now: start });
    await store.outbox.prune({ ...never, contentBefore: start + 400 * day, metadataBefore: start + 400 * day });
    const [claimed] = await store.outbox.claim({ lane, limit: 1, leaseMs: 1_000, now: start + 400 * day });
    expect(claimed?.content).toEqual({ text: 'a secret of two' });
  });

  it('counts from the end of a delivery, not from its acceptance', async () => {
    await store.outbox.accept({ notifications: [notification()], now: start });
    const [lease] = await store.outbox.claim({ lane, limit: 1, leaseMs: 1_000, now: start + 10 * day });
    if (!lease) throw new Error('nothing was claimed');
    const settlement = { to: 'failed', code: 'x', detail: 'y' } as const;
    await store.outbox.settle({ lease, attempt: null, settlement, now: start + 10 * day });
    await store.outbox.prune({ ...never, metadataBefore: start + 9 * day });
    expect(rows()).toMatchObject({ notifications: 1 });
  });

  it('leaves no trace of a notification that has outlived its metadata', async () => {
    const [old] = await acceptAndSend(1);
    await store.outbox.prune({ ...never, metadataBefore: start });
    const none = { notifications: 0, contents: 0, deliveries: 0, events: 0, search: 0, idempotency: 0, conversions: 0 };
    expect(rows()).toEqual(none);
    const project = store.defaultProject.key;
    expect(store.reader.delivery(project, deliveryId((old as NewNotification).id, 1))).toBeNull();
    expect(store.reader.notifications({ project, limit: 10, before: null, address: '+8613800138000' })).toEqual([]);
  });

  it('works in steps and says when more is due', async () => {
    await acceptAndSend(25);
    const input = { ...never, metadataBefore: start, limit: 10 };
    expect([await store.outbox.prune(input), await store.outbox.prune(input)]).toEqual([
      { more: true },
      { more: true },
    ]);
    expect(await store.outbox.prune(input)).toEqual({ more: false });
    expect(rows()['notifications']).toBe(0);
  });

  it('is not stopped by old notifications that are still open', async () => {
    await store.outbox.accept({
      notifications: Array.from({ length: 15 }, () => ({ ...notification(), dueAt: start + 300 * day })),
      now: start,
    });
    await acceptAndSend(5);
    for (let round = 0; round < 4; round++) await store.outbox.prune({ ...never, contentBefore: start, limit: 10 });
    expect(rows()).toMatchObject({ notifications: 20, contents: 15 });
  });

  it('forgets what was counted against budgets in time, not before', async () => {
    const budget = { of: 'project', per: 'day', most: 1, timezone: 'UTC' } as const;
    const limits = { 'sms/main': [budget] };
    const send = async () =>
      (await store.outbox.accept({ notifications: [notification()], limits, now: start }))[0]?.kind;
    expect([await send(), await send()]).toEqual(['accepted', 'limited']);
    await store.outbox.prune({ ...never, quotaBefore: start + day - 1 });
    expect(await send()).toBe('limited');
    await store.outbox.prune({ ...never, quotaBefore: start + day });
    expect(await send()).toBe('accepted');
  });

  it('forgets what became of codes in time, not before', async () => {
    const windows = [{ most: 1, ms: 60 * day }];
    const prefix = { of: 'project', per: 'prefix', digits: 7, unlessVerified: 20, windows } as const;
    const limits = { 'sms/main': [prefix] };
    const send = async () =>
      (await store.outbox.accept({ notifications: [notification()], limits, now: start }))[0]?.kind;
    expect([await send(), await send()]).toEqual(['accepted', 'limited']);
    await store.outbox.prune({ ...never, quotaBefore: start });
    expect(rows()).toMatchObject({ conversions: 1 });
    await store.outbox.prune({ ...never, quotaBefore: start + 60_000 });
    expect(rows()).toMatchObject({ conversions: 0 });
  });

  it('frees idempotency keys in time, not before', async () => {
    await store.outbox.accept({ notifications: [notification('k1')], now: start });
    await store.outbox.prune({ ...never, idempotencyBefore: start - 1 });
    expect(rows()['idempotency']).toBe(1);
    await store.outbox.prune({ ...never, idempotencyBefore: start });
    expect(rows()['idempotency']).toBe(0);
    const again = await store.outbox.accept({ notifications: [notification('k1')], now: start + 3 * day });
    expect(again).toEqual([{ kind: 'accepted' }]);
  });
});
