import { type Clock, type Logger, StoreUnavailable } from '@posthorn/core';
import type { Redis } from 'ioredis';
import { closedFault, faultOf, unknownFault } from './fault.ts';
import { lifeOf } from './life.ts';
import { type Outage, openOutage } from './outage.ts';
import type { RedisPlace } from './place.ts';
import { type Script, script } from './scripts/script.ts';

/** The connection to one Redis. It makes itself anew for as long as it is open. */
export interface Line {
  /**
   * Runs a script once at most; its first value is the life of this Redis (see `lifeOf`). Rejects with `StoreUnavailable`
   * when Redis is away, full or refuses: then it may have run all the same, when only the answer was lost.
   */
  run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown>;
  /** Writes something that is gone soon; rejects as `run` does. */
  probe(): Promise<void>;
  close(): void;
}

export interface LineTools {
  readonly clock: Clock;
  readonly log: Logger;
  /** What all keys of ours begin with. */
  readonly prefix: string;
}

/** Nobody waits longer for Redis, a code's recipient least of all. */
const answerPatienceMs = 1_000;
const connectPatienceMs = 2_000;
/** From one try to connect to the next, doubled each time. */
const againMs = { first: 50, longest: 2_000 } as const;

const probing = script("return redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000)");

/** Opens the line. Redis may be away, which is said in the log and heals by itself; its first word is awaited for a second. */
export async function openLine(place: RedisPlace, { clock, log, prefix }: LineTools): Promise<Line> {
  const redis = await connect(place);
  const outage = openOutage(log);
  /** Asked once for each connection, which leads to the same process for as long as it stands. */
  let life: Promise<string> | null = null;

  const run: Line['run'] = async (asked, keys, values) => {
    life ??= lifeOf(redis);
    const known = life;
    const isSame = () => life === known;
    try {
      const name = await known.catch((error: unknown) => {
        // Not known is asked again.
        if (isSame()) life = null;
        throw error;
      });
      const answer = await runOnce(redis, asked, keys, [name, ...values], isSame);
      outage.over();
      return answer;
    } catch (error) {
      throw refusalOf(error, outage);
    }
  };
  const probe = async () => void (await run(probing, [`${prefix}probe`], []));

  await new Promise<void>((resolve) => {
    const cancel = clock.after(answerPatienceMs, resolve);
    const heard = () => {
      cancel();
      resolve();
    };
    redis.on('error', (error: Error & { readonly command?: { readonly name: string } }) => {
      outage.began(faultOf(error) ?? unknownFault);
      // Left alone, ioredis goes on in database 0, which is somebody else's.
      if (error.command?.name === 'select') redis.disconnect(true);
      heard();
    });
    redis.on('close', () => {
      life = null;
      outage.began(closedFault);
      heard();
    });
    // Connected is not yet able: it may be a replica, or full. Whatever it is, `run` has said it.
    redis.on('ready', () => void probe().then(heard, heard));
  });
  const close = () => {
    outage.expect();
    redis.disconnect();
  };
  return { run, probe, close };
}

async function connect(place: RedisPlace): Promise<Redis> {
  // Only who has a Redis pays for its client.
  const { Redis } = await import('ioredis');
  return new Redis({
    host: place.host,
    port: place.port,
    db: place.database,
    ...(place.tls && { tls: {} }),
    ...(place.username !== null && { username: place.username }),
    ...(place.password !== null && { password: place.password }),
    connectionName: 'posthorn',
    disableClientInfo: true,
    connectTimeout: connectPatienceMs,
    commandTimeout: answerPatienceMs,
    // What hangs is left: other commands would only pile up behind it.
    socketTimeout: answerPatienceMs,
    disconnectTimeout: answerPatienceMs,
    retryStrategy: (times) => Math.min(againMs.first * 2 ** (times - 1), againMs.longest),
    // A command goes out once or never: sent again, a check would count twice, and a late one would tell of another time.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
}

async function runOnce(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
  isSame: () => boolean,
): Promise<unknown> {
  if (!isSame()) throw new Error('the connection was closed meanwhile');
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...values);
  } catch (error) {
    // A Redis that was restarted knows no script any more, and has done nothing.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    if (!isSame()) throw new Error('the connection was closed meanwhile');
    return redis.eval(lua, keys.length, ...keys, ...values);
  }
}

/** The error for our callers. That of ioredis carries what was asked, and does not leave this file. */
function refusalOf(error: unknown, outage: Outage): Error {
  if (!(error instanceof Error)) return new Error('Redis failed without a reason');
  const fault = faultOf(error);
  if (fault === null) return new Error(`Redis could not run a script: ${error.message}`);
  outage.began(fault);
  return new StoreUnavailable(fault.fault, new Error(`Redis: ${fault.because}`));
}
