import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deliveryId, idMint, type NewNotification, type NotificationId } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foundIn } from '../../doubles/folder-bytes.ts';
import { dawn, keys, openStoreIn, storeFile, temporaryFolder } from '../../doubles/temporary-store.ts';
import { backUp, type EmbeddedStore } from '../index.ts';
import { openReadingVault } from './vault.ts';

const lane = { channel: 'sms', account: 'sms-main' };
const canaries = [
  '+8613812340987',
  'c4n4ry-body',
  'c4n4ry-order',
  'c4n4ry-key',
  'c4n4ry-tag',
  'c4n4ry-idem',
  'c4n4ry-flow',
];
const [address = '', body, order, orderingKey = '', tag = '', idempotencyKey = '', flow = ''] = canaries;
const settled = { to: 'sent', vendorId: 'vendor-1', parts: 1 } as const;
const never = {
  metadataBefore: 0,
  idempotencyBefore: 0,
  quotaBefore: 0,
  codesBefore: 0,
  tracesBefore: 0,
  limit: 1_000,
};

let folder: ReturnType<typeof temporaryFolder>;
let store: EmbeddedStore;
let mint: ReturnType<typeof idMint>;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStoreIn(folder.path);
  mint = idMint();
});
afterEach(() => {
  store.close();
  folder.remove();
});

function person(key: string | null = null): NewNotification {
  return sampleNotification(mint.notification(dawn), store.defaultProject.key, {
    steps: [{ lane, addresses: [address], flow }],
    content: { sms: { text: `${body} 张伟` } },
    metadata: { order: `${order}` },
    tags: [tag],
    orderingKey,
    idempotency: key === null ? null : { key, fingerprint: Buffer.from('f') },
  });
}

function neighbour(place: number): NewNotification {
  const steps = [{ lane, addresses: [`neighbour ${place}`] }];
  return sampleNotification(mint.notification(dawn), store.defaultProject.key, { steps });
}

async function accept(...notifications: readonly NewNotification[]): Promise<readonly NotificationId[]> {
  await store.outbox.accept({ notifications, now: dawn });
  return notifications.map(({ id }) => id);
}

async function sendAll(): Promise<void> {
  for (;;) {
    const claimed = await store.outbox.claim({ lane, limit: 50, leaseMs: 1_000, now: dawn });
    if (claimed.length === 0) return;
    const attempt = { ...lane, startedAt: dawn, endedAt: dawn, outcome: 'accepted', code: null, detail: null } as const;
    await Promise.all(claimed.map((lease) => store.outbox.settle({ lease, attempt, settlement: settled, now: dawn })));
  }
}

const keep = (notification: NotificationId) =>
  store.outbox.keep({
    delivery: deliveryId(notification, 1),
    notification,
    ...lane,
    address,
    content: { text: body },
    attempt: 1,
    at: dawn,
  });

/** Every sealed text of the store, by another connection. */
function sealedRows(): readonly { readonly table: string; readonly key: number; readonly body: Buffer }[] {
  const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
  const rows = ['contents', 'remains', 'inbox'].flatMap((table) =>
    db
      .prepare<[], { key: number; body: Buffer }>(`SELECT rowid AS key, body FROM ${table}`)
      .all()
      .map((row) => ({ table, ...row })),
  );
  db.close();
  return rows;
}

describe('what a store knows of a person', () => {
  it('stands readable in none of its files, nor in a backup, at any time of its life', async () => {
    const [id] = await accept(
      person(idempotencyKey),
      person(),
      ...Array.from({ length: 300 }, (_, place) => neighbour(place)),
    );
    await sendAll();
    await keep(id as NotificationId);
    const seen = JSON.stringify([
      store.reader.notification(store.defaultProject.key, id as NotificationId),
      store.reader.inbox({ project: store.defaultProject.key, limit: 5, before: null }),
    ]);
    // Not the idempotency key nor the flow, which nobody is ever shown.
    expect(canaries.filter((one) => !seen.includes(one))).toEqual([idempotencyKey, flow]);
    expect(existsSync(`${storeFile(folder.path)}-wal`)).toBe(true);
    expect(foundIn(folder.path, canaries)).toEqual([]);
    backUp(storeFile(folder.path), join(folder.path, 'copy.db'));
    expect(foundIn(folder.path, canaries)).toEqual([]);
    await store.outbox.prune({ ...never, contentBefore: dawn });
    expect(sealedRows().filter(({ table }) => table === 'remains')).toHaveLength(302);
    expect(foundIn(folder.path, canaries)).toEqual([]);
    await store.outbox.prune({ ...never, contentBefore: dawn, metadataBefore: dawn });
    expect(sealedRows()).toEqual([]);
    store.close();
    expect(foundIn(folder.path, canaries)).toEqual([]);
    store = openStoreIn(folder.path);
  });
});

it('what has outlived its retention is overwritten, not only unlinked', async () => {
  const ids = await accept(
    ...Array.from({ length: 300 }, (_, place) => (place % 3 === 0 ? person() : neighbour(place))),
  );
  await sendAll();
  await keep(ids[0] as NotificationId);
  const sealed = sealedRows().map((row) => row.body.subarray(10, -16));
  expect(sealed).toHaveLength(301);
  await store.outbox.prune({ ...never, contentBefore: dawn, limit: 200 });
  await store.outbox.prune({ ...never, contentBefore: dawn, limit: 200 });
  store.close();
  expect(foundIn(folder.path, sealed)).toEqual([]);
  store = openStoreIn(folder.path);
});

describe('an erasure', () => {
  const erase = () => store.outbox.erase({ project: store.defaultProject.key, address, limit: 100, now: dawn });

  /** Of the person, among neighbours on the same pages, some of whom are sent and some of whom are forgotten before. */
  async function life(): Promise<readonly Buffer[]> {
    const ids: NotificationId[] = [];
    for (let round = 0; round < 20; round++) {
      const neighbours = Array.from({ length: 20 }, (_, place) => neighbour(round * 20 + place));
      const [id] = await accept(person(), ...neighbours);
      if (round % 2 === 0) await sendAll();
      ids.push(id as NotificationId);
    }
    await store.outbox.prune({ ...never, contentBefore: dawn, limit: 150 });
    // The later half: what has no content any more is not sent, and so not kept.
    for (const id of ids.slice(10)) await keep(id);
    const vault = openReadingVault(new SqliteDatabase(storeFile(folder.path), { readonly: true }), keys);
    const own = sealedRows().filter(
      ({ table, key, body: sealed }) =>
        (table === 'inbox' ? null : vault.open(table as 'contents', key, sealed))?.includes(address) ?? true,
    );
    expect(own.map(({ table }) => table).filter((table) => table === 'inbox')).toHaveLength(10);
    expect(own.map(({ table }) => table).filter((table) => table === 'remains').length).toBeGreaterThan(5);
    expect(own).toHaveLength(30);
    // Without the ends, which differ from row to row only by luck.
    return own.map(({ body: sealed }) => sealed.subarray(10, -16));
  }

  it('leaves nothing of the person, sealed or not, in the file, its free pages or its log', async () => {
    const sealed = await life();
    expect(foundIn(folder.path, sealed).length).toBeGreaterThanOrEqual(sealed.length);
    expect(await erase()).toMatchObject({ notifications: 20, messages: 10, swept: true });
    expect(foundIn(folder.path, [...sealed, ...canaries])).toEqual([]);
    // Not because everything is gone.
    expect(sealedRows().length).toBeGreaterThanOrEqual(400);
  });

  it('has a small file written anew in a quiet moment', async () => {
    const inFile = () => {
      const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
      const found = {
        free: db.pragma('freelist_count', { simple: true }),
        due: db.prepare("SELECT name FROM marks WHERE name IN ('sweep', 'tidy', 'rewrite')").pluck().all(),
      };
      db.close();
      return found;
    };
    await life();
    await erase();
    expect(inFile()).toEqual({ free: expect.toSatisfy((pages: number) => pages > 0), due: ['tidy'] });
    await store.outbox.prune({ ...never, contentBefore: 0 });
    expect(inFile()).toEqual({ free: 0, due: [] });
  });

  it('that a backup keeps from cutting the log off does so later, also after a restart', async () => {
    const sealed = await life();
    const reader = new SqliteDatabase(storeFile(folder.path), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM contents').get();
    expect(await erase()).toMatchObject({ notifications: 20, swept: false });
    expect(foundIn(folder.path, sealed)).not.toEqual([]);
    reader.close();
    await store.outbox.prune({ ...never, contentBefore: 0 });
    expect(foundIn(folder.path, sealed)).toEqual([]);
    expect(readFileSync(storeFile(folder.path)).length).toBeGreaterThan(0);
  });
});

describe('a sealed text that was changed from outside', () => {
  /** Reopens the store with other bytes in the place of the sealed ones, in the order of their rows. */
  function meddle(change: (bodies: readonly Buffer[]) => readonly Buffer[]): void {
    store.close();
    const rows = sealedRows();
    const db = new SqliteDatabase(storeFile(folder.path));
    const update = db.prepare('UPDATE contents SET body = ? WHERE notification = ?');
    const changed = change(rows.map(({ body: sealed }) => sealed));
    for (const [place, { key }] of rows.entries()) update.run(changed[place], key);
    db.close();
    store = openStoreIn(folder.path);
  }

  const first =
    (change: (sealed: Buffer) => Buffer) =>
    ([one, ...others]: readonly Buffer[]) => [change(one as Buffer), ...others];

  const claim = () => store.outbox.claim({ lane, limit: 10, leaseMs: 1_000, now: dawn });
  const view = (id: NotificationId) => store.reader.notification(store.defaultProject.key, id);

  it.each<[string, (sealed: Buffer) => Buffer]>([
    ['a bit is turned', (sealed) => sealed.fill((sealed[20] as number) ^ 1, 20, 21)],
    ['it is cut', (sealed) => sealed.subarray(0, 5)],
    ['it names a key that is none', (sealed) => sealed.fill(0xff, 0, 4)],
    ['it is plain', () => Buffer.from(JSON.stringify([[address], { sms: { text: 'forged' } }]))],
  ])('ends its own delivery and no other: %s', async (_name, change) => {
    const [changed, good] = (await accept(neighbour(1), neighbour(2))) as [NotificationId, NotificationId];
    meddle(first(change));
    const claimed = await claim();
    expect(claimed.map(({ notification, address: to }) => [notification, to])).toEqual([[good, 'neighbour 2']]);
    const [delivery] = view(changed)?.deliveries ?? [];
    expect(delivery).toMatchObject({ status: 'failed', code: 'unreadable', address: null, attempts: 0 });
    expect(view(changed)?.status).toBe('failed');
    expect(store.reader.content(store.defaultProject.key, deliveryId(changed, 1))).toBeUndefined();
  });

  it('sends nobody what was for somebody else: two rows are exchanged', async () => {
    const ids = await accept(neighbour(1), neighbour(2));
    meddle((bodies) => bodies.toReversed());
    expect(await claim()).toEqual([]);
    expect(ids.map((id) => view(id)?.deliveries[0]?.code)).toEqual(['unreadable', 'unreadable']);
  });

  it('lets the next of its ordering key go on', async () => {
    const [broken, second] = (await accept(person(), person())) as [NotificationId, NotificationId];
    meddle(first(() => Buffer.alloc(1)));
    expect(await claim()).toEqual([]);
    expect((await claim()).map(({ notification }) => notification)).toEqual([second]);
    expect(view(broken)?.deliveries[0]?.code).toBe('unreadable');
  });

  it('is forgotten in time like any other, with what it was found by', async () => {
    await accept(person());
    await sendAll();
    meddle(first(() => Buffer.alloc(1)));
    await store.outbox.prune({ ...never, contentBefore: dawn, metadataBefore: dawn });
    const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
    const left = ['notifications', 'contents', 'remains', 'search'].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
    db.close();
    expect(left).toEqual([0, 0, 0, 0]);
  });
});
