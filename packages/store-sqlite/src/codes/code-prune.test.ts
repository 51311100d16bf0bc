import { codeKeptMs, type NotificationId } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dawn, openStoreIn, storeFile, temporaryFolder } from '../../doubles/temporary-store.ts';
import type { EmbeddedStore } from '../index.ts';

const minute = 60_000;
const hour = 60 * minute;
const id = 'ntf_019b7000-0000-7000-8000-000000000000' as NotificationId;

let folder: ReturnType<typeof temporaryFolder>;
let store: EmbeddedStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = openStoreIn(folder.path);
});
afterEach(() => {
  store.close();
  folder.remove();
});

async function issue(): Promise<void> {
  const code = {
    notification: id,
    handles: [{ name: 'alice', digest: 'right' }],
    addresses: ['alice'],
    expiresAt: dawn + 5 * minute,
    memo: '',
  };
  const notification = { ...sampleNotification(id, store.defaultProject.key), content: { sms: { text: '012345' } } };
  const issued = await store.codes.issue({ code, resendMs: minute, notification, now: dawn });
  expect(issued).toEqual({ kind: 'issued' });
}

const check = async (digest: string, now: number, handle = 'alice') =>
  (await store.codes.check({ handle, digest, hidden: handle !== 'alice', now })).status;

describe('prune', () => {
  const prune = (codesBefore: number) =>
    store.outbox.prune({
      contentBefore: 0,
      metadataBefore: 0,
      idempotencyBefore: 0,
      quotaBefore: 0,
      tracesBefore: 0,
      codesBefore,
      limit: 10,
    });
  const rows = (): readonly number[] => {
    const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
    try {
      return ['codes', 'code_handles', 'code_failures', 'blind_tries', 'contents'].map(
        (table) => (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n,
      );
    } finally {
      db.close();
    }
  };

  it('forgets a code and what its message said when both have long ended, and tries when they count no more', async () => {
    await issue();
    await check('wrong', dawn);
    await check('wrong', dawn, 'nobody');
    const all = [1, 1, 1, 1, 1];
    expect(rows()).toEqual(all);
    await prune(dawn + 5 * minute - 1);
    expect(rows()).toEqual(all);
    await prune(dawn + 5 * minute);
    expect(rows()).toEqual([0, 0, 1, 0, 0]);
    await prune(dawn + 25 * hour - 1);
    expect(rows()).toEqual([0, 0, 1, 0, 0]);
    await prune(dawn + 25 * hour);
    expect(rows()).toEqual([0, 0, 0, 0, 0]);
    expect(await check('right', dawn + 5 * minute + codeKeptMs)).toBe('not_found');
  });
});
