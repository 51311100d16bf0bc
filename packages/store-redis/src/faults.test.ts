import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type PrivateRedis, privateRedis, redisObstacle } from '@posthorn/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { answerTo, codesAt, openCode, tryCode } from '../doubles/code-bench.ts';

const obstacle = redisObstacle();
if (obstacle !== null) process.stdout.write(`*** SKIPPED Redis fault tests: ${obstacle} ***\n`);

const held: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of held.splice(0).reverse()) await end();
});

async function server(settings?: readonly string[]): Promise<PrivateRedis> {
  const redis = await privateRedis(settings);
  held.push(redis.close);
  return redis;
}

async function client(url: string) {
  const codes = await codesAt(url);
  held.push(codes.close);
  return codes;
}

/** To look at what is stored, and to do what an operator does. */
function adminOf(redis: PrivateRedis): Redis {
  const admin = new Redis(redis.url);
  admin.on('error', () => {});
  held.push(() => admin.disconnect());
  return admin;
}

const count = (statuses: readonly string[], status: string) => statuses.filter((each) => each === status).length;
const together = <Value>(most: number, one: (place: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: most }, (_, place) => one(place)));

/** A second is what Redis is given; the rest is for a busy machine. */
const goodTimeMs = 5_000;

/** A way to a Redis that can lose what comes back. */
async function lossyWay(port: number) {
  let loses = false;
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    far.on('data', (bytes) => {
      if (!loses) near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  held.push(() => relay.close());
  const url = `redis://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  return {
    url,
    lose(now: boolean) {
      loses = now;
    },
  };
}

describe.skipIf(obstacle !== null)('codes in a Redis', { timeout: 30_000 }, () => {
  it('are approved once when two gateways try them at the same time', async () => {
    const { url } = await server();
    const nodes = await Promise.all([client(url), client(url)] as const);
    await openCode(nodes[0], 'alice');
    const statuses = await together(100, (place) => tryCode(nodes[place % 2 === 0 ? 0 : 1], 'alice'));
    expect([count(statuses, 'approved'), count(statuses, 'rejected')]).toEqual([1, 99]);
  });

  it.each([0, 1, 5, 20, 50, 80])(
    'are approved once at most when Redis is killed in the middle of 100 tries, after %i answers',
    async (most) => {
      const redis = await server();
      const codes = await client(redis.url);
      await openCode(codes, 'alice');
      const statuses: string[] = [];
      const kills: Promise<void>[] = [];
      const tryOn = async () => {
        for (let tries = 0; tries < 10; tries++) {
          const trying = tryCode(codes, 'alice');
          if (statuses.length >= most && kills.length === 0) kills.push(redis.kill());
          statuses.push(await trying);
        }
      };
      await together(10, tryOn);
      await Promise.all(kills);
      expect(count(statuses, 'storage_unavailable')).toBeGreaterThan(0);
      await redis.restart();
      const after = await answerTo(codes, 'alice');
      expect(['approved', 'rejected']).toContain(after);
      expect(count([...statuses, after], 'approved')).toBeLessThanOrEqual(1);
      expect(await answerTo(codes, 'alice')).toBe('rejected');
    },
  );

  it('count as used when the approval was lost on its way back', async () => {
    const redis = await server();
    const way = await lossyWay(redis.port);
    const codes = await client(way.url);
    await openCode(codes, 'alice');
    // From here on Redis has the script, so that the try itself is what gets through.
    expect(await tryCode(codes, 'alice', 'wrong')).toBe('rejected');
    way.lose(true);
    expect(await tryCode(codes, 'alice')).toBe('storage_unavailable');
    way.lose(false);
    expect(await answerTo(codes, 'alice')).toBe('rejected');
  });

  it('count a wrong try once when its answer was lost', async () => {
    const redis = await server();
    const way = await lossyWay(redis.port);
    const codes = await client(way.url);
    await openCode(codes, 'alice');
    expect(await tryCode(codes, 'alice', 'wrong')).toBe('rejected');
    way.lose(true);
    expect(await tryCode(codes, 'alice', 'wrong')).toBe('storage_unavailable');
    way.lose(false);
    expect(await answerTo(codes, 'nobody')).toBe('not_found');
    const third = await codes.check({ handle: 'alice', digest: 'wrong', hidden: false, now: Date.now() });
    expect(third).toEqual({ status: 'rejected', attemptsLeft: 2 });
  });

  it('answer in good time when Redis hangs, and are approved once at most when it goes on', async () => {
    const redis = await server();
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    redis.hang();
    const started = performance.now();
    const statuses = await together(100, () => tryCode(codes, 'alice'));
    expect(performance.now() - started).toBeLessThan(goodTimeMs);
    expect(count(statuses, 'storage_unavailable')).toBe(100);
    redis.resume();
    const later = [await answerTo(codes, 'alice'), await answerTo(codes, 'alice')];
    expect(count(later, 'approved')).toBeLessThanOrEqual(1);
    expect(later[1]).toBe('rejected');
  });

  it('outlive a restart of a Redis that flushes every write', async () => {
    const redis = await server();
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    await redis.kill();
    await redis.restart();
    expect(await answerTo(codes, 'alice')).toBe('approved');
  });

  it('are not known any more when Redis has forgotten an approval', async () => {
    const redis = await server(['--appendonly', 'no']);
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    await adminOf(redis).save();
    expect(await tryCode(codes, 'alice')).toBe('approved');
    await redis.kill();
    await redis.restart();
    expect(await adminOf(redis).hget(await only(adminOf(redis), 'posthorn:code:*'), 'state')).toBe('open');
    expect(await answerTo(codes, 'alice')).toBe('not_found');
    await openCode(codes, 'alice');
    expect(await tryCode(codes, 'alice')).toBe('approved');
  });

  it.each([
    ['had written nothing down', ['--appendonly', 'no']],
    ['flushed once a second, and may lack an approval', ['--appendfsync', 'everysec']],
    ['flushed nothing while it wrote its log anew', ['--no-appendfsync-on-rewrite', 'yes']],
  ])('are not known after a restart of a Redis that %s', async (_what, settings) => {
    const redis = await server(settings);
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    await redis.kill();
    await redis.restart();
    expect(await answerTo(codes, 'alice')).toBe('not_found');
  });

  it('are not known after a restart of a Redis that does not tell whether it flushes', async () => {
    const redis = await server(['--rename-command', 'CONFIG', 'nothing-of-the-kind']);
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    expect(await tryCode(codes, 'alice', 'wrong')).toBe('rejected');
    await redis.restart();
    expect(await answerTo(codes, 'alice')).toBe('not_found');
  });

  it('are not known to a replica that takes over, which may lack an approval', async () => {
    const primary = await server(['--repl-diskless-sync-delay', '0']);
    const replica = await server(['--replicaof', '127.0.0.1', String(primary.port)]);
    await openCode(await client(primary.url), 'alice');
    const admin = adminOf(replica);
    await expect.poll(() => admin.keys('posthorn:code:*'), { timeout: 10_000 }).toHaveLength(1);
    expect(await tryCode(await client(replica.url), 'alice')).toBe('storage_unavailable');
    await primary.kill();
    await admin.replicaof('NO', 'ONE');
    expect(await answerTo(await client(replica.url), 'alice')).toBe('not_found');
  });

  it('tell nothing, right or wrong, while Redis is full, and have lost no try then', async () => {
    const redis = await server();
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    const admin = adminOf(redis);
    await admin.config('SET', 'maxmemory', '1');
    expect(await together(20, (place) => tryCode(codes, 'alice', place % 2 === 0 ? 'right' : 'wrong'))).toEqual(
      Array.from({ length: 20 }, () => 'storage_full'),
    );
    await expect(openCode(codes, 'bob')).rejects.toMatchObject({ code: 'storage_full' });
    await admin.config('SET', 'maxmemory', '0');
    expect(await codes.check({ handle: 'alice', digest: 'right', hidden: false, now: Date.now() })).toMatchObject({
      status: 'approved',
      attemptsLeft: 5,
    });
  });

  it('end with the time that Redis counts, although the clock of a gateway was set back', async () => {
    const codes = await client((await server()).url);
    await openCode(codes, 'alice', 300);
    const now = Date.now();
    const check = async () => (await codes.check({ handle: 'alice', digest: 'right', hidden: false, now })).status;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await check()).toBe('expired');
  });

  it('have the one before last when both that came after it are withdrawn', async () => {
    const { url } = await server();
    const codes = await client(url);
    await openCode(codes, 'alice');
    const [second, third] = [await openCode(codes, 'alice'), await openCode(codes, 'alice')];
    await codes.withdraw({ notification: second });
    await codes.withdraw({ notification: third });
    expect(await tryCode(codes, 'alice')).toBe('approved');
  });

  it('need no more than a user of Redis who may do what the documentation names', async () => {
    const documentation = readFileSync(new URL('../../../docs/one-time-codes.md', import.meta.url), 'utf8');
    const [, rights = ''] = /`(~posthorn:\* [^`]+)`/.exec(documentation) ?? [];
    expect(rights).toContain(' +evalsha ');
    const redis = await server();
    const admin = adminOf(redis);
    await admin.acl('SETUSER', 'posthorn', 'on', '>secret', ...rights.split(' '));
    const codes = await client(redis.url.replace('://', '://posthorn:secret@'));
    await openCode(codes, 'alice');
    expect(await tryCode(codes, 'alice', 'wrong')).toBe('rejected');
    await codes.withdraw({ notification: await openCode(codes, 'alice') });
    await codes.check({ handle: 'nobody', digest: 'wrong', hidden: true, now: Date.now() });
    expect((await codes.find({ handle: 'alice', now: Date.now() }))?.state).toBe('open');
    expect(await tryCode(codes, 'alice')).toBe('approved');
    const log = await admin.acl('LOG');
    expect(log).toEqual([]);
  });

  it('leave no key without an end', async () => {
    const redis = await server();
    const codes = await client(redis.url);
    await openCode(codes, 'alice');
    await tryCode(codes, 'alice', 'wrong');
    await codes.check({ handle: 'nobody', digest: 'wrong', hidden: true, now: Date.now() });
    const withdrawn = await openCode(codes, 'alice');
    await codes.withdraw({ notification: withdrawn });
    const admin = adminOf(redis);
    const keys = (await admin.keys('*')).filter((key) => key !== 'posthorn:probe').sort();
    expect(keys).toEqual([
      expect.stringMatching(/^posthorn:code:ntf_/),
      'posthorn:failures:alice',
      'posthorn:handle:alice',
      'posthorn:handle:nobody',
    ]);
    for (const key of keys) expect([key, (await admin.pttl(key)) > 0]).toEqual([key, true]);
  });
});

async function only(admin: Redis, pattern: string): Promise<string> {
  const [key, ...more] = await admin.keys(pattern);
  if (key === undefined || more.length > 0) throw new Error(`${pattern} is not one key`);
  return key;
}
