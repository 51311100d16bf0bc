import { idMint } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import { dawn, openStoreIn } from './temporary-store.ts';

/** A process that accepts without end, eight at a time, and prints each id once its commit is on the disk. */
const store = openStoreIn(process.argv[2] as string);
const mint = idMint();

async function acceptWithoutEnd(): Promise<never> {
  for (;;) {
    const item = sampleNotification(mint.notification(Date.now()), store.defaultProject.key);
    await store.outbox.accept({ notifications: [item], now: dawn });
    process.stdout.write(`${item.id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, acceptWithoutEnd));
