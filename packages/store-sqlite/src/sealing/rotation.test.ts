import { type DeliveryId, deliveryId, idMint, type NotificationId } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dawn, openStoreIn, storeFile, temporaryFolder } from '../../doubles/temporary-store.ts';
import { type EmbeddedStore, type KeyRing, openThreadedStore, type SealingKey } from '../index.ts';

const lane = { channel: 'sms', account: 'sms-main' };
const keyNamed = (id: string, byte = id.length): SealingKey => ({ id, secret: Buffer.alloc(32, byte) });
const [old, fresh] = [keyNamed('old'), keyNamed('fresh')];

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const prune = (store: EmbeddedStore, contentBefore = 0) =>
  store.outbox.prune({
    contentBefore,
    metadataBefore: 0,
    idempotencyBefore: 0,
    quotaBefore: 0,
    codesBefore: 0,
    tracesBefore: 0,
    limit: 10,
  });

async function using<Result>(ring: KeyRing, work: (store: EmbeddedStore) => Promise<Result>): Promise<Result> {
  const store = openStoreIn(folder.path, dawn, ring);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** Notifications of which some have lost their content, and a message of the sandbox. */
async function fill(store: EmbeddedStore, count: number): Promise<readonly NotificationId[]> {
  const mint = idMint({ firstPlace: store.firstPlace });
  const project = store.defaultProject.key;
  const notifications = Array.from({ length: count }, () =>
    sampleNotification(mint.notification(dawn), project, { metadata: { order: 'A-17' } }),
  );
  await store.outbox.accept({ notifications, now: dawn });
  const [lease] = await store.outbox.claim({ lane, limit: 1, leaseMs: 1_000, now: dawn });
  if (lease === undefined) throw new Error('there was nothing to claim');
  const { id, notification } = lease;
  const message = { delivery: id, notification, ...lane, address: '+861', content: { text: 'kept' }, attempt: 1 };
  await store.outbox.keep({ ...message, at: dawn + 1 });
  const settlement = { to: 'failed', code: 'x', detail: 'y' } as const;
  await store.outbox.settle({ lease, attempt: null, settlement, now: dawn });
  await prune(store, dawn);
  return notifications.map((one) => one.id);
}

/** What is read of it: with a key that is missing none of it would be there. */
function readable({ reader, defaultProject }: EmbeddedStore): readonly unknown[] {
  const project = defaultProject.key;
  const all = reader.notifications({ project, limit: 100, before: null }).map(({ id, metadata }) => ({
    metadata,
    address: reader.notification(project, id)?.deliveries[0]?.address,
    content: reader.content(project, deliveryId(id, 1)),
  }));
  return [
    ...all,
    ...reader.inbox({ project, limit: 100, before: null }).map(({ address, content }) => ({ address, content })),
  ];
}

const ringKeys = () => {
  const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
  const ids = db.prepare('SELECT DISTINCT ring_key FROM data_keys ORDER BY ring_key').pluck().all();
  db.close();
  return ids;
};

describe('a ring of keys', () => {
  it('seals with its first and opens with each, so that a key can be changed and the old one dropped', async () => {
    const before = await using([old], async (store) => {
      await fill(store, 25);
      return readable(store);
    });
    expect(before.filter((one) => JSON.stringify(one).includes('to be sent'))).toHaveLength(24);
    const after = await using([fresh, old], async (store) => {
      expect(readable(store)).toEqual(before);
      await fill(store, 3);
      const told: unknown[] = [];
      do told.push(await prune(store));
      while (!JSON.stringify(told.at(-1)).includes('resealed') && told.length < 50);
      expect(told.at(-1)).toEqual({ more: false, resealed: true });
      expect(await prune(store)).toEqual({ more: false });
      return readable(store);
    });
    expect(ringKeys()).toEqual(['fresh']);
    expect(await using([fresh], async (store) => readable(store))).toEqual(after);
    expect(after).toHaveLength(before.length + 4);
  });

  it('begins again when it was broken off, and asks for the old key until then', async () => {
    await using([old], (store) => fill(store, 25));
    await using([fresh, old], (store) => prune(store));
    expect(ringKeys()).toEqual(['fresh', 'old']);
    expect(() => openStoreIn(folder.path, dawn, [fresh])).toThrow(
      /^the store .*posthorn\.db cannot be used: some of it is sealed with the key "old", which is not among encryption\.keys: put it back behind the first/,
    );
    await using([fresh, old], async (store) => expect(readable(store)).toHaveLength(26));
  });

  it('refuses another secret under the same name, and leaves the directory to who has the right one', async () => {
    await using([old], (store) => fill(store, 1));
    expect(() => openStoreIn(folder.path, dawn, [keyNamed('old', 99)])).toThrow(
      /the secret of the key "old" is not the one/,
    );
    await using([old], async (store) => expect(readable(store)).toHaveLength(2));
  });

  it('claims what an earlier run has sealed', async () => {
    await using([old], async (store) => {
      const item = sampleNotification(idMint().notification(dawn), store.defaultProject.key);
      await store.outbox.accept({ notifications: [item], now: dawn });
    });
    await using([fresh, old], async (store) => {
      const [claimed] = await store.outbox.claim({ lane, limit: 1, leaseMs: 1_000, now: dawn });
      expect([claimed?.address, claimed?.content]).toEqual(['address of sms', { text: 'to be sent by sms' }]);
    });
  });

  it('gives each run a data key of its own', async () => {
    for (let run = 0; run < 3; run++) await using([old], async () => {});
    const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
    const salts = db.prepare('SELECT salt FROM data_keys').pluck().all() as Buffer[];
    db.close();
    expect(new Set(salts.map((salt) => salt.toString('hex'))).size).toBe(3);
  });

  it('is shared with readers in another thread', async () => {
    await using([old], (store) => fill(store, 1));
    const options = { path: storeFile(folder.path), searchKey: Buffer.alloc(32, 7), now: dawn };
    await expect(openThreadedStore({ ...options, keys: [fresh] })).rejects.toThrow(/the key "old"/);
    const store = await openThreadedStore({ ...options, keys: [fresh, old] });
    const project = store.defaultProject.key;
    const mint = idMint({ firstPlace: store.firstPlace });
    await store.outbox.accept({ notifications: [sampleNotification(mint.notification(dawn), project)], now: dawn });
    const seen = store.reader.notifications({ project, limit: 5, before: null }).map(({ id }) => deliveryId(id, 1));
    expect(seen.map((id: DeliveryId) => store.reader.delivery(project, id)?.address)).toEqual([
      'address of sms',
      'address of sms',
    ]);
    await store.close();
  });
});
