import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Client, client, eventually, type Notification } from './api.ts';
import { endGateways, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';
import { type MailServer, mailServer } from './mail-server.ts';

const servers: MailServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(endGateways);

async function openMailServer(delayMs: () => number): Promise<MailServer> {
  const server = await mailServer(delayMs);
  servers.push(server);
  return server;
}

const configFor = ({ port }: MailServer, concurrency: number) => `
channels:
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: no-reply@shop.example, concurrency: ${concurrency}, timeout: 5s }
`;

const notice = (number: number, guarantee = 'at-least-once') => ({
  to: { email: `person${number}@example.com` },
  content: { body: `Message ${number}` },
  guarantee,
});

/** How often each delivery arrived. */
function arrivals(server: MailServer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { messageId } of server.mails) {
    const [delivery = ''] = messageId.split('@');
    counts.set(delivery, (counts.get(delivery) ?? 0) + 1);
  }
  return counts;
}

const deliveryOf = ({ deliveries }: Notification) => deliveries[0]?.id ?? '';

async function allSettled(calls: Client, ids: readonly string[]): Promise<readonly Notification[]> {
  const seen: Notification[] = [];
  for (const id of ids) seen.push(await calls.settled(id, 40_000));
  return seen;
}

describe('SIGKILL', () => {
  it('in the middle of 100 sends loses nothing, repeats what may be repeated and nothing else', async () => {
    let delay = 60_000;
    const server = await openMailServer(() => delay);
    const config = configFor(server, 120);
    const killed = await startGateway({ config });
    const guarantees = ['at-least-once', 'at-most-once'];
    const notifications = Array.from({ length: 200 }, (_, n) => notice(n, guarantees[n % 2]));
    const { body } = await killed.request<{ results: readonly { id: string }[] }>('POST', '/notify/batch', {
      notifications,
    });
    // All that are claimed have to be there: of 120 slots eight are kept for critical ones.
    await eventually(
      () => server.unanswered() >= 112 || undefined,
      15_000,
      () => server.unanswered(),
    );
    killed.kill('SIGKILL');
    expect((await killed.exited).signal).toBe('SIGKILL');
    const inFlight = new Set(arrivals(server).keys());
    delay = 0;

    const calls = client(await startGateway({ config, dataDir: killed.dataDir }));
    const seen = await allSettled(
      calls,
      body.results.map(({ id }) => id),
    );
    const counts = arrivals(server);
    for (const [number, notification] of seen.entries()) {
      const delivery = deliveryOf(notification);
      const repeated = inFlight.has(delivery) && number % 2 === 0;
      const unknown = inFlight.has(delivery) && number % 2 === 1;
      expect([number, notification.status, counts.get(delivery)]).toEqual([
        number,
        unknown ? 'uncertain' : 'sent',
        repeated ? 2 : 1,
      ]);
    }
    expect(await calls.count()).toBe(200);
    const repeated = seen.find((notification) => counts.get(deliveryOf(notification)) === 2);
    expect(repeated?.timeline.map(({ type }) => type)).toContain('delivery.recovered');
  });
});

describe('SIGTERM', () => {
  it('does not wait longer than ten seconds for a vendor that hangs', async () => {
    const server = await openMailServer(() => 60_000);
    const config = configFor(server, 4).replace('timeout: 5s', 'timeout: 60s');
    const gateway = await startGateway({ config });
    const { id } = await client(gateway).accepted(notice(1, 'at-most-once'));
    await eventually(() => server.unanswered() === 1 || undefined);
    const askedAt = Date.now();
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    const again = await startGateway({ config, dataDir: gateway.dataDir });
    expect((await client(again).settled(id)).status).toBe('uncertain');
    expect(server.mails).toHaveLength(1);
  });

  it('a second time does not wait at all', async () => {
    const server = await openMailServer(() => 60_000);
    const gateway = await startGateway({ config: configFor(server, 4) });
    await client(gateway).accepted(notice(1));
    await eventually(() => server.unanswered() === 1 || undefined);
    gateway.kill('SIGTERM');
    await eventually(() => gateway.stderr().includes('stopping') || undefined);
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
  });
});

describe('a second process on the same data directory', () => {
  it('ends with 1 and says why; the first is not disturbed', async () => {
    const first = await startGateway();
    const { id } = await client(first).accepted(notice(1));
    const startedAt = Date.now();
    const second = startProgram(['serve'], { POSTHORN_DATA_DIR: first.dataDir, POSTHORN_PORT: '0' });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    // Two seconds are promised; a machine that is busy with other tests gets the double.
    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect(second.stdout()).toBe('');
    expect(second.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(second.stderr()).toMatch(/^posthorn: .*in use by another process/i);
    expect((await client(first).settled(id)).status).toBe('sent');
  });
});

describe('a store that cannot be used', () => {
  it.each([
    ['is no database', Buffer.from('this is a letter to my grandmother, '.repeat(200))],
    ['is cut off', Buffer.from('SQLite format 3\0')],
  ])('because the file %s stops the start, and is left as it is', async (_name, bytes) => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, 'posthorn.db');
    writeFileSync(file, bytes, { mode: 0o600 });
    const { exited, stdout, stderr } = startProgram(['serve'], { POSTHORN_DATA_DIR: dataDir, POSTHORN_PORT: '0' });
    expect(await exited).toEqual({ code: 1, signal: null });
    expect(stdout()).toBe('');
    expect(stderr()).toContain(file);
    expect(stderr()).not.toMatch(/\bat \w+ \(|node:internal/);
  });
});
