import {
  type CodeStore,
  idMint,
  type NotificationId,
  StoreUnavailable,
  silentLogger,
  systemClock,
} from '@posthorn/core';
import { openRedisCodes, type RedisCodes } from '../src/codes.ts';
import { readRedisPlace } from '../src/place.ts';

/** Codes in the Redis at an URL, as a gateway opens them. */
export async function codesAt(url: string, prefix?: string): Promise<RedisCodes> {
  const place = readRedisPlace(url);
  if (!place.ok) throw new Error(`the URL of a Redis ${place.failure}`);
  const keys = prefix === undefined ? {} : { prefix };
  return openRedisCodes({ place: place.value, clock: systemClock(), log: silentLogger, ...keys });
}

const mint = idMint();

/** Opens a code that says `right`, by the handle of this name. */
export async function openCode(codes: CodeStore, handle: string, ttlMs = 300_000): Promise<NotificationId> {
  const now = Date.now();
  const notification = mint.notification(now);
  const code = {
    notification,
    handles: [{ name: handle, digest: 'right' }],
    addresses: [handle],
    expiresAt: now + ttlMs,
    memo: '',
  };
  const { kind } = await codes.open({ code, resendMs: 0, now });
  if (kind !== 'opened') throw new Error(`the code was ${kind}`);
  return notification;
}

/** What a try came to; the code of the fault where the store could not tell. */
export async function tryCode(codes: CodeStore, handle: string, digest = 'right'): Promise<string> {
  try {
    return (await codes.check({ handle, digest, hidden: false, now: Date.now() })).status;
  } catch (error) {
    if (error instanceof StoreUnavailable) return error.code;
    throw error;
  }
}

/** The same until there is an answer: Redis has been told to come back. */
export async function answerTo(codes: CodeStore, handle: string, digest?: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const status = await tryCode(codes, handle, digest);
    if (!status.startsWith('storage_')) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Redis did not come back');
}
