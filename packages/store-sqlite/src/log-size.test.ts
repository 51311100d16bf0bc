import { statSync } from 'node:fs';
import { idMint } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import { openStoreIn, storeFile, temporaryFolder } from '../doubles/temporary-store.ts';

it('the log stays far below 64 MB however much is written, since nobody reads for long', async () => {
  const folder = temporaryFolder();
  const store = openStoreIn(folder.path);
  const log = `${storeFile(folder.path)}-wal`;
  const mint = idMint();
  let written = 0;
  let largest = 0;
  for (let batch = 0; batch < 60; batch++) {
    const now = Date.now();
    const content = { sms: { text: 'x'.repeat(2_000) } };
    const notifications = Array.from({ length: 500 }, () =>
      sampleNotification(mint.notification(now), store.defaultProject.key, { content }),
    );
    await store.outbox.accept({ notifications, now });
    written += 500 * 2_000;
    store.reader.notifications({ project: store.defaultProject.key, limit: 10, before: null });
    largest = Math.max(largest, statSync(log).size);
  }
  store.close();
  folder.remove();
  expect(written).toBeGreaterThan(50_000_000);
  expect(largest).toBeGreaterThan(1_000_000);
  expect(largest).toBeLessThan(32_000_000);
});
