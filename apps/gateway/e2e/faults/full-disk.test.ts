import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { bearer, keyholders } from '../access/keyholders.ts';
import { type Accepted, client, eventually, type ProblemAnswer } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { notLinuxRoot, obstacle } from './obstacle.ts';
import { gate, type Relay, relay } from './relay.ts';
import { mountObstacle, type SmallDisk, smallDisk } from './small-disk.ts';

const because = obstacle('full disk', [notLinuxRoot(), mountObstacle()]);

const disks: SmallDisk[] = [];
const relays: Relay[] = [];
afterEach(async () => {
  await endGateways();
  for (const disk of disks.splice(0)) disk.close();
  await Promise.all(relays.splice(0).map((server) => server.close()));
});
afterAll(endGateways);

const concurrency = 4;
const configFor = ({ port }: Relay) => `
channels:
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: no-reply@shop.example, concurrency: ${concurrency}, timeout: 50s }
`;
const notice = (number: number) => ({
  to: { email: `person${number}@example.com` },
  content: { body: `No. ${number}` },
});

/** A gateway whose data and log are on one small disk, with four messages under way and eight that wait behind them. */
async function scene(held: Promise<void>) {
  const disk = smallDisk(16);
  disks.push(disk);
  const server = await relay(() => held.then(() => null));
  relays.push(server);
  const log = join(disk.path, 'gateway.log');
  const options = {
    dataDir: join(disk.path, 'data'),
    config: configFor(server),
    wrapper: ['sh', '-c', `exec "$@" 2>>'${log}'`, 'sh'],
  };
  const gateway = await startGateway(options);
  const accepted: Accepted[] = [];
  for (let number = 0; number < 12; number++) accepted.push(await client(gateway).accepted(notice(number)));
  await eventually(() => server.waiting() === concurrency || undefined);
  return { disk, server, gateway, accepted, options, log };
}

/** The answer of a disk that is full to the last byte; the log of the store may have had room for a few more. */
async function refusal(gateway: GatewayProcess, accepted: Accepted[]) {
  for (let number = 100; number < 2_000; number++) {
    const askedAt = performance.now();
    const answer = await client(gateway).notify(notice(number));
    const took = performance.now() - askedAt;
    if (answer.status !== 202) return { ...answer, body: answer.body as unknown as ProblemAnswer, took };
    accepted.push(answer.body);
  }
  throw new Error('the disk is not full');
}

const ballastOf = ({ dataDir }: GatewayProcess) => join(dataDir, 'ballast');

describe.skipIf(because !== null)('a full disk', () => {
  it('stops what is new, settles what is under way, and is over when there is room again', async () => {
    const door = gate();
    const { disk, server, gateway, accepted, log } = await scene(door.opened);
    expect(existsSync(ballastOf(gateway))).toBe(true);
    const stolen = await keyholders(gateway).make({ name: 'stolen', scopes: ['notify'] });
    disk.fill();

    const refused = await refusal(gateway, accepted);
    expect(refused).toMatchObject({ status: 503, body: { code: 'storage_full' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.took).toBeLessThan(2_000);
    const first = accepted[0]?.id ?? '';
    for (const path of [`/notifications/${first}`, '/notifications?limit=100', '/channels', '/healthz']) {
      expect([path, (await gateway.request('GET', path)).status]).toEqual([path, 200]);
    }
    const ready = await gateway.request<{ reason: string }>('GET', '/readyz');
    expect([ready.status, ready.body.reason]).toEqual([503, 'the disk of the store is full']);

    expect((await gateway.request('DELETE', `/keys/${stolen.id}`)).status).toBe(200);
    expect((await gateway.request('POST', '/notify', notice(1), bearer(stolen.key))).status).toBe(401);

    // The ballast is what the settlements are written into; it is not room for anything new.
    door.open();
    const underWay = await eventually(() => (server.tries.length === concurrency ? [...server.tries] : undefined));
    for (const { delivery } of underWay) await settledDelivery(gateway, delivery);
    disk.fill();
    await quiet(3_000);
    expect(server.tries).toHaveLength(concurrency);
    expect((await client(gateway).notify(notice(1_000))).body).toMatchObject({ code: 'storage_full' });
    expect((await gateway.request('GET', '/healthz')).status).toBe(200);

    disk.free();
    const freedAt = Date.now();
    const again = await eventually(async () => {
      const answer = await client(gateway).notify(notice(2_000));
      return answer.status === 202 ? answer.body : undefined;
    }, 5_000);
    expect(Date.now() - freedAt).toBeLessThan(5_000);
    for (const { id } of [...accepted, again]) expect((await client(gateway).settled(id)).status).toBe('sent');
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
    const counts = Map.groupBy(server.tries, ({ delivery }) => delivery);
    expect([...counts.values()].filter((tries) => tries.length !== 1)).toEqual([]);
    expect(new Set(counts.keys())).toEqual(new Set([...accepted, again].map(({ deliveries }) => deliveries[0]?.id)));
    await eventually(() => existsSync(ballastOf(gateway)) || undefined, 5_000);
    // It had met the full disk too.
    expect(readFileSync(log, 'utf8')).toContain('storage_full');
    expect(await integrity(gateway)).toBe('ok');
  });

  it('is survived by a kill: what was accepted is sent after the next start', async () => {
    const door = gate();
    const { disk, server, gateway, accepted, options } = await scene(door.opened);
    disk.fill();
    await refusal(gateway, accepted);
    gateway.kill('SIGKILL');
    await gateway.exited;
    door.open();

    // While there is no room it may start or not; either way it says so and leaves everything as it is.
    const early = await startGateway(options).catch((error: unknown) => String(error));
    if (typeof early === 'string') expect(early).toMatch(/ended with 1/);
    else {
      expect((await early.request('GET', `/notifications/${accepted[0]?.id}`)).status).toBe(200);
      early.kill('SIGKILL');
      await early.exited;
    }

    disk.free();
    const later = await startGateway(options);
    for (const { id } of accepted) expect((await client(later).settled(id, 20_000)).status).toBe('sent');
    const counts = Map.groupBy(server.tries, ({ delivery }) => delivery);
    // What was under way at the kill may have been sent, and is sent once more under at-least-once.
    expect([...counts.values()].filter((tries) => tries.length > 2)).toEqual([]);
    expect([...counts.values()].filter((tries) => tries.length === 2).length).toBeLessThanOrEqual(2 * concurrency);
    expect(await integrity(later)).toBe('ok');
  });
});

const quiet = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function settledDelivery(gateway: GatewayProcess, delivery: string): Promise<true> {
  return eventually(async () => {
    const { body } = await gateway.request<{ status: string }>('GET', `/deliveries/${delivery}`);
    return body.status === 'sent' || undefined;
  });
}

/** SQLite's own word, of the files as the program leaves them when it is killed. */
async function integrity(gateway: GatewayProcess): Promise<unknown> {
  gateway.kill('SIGKILL');
  await gateway.exited;
  const store = new DatabaseSync(join(gateway.dataDir, 'posthorn.db'));
  try {
    return store.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    store.close();
  }
}
