import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Accepted, type Attempt, client, eventually } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { clockObstacle, type MovableClock, movableClock } from './movable-clock.ts';
import { obstacle } from './obstacle.ts';
import { gate, type Relay, relay } from './relay.ts';

const because = obstacle('clock', [clockObstacle()]);

const hour = 3_600_000;
const day = 24 * hour;
const relays: Relay[] = [];
const clocks: MovableClock[] = [];
afterEach(async () => {
  await endGateways();
  await Promise.all(relays.splice(0).map((server) => server.close()));
  for (const clock of clocks.splice(0)) clock.close();
});
afterAll(endGateways);

/** A server that asks `late*` to come back later until it is kind, holds `slow*` back, and takes all others. */
async function scene() {
  const door = gate();
  const mood = { kind: false };
  const server = await relay(async (to) => {
    if (to.startsWith('slow')) await door.opened;
    return to.startsWith('late') && !mood.kind ? { code: 450, text: '4.7.1 Greylisted, come back later' } : null;
  });
  relays.push(server);
  const clock = movableClock();
  clocks.push(clock);
  const config = `
channels:
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${server.port}, tls: none, from: no-reply@shop.example, concurrency: 8, timeout: 50s }
`;
  const gateway = await startGateway({ config, env: clock.env });
  return { door, mood, server, clock, config, gateway };
}

const notice = (name: string, wish: object = {}) => ({
  to: { email: `${name}@example.com` },
  content: { body: 'x' },
  ...wish,
});
const triesOf = ({ tries }: Relay, name: string) => tries.filter(({ to }) => to.startsWith(name));

async function post(gateway: GatewayProcess, name: string, count: number): Promise<readonly Accepted[]> {
  const accepted: Accepted[] = [];
  for (let number = 0; number < count; number++) {
    accepted.push(await client(gateway).accepted(notice(`${name}${number}`)));
  }
  return accepted;
}

describe.skipIf(because !== null)('a clock that jumps', () => {
  it('makes nobody ask again before a step is over, loses no lease and no schedule, and shows no impossible time', async () => {
    const { door, server, clock, gateway } = await scene();
    const calls = client(gateway);
    const late = await post(gateway, 'late', 10);
    const slow = await calls.accepted(notice('slow'));
    const sendAt = new Date(clock.now() + day).toISOString();
    const planned = await calls.accepted(notice('planned', { sendAt }));
    await eventually(() => (triesOf(server, 'late').length === 10 && server.waiting() === 1) || undefined);
    // The server has answered before the gateway knows: what it decides then is to be by the clock before the jump.
    for (const { id } of late) await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'retrying');

    // Everything that waited is due, once: the server asks for five more minutes.
    clock.shift(36 * hour);
    expect((await calls.settled(planned.id)).status).toBe('sent');
    await eventually(() => triesOf(server, 'late').length === 20 || undefined);
    await sleep(2_500);
    expect(triesOf(server, 'late')).toHaveLength(20);

    // Back: nothing is due, nothing stands still, and the gateway goes on from where it was.
    clock.shift(-3 * day);
    await sleep(2_500);
    expect(triesOf(server, 'late')).toHaveLength(20);
    const [fresh] = await post(gateway, 'fresh', 1);
    const sent = await calls.settled(fresh?.id ?? '', 5_000);
    expect(sent.status).toBe('sent');
    expect(Date.parse(sent.createdAt)).toBeGreaterThan(Date.now() + 36 * hour - 1_000);

    // The attempt that was under way through all of it still holds its lease.
    door.open();
    const kept = await calls.settled(slow.id);
    expect(kept.status).toBe('sent');
    expect(kept.timeline.map(({ type }) => type)).not.toContain('delivery.recovered');
    expect(triesOf(server, 'slow')).toHaveLength(1);
    expect(triesOf(server, 'planned')).toHaveLength(1);

    clock.shift(Date.UTC(2038, 0, 20) - Date.now());
    await eventually(() => triesOf(server, 'late').length === 30 || undefined);
    const [future] = await post(gateway, 'future', 1);
    expect((await calls.settled(future?.id ?? '', 5_000)).createdAt).toMatch(/^2038-01-20T/);
    await sleep(2_500);
    expect(triesOf(server, 'late')).toHaveLength(30);
    for (const { id, deliveries } of late) {
      const seen = await calls.notification(id);
      const attempts = await calls.attempts(deliveries[0]?.id ?? '');
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['deferred', 'deferred', 'deferred']);
      expect(impossible([seen, attempts])).toEqual([]);
      for (const { durationMs } of attempts) expect(durationMs).toBeLessThan(50_000);
    }
    expect(impossible([await calls.list('/notifications?limit=100'), await calls.list<Attempt>('/channels')])).toEqual(
      [],
    );
    const metrics = (await gateway.request<string>('GET', '/metrics')).body;
    expect(`${gateway.stderr()}${metrics}`).not.toMatch(/\bNaN\b|Invalid Date/);
    expect(gateway.stderr()).not.toContain('a fault of the gateway');
  });

  it('lengthens no one-time code', async () => {
    const clock = movableClock();
    clocks.push(clock);
    const gateway = await startGateway({ env: clock.env });
    const code = async (name: string, ttl: string) => {
      const email = `${name}@example.com`;
      const body = { to: { email }, purpose: 'login', ttl };
      const sent = await gateway.request<{ id: string }>('POST', '/otp/send', body);
      const kept = await eventually(async () => (await client(gateway).kept(email))[0]);
      return { id: sent.body.id, code: /\d{6}/.exec(String(kept.content['text']))?.[0] };
    };
    const verify = async (body: object) =>
      (await gateway.request<{ status: string }>('POST', '/otp/verify', body)).body.status;
    const [short, long, other] = [await code('a', '3s'), await code('b', '10m'), await code('c', '10m')];
    clock.shift(-hour);
    expect(await verify(other)).toBe('approved');
    await sleep(3_000);
    expect(await verify(short)).toBe('expired');
    clock.shift(11 * 60_000);
    expect(await verify(long)).toBe('expired');
  });

  it('back by three days between two starts keeps nothing waiting for three days', async () => {
    const { mood, server, clock, config, gateway } = await scene();
    const late = await post(gateway, 'late', 3);
    const sendAt = new Date(clock.now() + hour).toISOString();
    const planned = await client(gateway).accepted(notice('planned', { sendAt }));
    for (const { id } of late) await client(gateway).when(id, (seen) => seen.deliveries[0]?.status === 'retrying');
    gateway.kill('SIGTERM');
    await gateway.exited;

    clock.shift(-3 * day);
    mood.kind = true;
    const again = await startGateway({ config, env: clock.env, dataDir: gateway.dataDir });
    const calls = client(again);
    for (const { id } of late) expect((await calls.settled(id, 10_000)).status).toBe('sent');
    expect(triesOf(server, 'late')).toHaveLength(6);
    const [fresh] = await post(again, 'fresh', 1);
    expect((await calls.settled(fresh?.id ?? '', 5_000)).status).toBe('sent');
    expect(await calls.count()).toBe(5);
    // A moment that somebody chose stays the moment.
    expect((await calls.notification(planned.id)).status).toBe('scheduled');
  });
});

/** Times in an answer that are none, or lie outside the years of this test. */
function impossible(answer: unknown): readonly string[] {
  const text = JSON.stringify(answer);
  const times = [...text.matchAll(/"(\w*At|at)":(?:"([^"]*)"|(-?[\d.e+]+))/g)];
  if (times.length === 0 && text.length > 1_000) return ['no time at all'];
  return times
    .filter(([, , time = '']) => !/^20(2\d|3[0-8])-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))
    .map(([whole]) => whole);
}
