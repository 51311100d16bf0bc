import { readdirSync, readFileSync } from 'node:fs';
import { deliveryId, idMint, type NotificationId, placeOf, saltOf } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foundIn } from '../../doubles/folder-bytes.ts';
import { dawn, keys, openStoreIn, searchKey, storeFile, temporaryFolder } from '../../doubles/temporary-store.ts';
import { openFile } from '../file.ts';
import { type EmbeddedStore, openStore } from '../index.ts';
import { migrate } from '../migrate.ts';
import { digests, searchTerms, termsOf } from '../search-terms.ts';
import { lendToMigrations } from './plain-rows.ts';
import { openVault } from './vault.ts';

const canaries = ['+8613812340987', 'c4n4ry@example.com', 'c4n4ry-body', 'c4n4ry-order', 'c4n4ry-key', 'c4n4ry-idem'];
const [phone, mail, body, order, orderingKey, idempotencyKey] = canaries as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const fingerprint = Buffer.alloc(32, 5);
const lane = { channel: 'sms', account: 'sms-main' };
const project = 1;

const folderOfMigrations = new URL('../../migrations/', import.meta.url);
const all = readdirSync(folderOfMigrations)
  .toSorted()
  .map((name) => ({ name, sql: readFileSync(new URL(name, folderOfMigrations), 'utf8') }));
const place = all.findIndex(({ name }) => name === '0006_encryption.sql');

let folder: ReturnType<typeof temporaryFolder>;
let open: NotificationId;
let expired: NotificationId;
beforeEach(() => {
  folder = temporaryFolder();
  const db = openFile(storeFile(folder.path));
  // As versions before were: what they deleted stayed in free pages.
  db.pragma('secure_delete = OFF');
  migrate(db, all.slice(0, place), dawn);
  ({ open, expired } = fill(db));
  db.close();
  expect(foundIn(folder.path, canaries).length).toBeGreaterThanOrEqual(canaries.length);
});
afterEach(() => folder.remove());

/** What a version without sealing left behind: an open notification, one whose text has expired, and a deleted one. */
function fill(db: Database) {
  const mint = idMint();
  const ids = [mint.notification(dawn, 2), mint.notification(dawn, 2), mint.notification(dawn, 2)] as const;
  db.exec(`INSERT INTO projects VALUES (${project}, 'prj_1', 'default', 0);
    INSERT INTO lanes VALUES (1, 'sms', 'sms-main'), (2, 'email', 'email-main');`);
  const labels = { metadata: { order }, tags: ['vip'] };
  const term = searchTerms(searchKey);
  for (const id of ids) {
    const key = placeOf(id);
    db.prepare(
      `INSERT INTO notifications (key, salt, project, deliveries, status, kind, priority, strategy, guarantee, created_at, ordering_key, steps, labels)
       VALUES (?, ?, ?, 2, 0, 1, 2, 0, 0, ?, ?, ?, ?)`,
    ).run(key, saltOf(id), project, dawn, orderingKey, JSON.stringify(steps), JSON.stringify(labels));
    const content = JSON.stringify({ sms: { text: body }, email: { text: body.repeat(3_000) } });
    db.prepare('INSERT INTO contents VALUES (?, ?)').run(key, content);
    const insert = db.prepare(
      `INSERT INTO deliveries (key, ordinal, step, project, lane, priority, flow, state, solo, address, ordering, finished_at)
       VALUES (?, ?, ?, ?, ?, 2, 1, ?, 0, ?, ?, ?)`,
    );
    const ended = id === ids[0] ? null : dawn;
    insert.run(key, 1, 0, project, 1, ended === null ? 2 : 9, phone, `sms ${orderingKey}`, ended);
    insert.run(key + 1, 2, 1, project, 2, ended === null ? 0 : 9, mail, `email ${orderingKey}`, ended);
    for (const hash of termsOf(term, { project, addresses: [phone, mail], ...labels }))
      db.prepare('INSERT INTO search VALUES (?, ?, ?)').run(placeOf(ids[0]), hash, key);
  }
  db.prepare('DELETE FROM contents WHERE notification IN (?, ?)').run(placeOf(ids[1]), placeOf(ids[2]));
  for (const table of ['deliveries', 'search'])
    db.prepare(`DELETE FROM ${table} WHERE notification = ?`).run(placeOf(ids[2]));
  db.prepare('DELETE FROM notifications WHERE key = ?').run(placeOf(ids[2]));
  db.prepare('INSERT INTO inbox (project, delivery, lane, address, content, attempt, at) VALUES (?, ?, 1, ?, ?, 1, ?)').run(
    project, deliveryId(ids[0], 1), phone, JSON.stringify({ text: body }), dawn,
  ); // biome-ignore format: a row
  db.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)').run(project, idempotencyKey, fingerprint, 'told', dawn);
  return { open: ids[0], expired: ids[1] };
}

const steps = ['sms', 'email'].map((channel) => ({ channel, accounts: null, withinMs: null, until: 'sent' }));

function check(store: EmbeddedStore): void {
  const { reader } = store;
  for (const id of [open, expired]) {
    expect(reader.notification(project, id)).toMatchObject({
      orderingKey,
      metadata: { order },
      tags: ['vip'],
      deliveries: [{ address: phone }, { address: mail }],
    });
  }
  expect(reader.content(project, deliveryId(open, 1))).toEqual({ text: body });
  expect(reader.content(project, deliveryId(expired, 1))).toBeUndefined();
  const found = (query: object) =>
    reader.notifications({ project, limit: 5, before: null, ...query }).map(({ id }) => id);
  expect(found({ address: mail })).toEqual([expired, open]);
  expect(found({ metadata: [['order', order]] })).toEqual([expired, open]);
  expect(reader.inbox({ project, limit: 5, before: null, address: phone })).toMatchObject([
    { address: phone, content: { text: body } },
  ]);
  expect(reader.answered(project, { key: idempotencyKey, fingerprint })).toBe('told');
  expect(reader.answered(project, { key: idempotencyKey, fingerprint: Buffer.alloc(32) })).toBeNull();
}

describe('a store that a version without sealing has written', () => {
  it('is sealed by the first start, and means the same', () => {
    const store = openStoreIn(folder.path);
    expect(store.migrated).toContain('0006_encryption.sql');
    check(store);
    expect(foundIn(folder.path, canaries)).toEqual([]);
    store.close();
    expect(foundIn(folder.path, canaries)).toEqual([]);
  });

  it('keeps the order of an ordering key over the change', async () => {
    const store = openStoreIn(folder.path);
    const next = sampleNotification(idMint({ firstPlace: store.firstPlace }).notification(dawn), project, {
      orderingKey,
    });
    await store.outbox.accept({ notifications: [next], now: dawn });
    const claimed = await store.outbox.claim({ lane, limit: 5, leaseMs: 1_000, now: dawn });
    expect(claimed.map(({ notification, address }) => [notification, address])).toEqual([[open, phone]]);
    store.close();
  });

  it('has nothing plain left in free pages when the first start was killed before it could sweep', () => {
    const db = openFile(storeFile(folder.path));
    const secrecy = { term: searchTerms(searchKey), digest: digests(searchKey), vault: openVault(db, keys, dawn) };
    lendToMigrations(db, secrecy);
    db.pragma('secure_delete = OFF');
    migrate(db, all, dawn);
    db.close();
    expect(foundIn(folder.path, canaries)).not.toEqual([]);
    const store = openStoreIn(folder.path);
    check(store);
    expect(foundIn(folder.path, canaries)).toEqual([]);
    store.close();
  });

  it('is left as it is when the key is not the one that is wanted', () => {
    openStoreIn(folder.path).close();
    const wrong = {
      path: storeFile(folder.path),
      searchKey,
      now: dawn,
      keys: [{ id: 'other', secret: Buffer.alloc(32) }],
    };
    expect(() => openStore(wrong as unknown as Parameters<typeof openStore>[0])).toThrow(/sealed with the key "first"/);
    const store = openStoreIn(folder.path);
    check(store);
    store.close();
  });
});
