import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PrivateRedis, privateRedis, redisObstacle } from '@posthorn/testkit';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { client, eventually, freshEmail, freshPhone } from './api.ts';
import { obstacle } from './faults/obstacle.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway, temporaryFolder } from './gateway-process.ts';

const missing = obstacle('codes in a Redis', [redisObstacle()]);

const servers: PrivateRedis[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(endGateways);

async function redisServer(): Promise<PrivateRedis> {
  const server = await privateRedis();
  servers.push(server);
  return server;
}

function gatewayOn({ url }: PrivateRedis, dataDir = join(temporaryFolder(), 'data')): Promise<GatewayProcess> {
  return startGateway({ config: 'redis: { url: { env: REDIS_URL } }\n', env: { REDIS_URL: url }, dataDir });
}

interface Sent {
  readonly id: string;
  readonly phone: string;
  readonly code: string;
}

/** Has a code sent to a new number, and reads it where its owner would. */
async function sentCode(gateway: GatewayProcess, plan: object = {}, to: object = {}): Promise<Sent> {
  const phone = freshPhone();
  const asked = { to: { phone, ...to }, channels: ['sms'], purpose: 'login', ...plan };
  const { status, body } = await gateway.request<{ id: string }>('POST', '/otp/send', asked);
  expect(status).toBe(202);
  const text = await eventually(async () => JSON.stringify((await client(gateway).kept(phone))[0]?.content));
  const [code = 'none'] = /(?<!\d)\d{6}(?!\d)/.exec(text) ?? [];
  return { id: body.id, phone, code };
}

type Verdict = Answer<{ readonly status?: string; readonly code?: string }>;

function verify(gateway: GatewayProcess, { id, code }: Pick<Sent, 'id' | 'code'>): Promise<Verdict> {
  return gateway.request('POST', '/otp/verify', { id, code });
}

/** What came of it: the status of the code, or the code of the problem. */
function word({ status, body, headers }: Verdict): string {
  if (status === 200) return body.status ?? 'nothing';
  expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  return body.code ?? 'nothing';
}

async function answerTo(gateway: GatewayProcess, sent: Sent): Promise<string> {
  await expect.poll(async () => (await gateway.request('GET', '/readyz')).status, patience).toBe(200);
  return word(await verify(gateway, sent));
}

const patience = { timeout: 15_000 };
const together = (most: number, one: (place: number) => Promise<Verdict>) =>
  Promise.all(Array.from({ length: most }, (_, place) => one(place).then(word)));
const count = (words: readonly string[], wanted: string) => words.filter((each) => each === wanted).length;

describe.skipIf(missing !== null)('codes in a Redis, over HTTP', () => {
  it('are approved once, and neither they nor their numbers stand in the Redis', async () => {
    const redis = await redisServer();
    const gateway = await gatewayOn(redis);
    const sent = await sentCode(gateway);
    const wrong = sent.code === '000000' ? '000001' : '000000';
    expect(word(await verify(gateway, { id: sent.id, code: wrong }))).toBe('rejected');
    expect(word(await verify(gateway, sent))).toBe('approved');
    expect(word(await verify(gateway, sent))).toBe('rejected');
    const written = redis.written();
    expect(written).toContain('posthorn:code:');
    expect(written).not.toContain(sent.phone.slice(-8));
    // Digits stand in ids, times and hashes too; a code alone between other characters does not.
    for (const code of [sent.code, wrong])
      expect(written).not.toMatch(new RegExp(`(?<![0-9a-zA-Z_-])${code}(?![0-9a-zA-Z_-])`));
  });

  it('cancel by their approval what still waits of their plan', async () => {
    const gateway = await gatewayOn(await redisServer());
    const channels = [{ channel: 'sms', within: '1m' }, 'email'];
    const sent = await sentCode(gateway, { channels }, { email: freshEmail() });
    const message = sent.id.replace('otp_', 'ntf_');
    const calls = client(gateway);
    await calls.when(message, ({ deliveries }) => deliveries[0]?.status === 'sent');
    expect(word(await verify(gateway, sent))).toBe('approved');
    const seen = await calls.notification(message);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['sent', 'canceled']);
  });

  it('are approved once by two gateways with one key, however many try', async () => {
    const redis = await redisServer();
    const first = await gatewayOn(redis);
    const dataDir = join(temporaryFolder(), 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    copyFileSync(join(first.dataDir, 'posthorn.key'), join(dataDir, 'posthorn.key'));
    const second = await gatewayOn(redis, dataDir);
    const sent = await sentCode(first);
    const words = await together(100, (place) => verify(place % 2 === 0 ? first : second, sent));
    expect([count(words, 'approved'), count(words, 'rejected')]).toEqual([1, 99]);
  });

  it.each([0, 1, 20])(
    'are approved once at most when Redis is killed in the middle of 100 tries, after %i answers',
    async (most) => {
      const redis = await redisServer();
      const gateway = await gatewayOn(redis);
      const sent = await sentCode(gateway);
      const words: string[] = [];
      const kills: Promise<void>[] = [];
      const tryOn = async () => {
        for (let tries = 0; tries < 10; tries++) {
          const trying = verify(gateway, sent);
          if (words.length >= most && kills.length === 0) kills.push(redis.kill());
          words.push(word(await trying));
        }
      };
      await Promise.all(Array.from({ length: 10 }, tryOn));
      await Promise.all(kills);
      expect(count(words, 'storage_unavailable')).toBeGreaterThan(0);
      await redis.restart();
      words.push(await answerTo(gateway, sent));
      expect(count(words, 'approved')).toBeLessThanOrEqual(1);
      expect(words.filter((each) => !['approved', 'rejected', 'storage_unavailable'].includes(each))).toEqual([]);
      expect(await answerTo(gateway, sent)).toBe('rejected');
    },
  );

  it('answer 503 in good time while Redis hangs, and the rest of the gateway goes on', async () => {
    const redis = await redisServer();
    const gateway = await gatewayOn(redis);
    const sent = await sentCode(gateway);
    redis.hang();
    const started = performance.now();
    const words = await together(50, () => verify(gateway, sent));
    // A second is what Redis is given; the rest is for a busy machine.
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(count(words, 'storage_unavailable')).toBe(50);
    const asked = { to: { phone: freshPhone() }, channels: ['sms'], purpose: 'login' };
    expect((await gateway.request('POST', '/otp/send', asked)).status).toBe(503);
    const content = { title: 'Your parcel', body: 'It is here.' };
    const other = await gateway.request('POST', '/notify', { to: { phone: freshPhone() }, channels: ['sms'], content });
    expect(other.status).toBe(202);
    redis.resume();
    const words2 = [await answerTo(gateway, sent), await answerTo(gateway, sent)];
    expect(count(words2, 'approved')).toBeLessThanOrEqual(1);
    expect(words2[1]).toBe('rejected');
  });
});
