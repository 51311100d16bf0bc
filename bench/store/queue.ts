import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lane, Priority } from '@posthorn/core';
import { vendorChannel } from '../processes/vendor.ts';
import { open, rootKey } from './open.ts';
import { openRows } from './rows.ts';

/** The store in the data directory that `startGateway` uses for this folder, made if need be. */
export function storeFile(folder: string): string {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const key = join(data, 'posthorn.key');
  if (!existsSync(key)) writeFileSync(key, `${rootKey.toString('base64')}\n`, { mode: 0o600 });
  return join(data, 'posthorn.db');
}

export function vendorLane(account: string): Lane {
  return { channel: vendorChannel, account };
}

/** Queues so many due deliveries for an account of the channel `bench` before the gateway of this folder is started. */
export async function queueBeforeStart(
  folder: string,
  account: string,
  count: number,
  priority: Priority,
): Promise<void> {
  const store = await open(storeFile(folder));
  await openRows(store).store({
    project: store.defaultProject.key,
    lane: vendorLane(account),
    first: 0,
    count,
    priority,
  });
  await store.close();
}
