import { type Logger, StoreUnavailable, systemClock } from '@posthorn/core';
import { type PrivateRedis, privateRedis, redisObstacle } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Line, openLine } from './line.ts';
import { readRedisPlace } from './place.ts';
import { script } from './scripts/script.ts';

const obstacle = redisObstacle();
if (obstacle !== null) process.stdout.write(`*** SKIPPED Redis line tests: ${obstacle} ***\n`);

const put = script("redis.call('SET', KEYS[1], ARGV[2], 'PX', 60000) return redis.call('GET', KEYS[1])");
const broken = script("return redis.call('GET')");

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function server(settings?: readonly string[]): Promise<PrivateRedis> {
  const redis = await privateRedis(settings);
  open.push(redis);
  return redis;
}

async function lineTo(url: string): Promise<{ readonly line: Line; readonly said: string[] }> {
  const place = readRedisPlace(url);
  if (!place.ok) throw new Error(place.failure);
  const said: string[] = [];
  const note = (text: string, fields?: object) => void said.push(`${text} ${JSON.stringify(fields ?? {})}`);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const line = await openLine(place.value, { clock: systemClock(), log, prefix: 'test:' });
  open.push(line);
  return { line, said };
}

const write = (line: Line) => line.run(put, ['k'], ['v']);

async function away(line: Line, code = 'storage_unavailable') {
  const started = performance.now();
  const error: unknown = await write(line).then(
    (answer) => `answered ${String(answer)}`,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error).toMatchObject({ code });
  expect(performance.now() - started).toBeLessThan(5_000);
}

describe.skipIf(obstacle !== null)('the line to a Redis', { timeout: 30_000 }, () => {
  it('runs a script again after a restart that lost all scripts', async () => {
    const redis = await server();
    const { line, said } = await lineTo(redis.url);
    expect(await write(line)).toBe('v');
    await redis.kill();
    await away(line);
    await redis.restart();
    await expect.poll(() => said.at(-1), { timeout: 10_000 }).toMatch(/^Redis can be used again/);
    expect(await write(line)).toBe('v');
    expect(said.filter((each) => each.startsWith('Redis can be used again'))).toHaveLength(1);
  });

  it('starts without a Redis, says so once, and heals by itself', async () => {
    const redis = await server();
    await redis.kill();
    const { line, said } = await lineTo(redis.url);
    await away(line);
    await away(line);
    expect(said).toEqual(['Redis cannot be used: it cannot be reached: ECONNREFUSED {"code":"ECONNREFUSED"}']);
    await redis.restart();
    await expect.poll(() => said.at(-1), { timeout: 10_000 }).toMatch(/^Redis can be used again/);
    expect(await write(line)).toBe('v');
  });

  it('leaves a Redis that hangs within its time, and comes back', async () => {
    const redis = await server();
    const { line, said } = await lineTo(redis.url);
    redis.hang();
    await Promise.all(Array.from({ length: 50 }, () => away(line)));
    await away(line);
    redis.resume();
    await expect.poll(() => said.at(-1), { timeout: 10_000 }).toMatch(/^Redis can be used again/);
    expect(await write(line)).toBe('v');
  });

  it('a fault of a script is ours, and told as one', async () => {
    const { line } = await lineTo((await server()).url);
    const error: unknown = await line.run(broken, [], []).catch((caught: unknown) => caught);
    expect(error).not.toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain('Redis could not run a script: ERR Wrong number of args');
  });

  it.each([
    ['NOAUTH', ['--requirepass', 'hunter2'], '', 'storage_unavailable'],
    ['WRONGPASS', ['--requirepass', 'hunter2'], ':not-it-4711@', 'storage_unavailable'],
    ['NOPERM', '--user default on nopass ~* +@all -eval -evalsha'.split(' '), '', 'storage_unavailable'],
    ['READONLY', ['--replicaof', '127.0.0.1', '1'], '', 'storage_unavailable'],
    ['OOM', ['--maxmemory', '1'], '', 'storage_full'],
  ])('says what is wrong with a Redis: %s', async (word, settings, credentials, code) => {
    const redis = await server(settings);
    const { line, said } = await lineTo(redis.url.replace('://', `://${credentials}`));
    await away(line, code);
    expect(said).toEqual([expect.stringMatching(`^Redis cannot be used: .+"code":"${word}"}$`)]);
    expect(said.join()).not.toMatch(/4711|hunter2/);
  });

  it('uses no other database than the one named', async () => {
    const redis = await server();
    const { line, said } = await lineTo(`${redis.url}/99`);
    await away(line);
    expect(said).toEqual([expect.stringContaining('it has no database of this number')]);
  });
});
