import { type Clock, type Codes, codesApart, type Logger, StoreUnavailable } from '@posthorn/core';
import { openRedisCodes, type RedisPlace } from '@posthorn/store-redis';
import type { Store } from '@posthorn/store-sqlite';
import type { Secret } from './config/secret.ts';

/** One-time codes, wherever they are kept. */
export interface CodeKeeping {
  readonly codes: Codes;
  /** Null when codes can be kept and tried right now, else why not. */
  unready(): Promise<string | null>;
  close(): void;
}

export interface CodeKeepingTools {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Codes are kept in the Redis of the config, which several gateways may share; without one in the store, in one commit
 * with their messages. A Redis that is away does not stop the start.
 */
export async function openCodeKeeping(
  redis: Secret<RedisPlace> | null,
  store: Pick<Store, 'codes' | 'outbox'>,
  { clock, log }: CodeKeepingTools,
): Promise<CodeKeeping> {
  if (redis === null) return { codes: store.codes, unready: () => Promise.resolve(null), close: () => {} };
  const apart = await openRedisCodes({ place: redis.reveal(), clock, log });
  return {
    codes: codesApart(apart, store.outbox),
    async unready() {
      try {
        await apart.probe();
        return null;
      } catch (error) {
        // Anybody may ask: what is wrong with it stands in the log alone.
        if (error instanceof StoreUnavailable) return 'the Redis of one-time codes cannot be used';
        throw error;
      }
    },
    close: apart.close,
  };
}
