import type { Redis } from 'ioredis';

/** What has been written to a Redis of this life is there after a restart, to the last word. */
const durableLife = 'durable';

/**
 * Which life of a Redis this is. A Redis that is killed, or a replica that takes over, may have forgotten what it had said
 * already: an approval, above all. Codes of an earlier life are therefore not known any more. One that flushes every
 * write before it answers, and has never been a replica, forgets nothing, and has one life only.
 */
export async function lifeOf(redis: Redis): Promise<string> {
  const info = (await redis.info()).split(/\r?\n/);
  const field = (name: string) => info.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
  if (field('role') !== 'master') throw new Error('READONLY what is read from a replica may be out of date');
  const wasReplica = /[^0]/.test(field('master_replid2') ?? '');
  if (field('aof_enabled') === '1' && !wasReplica && (await flushesAlways(redis))) return durableLife;
  const life = field('run_id');
  if (life === undefined) throw new Error('Redis does not tell its run_id');
  return life;
}

/** Who may not look is told nothing: then it is not. */
async function flushesAlways(redis: Redis): Promise<boolean> {
  try {
    const told = (await redis.config('GET', '*appendfsync*')) as readonly string[];
    const setting = (name: string) => told[told.indexOf(name) + 1];
    return setting('appendfsync') === 'always' && setting('no-appendfsync-on-rewrite') === 'no';
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return false;
    throw error;
  }
}
