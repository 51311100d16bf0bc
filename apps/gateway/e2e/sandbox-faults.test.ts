import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, eventually, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

// One account for each play: an account whose breaker opened parks what waits for it.
const plays = [
  'refused',
  'deferred',
  'misconfigured',
  'hang',
  'uncertain',
  'delivered',
  'undelivered',
  'once',
  'first',
  'second',
] as const;
const accounts = plays.map((play) => `${play}: { use: sandbox, timeout: 400ms }`).join(', ');
const config = `
channels:
  sms: { route: { default: [delivered] }, accounts: { ${accounts} } }
  email: { route: { default: [delivered] }, accounts: { ${accounts} } }
  push: { route: { default: [delivered] }, accounts: { ${accounts} } }
`;
const content = { body: 'The posthorn has sounded.' };
const numbers = {
  refused: '+15005550001',
  deferred: '+15005550002',
  misconfigured: '+15005550003',
  hang: '+15005550004',
  uncertain: '+15005550005',
  delivered: '+15005550006',
  undelivered: '+15005550007',
} as const;
type Play = keyof typeof numbers;

/** Every channel's way to name a play. */
const addressOf = {
  sms: (play: Play) => ({ phone: numbers[play] }),
  email: (play: Play) => ({ email: `${play}@sandbox.posthorn.example` }),
  push: (play: Play) => ({ push: [`posthorn-sandbox-${play}-0000000000000000`] }),
} as const;
const channels = Object.keys(addressOf) as (keyof typeof addressOf)[];

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

const send = (channel: keyof typeof addressOf, play: Play, more: object = {}, account: string = play) =>
  calls.accepted({ to: addressOf[channel](play), channels: [{ channel, accounts: [account] }], content, ...more });

describe.each(channels)('on the magic addresses of %s', (channel) => {
  it('refused: fails at once, for good', async () => {
    const { id } = await send(channel, 'refused');
    const { status, deliveries } = await calls.settled(id);
    expect(status).toBe('failed');
    expect(deliveries).toMatchObject([{ status: 'failed', attempts: 1, code: 'sandbox_refused', nextAttemptAt: null }]);
    const attempts = await calls.attempts(deliveries[0]?.id ?? '');
    expect(attempts).toMatchObject([{ outcome: 'refused', code: 'sandbox_refused', account: 'refused' }]);
  });

  it('deferred: is retrying, with the time of the next attempt', async () => {
    const asked = Date.now();
    const { id } = await send(channel, 'deferred');
    const seen = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'retrying');
    expect(seen.status).toBe('sending');
    expect(seen.deliveries[0]).toMatchObject({ attempts: 1, code: 'sandbox_deferred', finishedAt: null });
    // The vendor asked for two seconds; they are the least.
    expect(Date.parse(seen.deliveries[0]?.nextAttemptAt ?? '') - asked).toBeGreaterThanOrEqual(2_000);
  });

  it('misconfigured: is parked, and costs no attempt', async () => {
    const { id } = await send(channel, 'misconfigured');
    const seen = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'parked');
    expect(seen.deliveries[0]).toMatchObject({ attempts: 0, code: 'sandbox_credentials' });
    expect(seen.status).toBe('sending');
    const { body } = await gateway.request<{ items: readonly { name: string; accounts: readonly object[] }[] }>(
      'GET',
      '/channels',
    );
    const account = body.items.find(({ name }) => name === channel)?.accounts;
    expect(account).toContainEqual(
      expect.objectContaining({ name: 'misconfigured', state: 'open', parkedUntil: expect.stringMatching(/Z$/) }),
    );
  });

  it('hang: its outcome is unknown when its time is over, and at-most-once leaves it there', async () => {
    const { id } = await send(channel, 'hang', { guarantee: 'at-most-once' });
    const { status, deliveries } = await calls.settled(id);
    expect(status).toBe('uncertain');
    expect(deliveries).toMatchObject([{ status: 'uncertain', attempts: 1, code: 'timeout' }]);
    const [attempt] = await calls.attempts(deliveries[0]?.id ?? '');
    expect(attempt?.durationMs).toBeGreaterThanOrEqual(390);
    expect(attempt?.durationMs).toBeLessThan(5_000);
  });

  it('hang: at-least-once tries again', async () => {
    const { id } = await send(channel, 'hang', {}, 'once');
    const seen = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'retrying');
    expect(seen.deliveries[0]).toMatchObject({ attempts: 1, code: 'timeout' });
  });

  it('uncertain: at-most-once ends uncertain, with the one message that was kept', async () => {
    const { id } = await send(channel, 'uncertain', { guarantee: 'at-most-once', metadata: { play: channel } });
    const { status, deliveries } = await calls.settled(id);
    expect(status).toBe('uncertain');
    expect(deliveries).toMatchObject([{ status: 'uncertain', attempts: 1, code: 'sandbox_timeout' }]);
    const [address] = Object.values(addressOf[channel]('uncertain')).flat();
    const kept = await calls.kept(String(address));
    expect(kept.filter(({ notificationId }) => notificationId === id)).toHaveLength(1);
  });

  it('delivered and undelivered: sent first, then completed by the receipt', async () => {
    for (const play of ['delivered', 'undelivered'] as const) {
      const { id } = await send(channel, play);
      const sent = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'sent');
      expect(sent.status).toBe('sent');
      const seen = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === play);
      expect(seen.status).toBe(play === 'delivered' ? 'delivered' : 'failed');
      expect(seen.timeline.map(({ type }) => type)).toEqual([
        'notification.accepted',
        'delivery.sent',
        `delivery.${play}`,
      ]);
    }
  });
});

describe('a delivery of unknown outcome', () => {
  it('lets the next channel go under at-least-once, and not under at-most-once', async () => {
    for (const guarantee of ['at-least-once', 'at-most-once'] as const) {
      const email = freshEmail();
      const { id } = await calls.accepted({
        to: { ...addressOf.sms('hang'), email },
        channels: [
          { channel: 'sms', accounts: ['hang'], within: guarantee === 'at-least-once' ? '1s' : '1h' },
          'email',
        ],
        content,
        guarantee,
      });
      const seen = await calls.settled(id);
      expect(seen.status).toBe(guarantee === 'at-least-once' ? 'sent' : 'uncertain');
      expect(await calls.kept(email)).toHaveLength(guarantee === 'at-least-once' ? 1 : 0);
    }
  });
});

describe('a deferred delivery', () => {
  it('is tried again when its time has come', async () => {
    const { id } = await send('sms', 'deferred', { ttl: '1h' });
    const seen = await calls.when(id, ({ deliveries }) => (deliveries[0]?.attempts ?? 0) >= 2);
    const attempts = await calls.attempts(seen.deliveries[0]?.id ?? '');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['deferred', 'deferred']);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  it('whose next attempt would come after its end expires now, and the next channel goes', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { ...addressOf.sms('deferred'), email },
      channels: [{ channel: 'sms', accounts: ['deferred'] }, 'email'],
      content,
      ttl: '2s',
    });
    const seen = await calls.settled(id, 5_000);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['expired', 'sent']);
  });
});

describe('an account that is not usable', () => {
  it('gives way to the next account of its step at once, and neither costs an attempt', async () => {
    const { id } = await calls.accepted({
      to: addressOf.sms('misconfigured'),
      channels: [{ channel: 'sms', accounts: ['first', 'second'] }],
      content,
    });
    let tried: readonly string[] = [];
    await eventually(async () => {
      const { deliveries } = await calls.notification(id);
      tried = (await calls.attempts(deliveries[0]?.id ?? '')).map(({ account }) => account);
      return tried.length >= 2 || undefined;
    });
    expect(tried.slice(0, 2)).toEqual(['first', 'second']);
    const { deliveries, timeline } = await calls.notification(id);
    expect(deliveries[0]?.attempts).toBe(0);
    expect(timeline.map(({ type }) => type).slice(0, 3)).toEqual([
      'notification.accepted',
      'delivery.rerouted',
      'delivery.parked',
    ]);
  });
});
