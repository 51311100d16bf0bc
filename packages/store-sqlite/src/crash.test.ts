import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationId } from '@posthorn/core';
import SqliteDatabase from 'better-sqlite3';
import { expect, it } from 'vitest';
import { startChild } from '../doubles/child.ts';
import { openStoreIn, storeFile, temporaryFolder } from '../doubles/temporary-store.ts';

/** Milliseconds after the first acknowledgement at which the process is killed. */
const moments = [0, 13, 47, 110, 230];

it('loses nothing that was acknowledged when it is killed', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  let acknowledged: readonly NotificationId[] = [];
  for (const moment of moments) {
    const child = startChild('acceptor', folder.path);
    await child.printed(1);
    await sleep(moment);
    await child.kill();
    // The last line may be cut off: it was not read as an acknowledgement.
    const lines = child.stdout().split('\n').slice(0, -1) as NotificationId[];
    expect(lines.length).toBeGreaterThan(0);
    acknowledged = [...acknowledged, ...lines];
    const store = openStoreIn(folder.path);
    const lost = acknowledged.filter((id) => store.reader.notification(store.defaultProject.key, id) === null);
    store.close();
    expect(lost).toEqual([]);
  }
  const db = new SqliteDatabase(storeFile(folder.path), { readonly: true });
  const check = db.pragma('integrity_check', { simple: true });
  db.close();
  folder.remove();
  expect(check).toBe('ok');
});
