import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Accepted, type Client, client, eventually, type Notification } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';
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

const copies = (server: MailServer) => [...arrivals(server).values()].reduce((sum, count) => sum + count - 1, 0);
const deliveryOf = ({ deliveries }: Pick<Notification | Accepted, 'deliveries'>) => deliveries[0]?.id ?? '';

async function allSettled(calls: Client, ids: readonly string[]): Promise<readonly Notification[]> {
  const seen: Notification[] = [];
  for (const id of ids) seen.push(await calls.settled(id, 40_000));
  return seen;
}

interface Load {
  readonly accepted: ReadonlyMap<string, Accepted>;
  stop(): Promise<void>;
}

/** Callers who post one after the other, and who ask again with the same key when an answer did not come. */
function load(current: () => GatewayProcess, callers: number): Load {
  const accepted = new Map<string, Accepted>();
  let stopped = false;
  let number = 0;
  const post = async (key: string, body: object): Promise<void> => {
    while (!stopped) {
      const answer = await client(current())
        .notify(body, { 'idempotency-key': key })
        .catch(() => null);
      if (answer?.status === 202) {
        accepted.set(key, answer.body);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const caller = async (name: number) => {
    while (!stopped) await post(`${name}-${++number}`, notice(number));
  };
  const working = Promise.all(Array.from({ length: callers }, (_, name) => caller(name)));
  return {
    accepted,
    async stop() {
      stopped = true;
      await working;
    },
  };
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
    await eventually(
      () => server.unanswered() >= 100 || undefined,
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

  it('five times under load: every accepted notification ends, all but poison arrive, few of them twice', async () => {
    const server = await openMailServer(() => 5);
    const concurrency = 8;
    const config = configFor(server, concurrency);
    let gateway = await startGateway({ config });
    const { dataDir } = gateway;
    const work = load(() => gateway, 4);
    const kills = 5;
    for (let kill = 0; kill < kills; kill++) {
      const enough = work.accepted.size + randomInt(20, 120);
      await eventually(() => work.accepted.size >= enough || undefined);
      gateway.kill('SIGKILL');
      await gateway.exited;
      gateway = await startGateway({ config, dataDir });
    }
    await work.stop();

    const calls = client(gateway);
    const accepted = [...work.accepted.values()];
    const seen = await allSettled(
      calls,
      accepted.map(({ id }) => id),
    );
    // What was under way at three kills is taken for their cause: it ends dead, whether it arrived or not.
    const poison = new Set(seen.filter(isPoison).map(({ id }) => id));
    expect(poison.size).toBeLessThanOrEqual(concurrency);
    expect(seen.filter(({ id, status }) => status !== 'sent' && !poison.has(id))).toEqual([]);
    const counts = arrivals(server);
    expect(accepted.filter((answer) => !counts.has(deliveryOf(answer)) && !poison.has(answer.id))).toEqual([]);
    expect(copies(server)).toBeLessThanOrEqual(kills * concurrency);
    // A key that was asked for again after a lost answer made no second notification.
    const recipients = new Map<string, Set<string>>();
    for (const { to, messageId } of server.mails) {
      for (const address of to) recipients.set(address, (recipients.get(address) ?? new Set()).add(messageId));
    }
    expect([...recipients].filter(([, ids]) => ids.size > 1)).toEqual([]);
  });
});

function isPoison({ deliveries: [only] }: Notification): boolean {
  return only?.status === 'dead' && only.code === 'lease_lost' && only.attempts === 3;
}

describe('SIGTERM', () => {
  it('under load ends with 0 within ten seconds; nothing is lost and nothing arrives twice', async () => {
    let delay = 200;
    const server = await openMailServer(() => delay);
    const config = configFor(server, 8);
    let gateway = await startGateway({ config });
    const { dataDir } = gateway;
    const work = load(() => gateway, 8);
    await eventually(() => (server.mails.length >= 16 && work.accepted.size >= 60) || undefined);
    const askedAt = Date.now();
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    expect(server.unanswered()).toBe(0);
    delay = 0;

    gateway = await startGateway({ config, dataDir });
    await work.stop();
    const accepted = [...work.accepted.values()];
    const seen = await allSettled(
      client(gateway),
      accepted.map(({ id }) => id),
    );
    expect(seen.filter(({ status }) => status !== 'sent')).toEqual([]);
    expect(accepted.filter((answer) => !arrivals(server).has(deliveryOf(answer)))).toEqual([]);
    expect(copies(server)).toBe(0);
  });

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
