import { setTimeout as sleep } from 'node:timers/promises';
import { type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail, freshPhone, type Notification } from '../api.ts';
import { endGateways, startGateway } from '../gateway-process.ts';
import { type Relay, relay } from './relay.ts';

/** The storm lasts this long; two minutes, as promised, take `POSTHORN_STORM_SECONDS=120`. */
const stormMs = Number(process.env['POSTHORN_STORM_SECONDS'] ?? 12) * 1_000;
const patienceMs = 75_000;
const retryAfterMs = 2_000;
const firstWaitMs = 1_000;
const concurrency = 8;
/** One slot in eight is kept for critical messages. */
const slots = concurrency - 1;
/** Without a wait that the vendor names, only the fifth fault in a row closes an account: the first four let others go. */
const beforeTheFifth = 4;
/** Between the moment at which we ask and that at which the vendor sees it. */
const slackMs = 150;

let aliyun: VendorDouble | undefined;
let server: Relay | undefined;
afterEach(async () => {
  await endGateways();
  await Promise.all([aliyun?.close(), server?.close()]);
});
afterAll(endGateways);

const storm = { over: false };

/** Two vendors that take nothing until the storm is over, and the moments at which each was asked. */
async function vendors() {
  const asked: number[] = [];
  let sent = 0;
  aliyun = await vendorDouble({
    reply() {
      asked.push(Date.now());
      if (storm.over) return { status: 200, body: JSON.stringify({ Code: 'OK', Message: 'OK', BizId: `B-${++sent}` }) };
      return {
        status: 429,
        headers: { 'x-acs-retry-after': String(retryAfterMs) },
        body: JSON.stringify({ Code: 'Throttling.User', Message: 'Request was denied due to user flow control.' }),
      };
    },
  });
  server = await relay(() => (storm.over ? null : { code: 421, text: '4.7.0 Too much mail, closing' }));
  const config = `
defaults: { region: CN }
channels:
  sms:
    accounts:
      aliyun: { use: aliyun, accessKeyId: id, accessKeySecret: secret, signName: 示例, endpoint: ${aliyun.origin}, concurrency: ${concurrency} }
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${server.port}, tls: none, from: no-reply@shop.example, concurrency: ${concurrency} }
`;
  return { asked, server, config };
}

/** Those who were under way when the vendor first said it, and the waits before everybody who came after them. */
function wavesOf(
  moments: readonly number[],
  waitMs: number,
): { readonly first: number; readonly waits: readonly number[] } {
  const waits = moments.slice(1).map((at, place) => at - (moments[place] ?? 0));
  const firstWait = waits.findIndex((wait) => wait >= waitMs - slackMs);
  return { first: firstWait + 1, waits: waits.slice(firstWait) };
}

describe('a storm of 429 and 421', () => {
  it('is met with one probe per wait and account, and then all is sent once', {
    timeout: stormMs + 2 * patienceMs,
  }, async () => {
    const { asked, server: mail, config } = await vendors();
    const gateway = await startGateway({ config });
    const notifications = Array.from({ length: 100 }, (_, number) =>
      number % 2 === 0
        ? { to: { phone: freshPhone() }, content: { body: 'x' }, sms: { templateCode: 'SMS_1', params: { code: '1' } } }
        : { to: { email: freshEmail() }, content: { body: 'x' } },
    );
    const { body } = await gateway.request<{ results: readonly { id: string }[] }>('POST', '/notify/batch', {
      notifications,
    });
    await sleep(stormMs);
    const [texts, mails] = [[...asked], mail.tries.map(({ at }) => at)];
    storm.over = true;

    const sms = wavesOf(texts, retryAfterMs);
    expect(sms.first).toBeLessThanOrEqual(slots);
    expect(sms.waits.length).toBeGreaterThan(2);
    expect(sms.waits.filter((wait) => wait < retryAfterMs - slackMs)).toEqual([]);
    // SMTP names no wait: our own, which doubles from a second on, up to a minute.
    const email = wavesOf(mails, firstWaitMs);
    expect(email.first).toBeLessThanOrEqual(slots + beforeTheFifth);
    expect(email.waits.length).toBeGreaterThan(2);
    const waits = email.waits.map((_, place) => Math.min(60_000, firstWaitMs * 2 ** place) - slackMs);
    expect(email.waits.filter((wait, place) => wait < (waits[place] ?? 0))).toEqual([]);

    const calls = client(gateway);
    const seen = await drained(
      calls,
      body.results.map(({ id }) => id),
    );
    expect(seen.filter(({ status }) => status !== 'sent')).toEqual([]);
    const taken = mail.tries.filter((one) => one.taken);
    expect([taken.length, new Set(taken.map(({ delivery }) => delivery)).size]).toEqual([50, 50]);
    const accepted = asked.length - texts.length;
    expect(accepted).toBe(50);
  });
});

async function drained(calls: Client, ids: readonly string[]): Promise<readonly Notification[]> {
  const seen: Notification[] = [];
  for (const id of ids) seen.push(await calls.settled(id, patienceMs));
  return seen;
}
