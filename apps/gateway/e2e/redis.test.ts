import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localhostCertificate, localhostKey, type PrivateRedis, privateRedis, redisObstacle } from '@posthorn/testkit';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { obstacle } from './faults/obstacle.ts';
import { endGateways, type GatewayProcess, startGateway, temporaryFolder } from './gateway-process.ts';

const missing = obstacle('Redis end-to-end', [redisObstacle()]);
const password = 'a-password-of-redis-4711';

const servers: PrivateRedis[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(endGateways);

async function redisServer(settings?: Parameters<typeof privateRedis>[0]): Promise<PrivateRedis> {
  const server = await privateRedis(settings);
  servers.push(server);
  return server;
}

function gatewayWith(url: string, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  return startGateway({ config: 'redis: { url: { env: REDIS_URL } }\n', env: { REDIS_URL: url, ...env } });
}

const ready = async (gateway: GatewayProcess) => {
  const { status, body } = await gateway.request('GET', '/readyz');
  return [status, body];
};
const isReady = [200, { status: 'ready' }];
const isUnready = [503, { status: 'unready', reason: 'the Redis of one-time codes cannot be used' }];
const patience = { timeout: 10_000 };

describe.skipIf(missing !== null)('a gateway whose one-time codes are in a Redis', () => {
  it('is ready with it, not ready without it, and again when it is back', async () => {
    const redis = await redisServer(['--requirepass', password]);
    const gateway = await gatewayWith(redis.url.replace('://', `://:${password}@`));
    expect(await ready(gateway)).toEqual(isReady);
    await redis.kill();
    expect(await ready(gateway)).toEqual(isUnready);
    await redis.restart();
    await expect.poll(() => ready(gateway), patience).toEqual(isReady);
    redis.hang();
    expect(await ready(gateway)).toEqual(isUnready);
    expect((await gateway.request('GET', '/healthz')).status).toBe(200);
    redis.resume();
    await expect.poll(() => ready(gateway), patience).toEqual(isReady);
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    const said = gateway.stdout() + gateway.stderr();
    // An outage may have a second reason on its way: closed, then refused.
    const story = said.match(/Redis can(not)? be used/g)?.filter((each, at, all) => each !== all[at - 1]);
    expect(story).toEqual(['cannot', 'can', 'cannot', 'can'].map((word) => `Redis ${word} be used`));
    expect(said).not.toContain(password);
  });

  it('starts without it, says so once, and stops in good time', async () => {
    const redis = await redisServer();
    await redis.kill();
    const gateway = await gatewayWith(redis.url);
    expect(await ready(gateway)).toEqual(isUnready);
    expect(await ready(gateway)).toEqual(isUnready);
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    const said = gateway.stdout() + gateway.stderr();
    expect(said.match(/Redis cannot be used[^"]*/g)).toEqual([
      'Redis cannot be used: it cannot be reached: ECONNREFUSED',
    ]);
  });

  it('says that a password is wrong, and not which', async () => {
    const redis = await redisServer(['--requirepass', 'another']);
    const gateway = await gatewayWith(redis.url.replace('://', `://:${password}@`));
    expect(await ready(gateway)).toEqual(isUnready);
    const said = gateway.stdout() + gateway.stderr();
    expect(said).toContain('Redis cannot be used: it does not know the user and password of redis.url');
    expect(said).not.toContain(password);
  });

  it('speaks TLS with a Redis whose certificate it can check, and with no other', async () => {
    const folder = temporaryFolder();
    const [certificate, key] = [join(folder, 'redis.pem'), join(folder, 'redis.key')];
    writeFileSync(certificate, localhostCertificate);
    writeFileSync(key, localhostKey);
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    const { port } = await redisServer((own) => [
      ...['--port', '0', '--tls-port', String(own), '--tls-auth-clients', 'no'],
      ...files,
    ]);
    const url = `rediss://localhost:${port}`;
    const trusting = await gatewayWith(url, { NODE_EXTRA_CA_CERTS: certificate });
    expect(await ready(trusting)).toEqual(isReady);
    const strict = await gatewayWith(url);
    expect(await ready(strict)).toEqual(isUnready);
    expect(strict.stdout() + strict.stderr()).toContain('it cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
