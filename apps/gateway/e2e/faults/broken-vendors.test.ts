import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Accepted, type Attempt, client, eventually, freshEmail, freshPhone } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import * as line from './broken-line.ts';
import { relay } from './relay.ts';

const ok = (type: string, bytes: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${bytes}\r\n\r\n`;
const html = '<html><body>Please log in</body></html>';

interface Vendor {
  readonly name: string;
  readonly channel: 'sms' | 'email';
  readonly behave: line.Behaviour;
  /** What the attempt has to come to: `deferred` only where the message surely did not leave. */
  readonly outcome: 'deferred' | 'uncertain';
}

const sms = (name: string, behave: line.Behaviour): Vendor => ({
  name: `sms-${name}`,
  channel: 'sms',
  behave: line.afterRequest(behave),
  outcome: 'uncertain',
});
const early = (name: string, behave: line.Behaviour): Vendor => ({
  name: `smtp-early-${name}`,
  channel: 'email',
  behave,
  outcome: 'deferred',
});
const late = (name: string, behave: line.Behaviour): Vendor => ({
  name: `smtp-late-${name}`,
  channel: 'email',
  behave: line.afterMessage(behave),
  outcome: 'uncertain',
});

const vendors: readonly Vendor[] = [
  sms('hangs', line.silent),
  sms('drips-headers', line.drips('HTTP/1.1 200 OK\r\nx-slow: ', 'x')),
  sms('drips-body', line.drips(ok('application/json', 100_000), ' ')),
  sms('resets-before-the-body', (socket) => {
    socket.write(ok('application/json', 100), () => socket.resetAndDestroy());
  }),
  sms('resets-after-the-request', line.resets),
  sms('html', line.says(ok('text/html', html.length) + html)),
  sms('endless', line.pours(ok('application/json', 2 ** 40), ' ')),
  early('hangs', line.silent),
  early('drips', line.drips('', '2')),
  early('resets', line.resets),
  early('html', line.says(`HTTP/1.1 400 Bad Request\r\n\r\n${html}\r\n`)),
  early('endless', line.pours('', '220-and so on\r\n')),
  late('hangs', line.silent),
  late('drips', line.drips('250-', 'x')),
  late('resets', line.resets),
  late('html', line.says(`${html}\r\n`)),
  late('endless', line.pours('', '250-and so on\r\n')),
];

const timeoutMs = 2_000;
/** Of an endless answer: what is read of it, and what lies between, since the system's buffers alone grow to 10 MiB. */
const mostTaken = 16 * 2 ** 20;
const each = 4;

const lines = await Promise.all(vendors.map(({ behave }) => line.brokenLine(behave)));
const good = await relay(() => null);
afterAll(async () => {
  await endGateways();
  await Promise.all([good, ...lines].map((server) => server.close()));
});

const accountOf = ({ name, channel }: Vendor, port: number) =>
  channel === 'sms'
    ? `      ${name}: { use: aliyun, accessKeyId: id, accessKeySecret: secret, signName: 示例, endpoint: "http://127.0.0.1:${port}", timeout: 2s, concurrency: 8 }`
    : `      ${name}: { use: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: no-reply@shop.example, timeout: 2s, concurrency: 8 }`;
const accountsOf = (channel: string) =>
  vendors.flatMap((vendor, place) => (vendor.channel === channel ? [accountOf(vendor, lines[place]?.port ?? 0)] : []));
const config = `
defaults: { region: CN }
channels:
  sms:
    accounts:
${accountsOf('sms').join('\n')}
  email:
    accounts:
      good: { use: smtp, host: 127.0.0.1, port: ${good.port}, tls: none, from: no-reply@shop.example }
${accountsOf('email').join('\n')}
`;

const notice = ({ name, channel }: Pick<Vendor, 'name' | 'channel'>) => ({
  to: channel === 'sms' ? { phone: freshPhone() } : { email: freshEmail() },
  channels: [{ channel, accounts: [name] }],
  content: { body: 'x' },
  sms: { templateCode: 'SMS_1', params: { code: '1234' } },
  guarantee: 'at-most-once',
});

/** The most memory that was used since `forgetPeak`. */
const peakMiB = ({ pid }: GatewayProcess) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
const forgetPeak = ({ pid }: GatewayProcess) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

describe('vendors that break in every way at once', () => {
  it('end each attempt in its time with the right outcome, while a healthy account goes on', async () => {
    const gateway = await startGateway({ config });
    const calls = client(gateway);
    for (let number = 0; number < 20; number++) await calls.accepted(notice({ name: 'good', channel: 'email' }));
    await eventually(() => good.tries.length === 20 || undefined);
    forgetPeak(gateway);
    const before = peakMiB(gateway);

    const notifications = vendors.flatMap((vendor) => Array.from({ length: each }, () => notice(vendor)));
    const batch = await gateway.request<{ results: readonly { id: string }[] }>('POST', '/notify/batch', {
      notifications,
    });
    expect(batch.status).toBe(202);
    const steady: Accepted[] = [];
    const until = Date.now() + 2 * timeoutMs;
    while (Date.now() < until) {
      steady.push(await calls.accepted(notice({ name: 'good', channel: 'email' })));
      await sleep(50);
    }

    for (const [place, { name, outcome }] of vendors.entries()) {
      const ids = batch.body.results.slice(place * each, (place + 1) * each).map(({ id }) => id);
      const first = await eventually(
        () => firstAttempts(gateway, ids),
        10_000,
        () => name,
      );
      expect([name, ...new Set(first.map((attempt) => attempt.outcome))]).toEqual([name, outcome]);
      // Its time and the grace after it; the rest is for a busy machine.
      for (const { durationMs } of first) expect([name, durationMs < timeoutMs + 2_000]).toEqual([name, true]);
      expect([name, (lines[place]?.written() ?? 0) < each * mostTaken]).toEqual([name, true]);
    }
    for (const { id } of steady) {
      const { status, createdAt, deliveries } = await calls.settled(id);
      const took = Date.parse(deliveries[0]?.sentAt ?? '') - Date.parse(createdAt);
      expect([status, took < 2_000]).toEqual(['sent', true]);
    }
    expect(steady.length).toBeGreaterThan(20);
    expect(peakMiB(gateway) - before).toBeLessThan(100);
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  });
});

/** The first attempts of these notifications, as soon as one was made; an account that broke is given a rest before the others. */
async function firstAttempts(gateway: GatewayProcess, ids: readonly string[]): Promise<readonly Attempt[] | undefined> {
  const calls = client(gateway);
  const attempts = await Promise.all(
    ids.map(async (id) => (await calls.attempts((await calls.notification(id)).deliveries[0]?.id ?? '')).at(0)),
  );
  const made = attempts.filter((attempt) => attempt !== undefined);
  return made.length > 0 ? made : undefined;
}
