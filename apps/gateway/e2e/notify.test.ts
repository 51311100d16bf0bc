import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail, freshPhone, freshToken } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const config = `
defaults: { channels: [push, sms, email] }
channels:
  sms:
    route: { default: [sandbox] }
    accounts: { sandbox: { use: sandbox }, second: { use: sandbox } }
  email: { accounts: { sandbox: { use: sandbox } } }
  push: { accounts: { sandbox: { use: sandbox } } }
`;
const content = { title: 'Hello', body: 'The posthorn has sounded.' };
const magic = {
  refusedPhone: '+15005550001',
  hangingPhone: '+15005550004',
  deliveredPhone: '+15005550006',
  undeliveredPhone: '+15005550007',
  refusedToken: 'posthorn-sandbox-refused-0000000000000000',
};

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

describe('POST /notify', () => {
  it('answers 202 with the ids under which everything can be read', async () => {
    const { status, headers, body } = await calls.notify({
      to: { phone: freshPhone(), email: freshEmail() },
      channels: ['sms', 'push', 'email'],
      content,
      metadata: { orderId: 'A-17' },
      tags: ['shipping'],
      priority: 'high',
    });
    expect(status).toBe(202);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('location')).toBe(`/notifications/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^ntf_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      status: 'accepted',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      deliveries: [
        { id: expect.stringMatching(/^dlv_/), step: 0, channel: 'sms', status: 'queued' },
        { id: expect.stringMatching(/^dlv_/), step: 2, channel: 'email', status: 'waiting' },
      ],
      skipped: [{ step: 1, channel: 'push', reason: 'no_address' }],
    });
    const seen = await calls.settled(body.id);
    expect(seen).toMatchObject({
      id: body.id,
      status: 'sent',
      priority: 'high',
      metadata: { orderId: 'A-17' },
      tags: ['shipping'],
    });
    const [sent, skipped] = seen.deliveries;
    expect(sent).toMatchObject({ status: 'sent', attempts: 1, code: null, nextAttemptAt: null });
    expect(skipped).toMatchObject({ status: 'skipped', attempts: 0, code: 'not_needed' });
    const estimate = { parts: 1, detail: expect.stringContaining('UCS-2, 31 of 70') as string };
    expect(sent).toMatchObject({ estimate });
    expect((await gateway.request('GET', `/deliveries/${sent?.id}`)).body).toEqual(sent);
    expect(await calls.attempts(sent?.id ?? '')).toEqual([
      {
        id: expect.stringMatching(/^att_/),
        account: 'sandbox',
        outcome: 'accepted',
        code: null,
        detail: null,
        startedAt: expect.stringMatching(/Z$/),
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('takes the default order of channels, among those that have an address', async () => {
    const { deliveries, skipped } = await calls.accepted({
      to: { email: freshEmail(), push: [freshToken()] },
      content,
    });
    expect(deliveries.map(({ channel, status }) => [channel, status])).toEqual([
      ['push', 'queued'],
      ['email', 'waiting'],
    ]);
    expect(skipped).toEqual([]);
  });

  it('normalises spellings of a number to one', async () => {
    const phone = freshPhone();
    const spellings = [`${phone.slice(0, 3)} (${phone.slice(3, 6)}) ${phone.slice(6)}`, `tel:${phone}`];
    for (const spelling of spellings)
      await calls.settled((await calls.accepted({ to: { phone: spelling }, content })).id);
    await calls.settled((await calls.accepted({ to: { phone: phone.slice(3), region: 'CN' }, content })).id);
    expect((await calls.kept(phone)).map(({ to }) => to)).toEqual([phone, phone, phone]);
  });

  it("renders a channel's own content over the neutral one", async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { email },
      content,
      email: { subject: 'Invoice', html: '<p>Hi</p>', replyTo: 'help@example.com' },
    });
    await calls.settled(id);
    const [message] = await calls.kept(email);
    expect(message?.content).toMatchObject({
      subject: 'Invoice',
      html: '<p>Hi</p>',
      text: content.body,
      replyTo: 'help@example.com',
    });
  });
});

describe('fallback', () => {
  it('goes on to the next channel when one is refused', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone: magic.refusedPhone, email },
      channels: ['sms', 'email'],
      content,
    });
    const seen = await calls.settled(id);
    expect(seen.status).toBe('sent');
    expect(seen.deliveries.map(({ channel, status, code }) => [channel, status, code])).toEqual([
      ['sms', 'failed', 'sandbox_refused'],
      ['email', 'sent', null],
    ]);
    expect(await calls.kept(email)).toHaveLength(1);
    expect(seen.timeline.map(({ type, channel }) => [type, channel])).toEqual([
      ['notification.accepted', null],
      ['delivery.failed', 'sms'],
      ['delivery.started', 'email'],
      ['delivery.sent', 'email'],
    ]);
  });

  it('ends failed when every channel failed', async () => {
    const { id } = await calls.accepted({
      to: { phone: magic.refusedPhone, push: [magic.refusedToken] },
      channels: ['push', 'sms'],
      content,
    });
    const seen = await calls.settled(id);
    expect(seen.status).toBe('failed');
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['failed', 'failed']);
  });

  it('moves on when `within` has passed without an answer', async () => {
    const email = freshEmail();
    const asked = Date.now();
    const { id } = await calls.accepted({
      to: { phone: magic.hangingPhone, email },
      channels: [{ channel: 'sms', accounts: ['second'], within: '1s' }, 'email'],
      content,
    });
    const seen = await calls.when(id, ({ deliveries }) => deliveries[1]?.status === 'sent');
    const [sms, second] = seen.deliveries;
    expect(sms?.status).toBe('sending');
    const waited = Date.parse(second?.sentAt ?? '') - asked;
    expect(waited).toBeGreaterThanOrEqual(1_000);
    expect(waited).toBeLessThan(5_000);
    expect(seen.status).toBe('sent');
  });

  it('with `until: delivered` waits for the receipt, and moves on when it says no', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone: magic.undeliveredPhone, email },
      channels: [{ channel: 'sms', until: 'delivered' }, 'email'],
      content,
    });
    const waiting = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'sent');
    expect(waiting.deliveries[1]?.status).toBe('waiting');
    expect(waiting.status).toBe('sending');
    const seen = await calls.settled(id);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['undelivered', 'sent']);
    expect(await calls.kept(email)).toHaveLength(1);
  });

  it('with `until: delivered` ends at the receipt that says yes', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone: magic.deliveredPhone, email },
      channels: [{ channel: 'sms', until: 'delivered', within: '20s' }, 'email'],
      content,
    });
    const seen = await calls.settled(id);
    expect(seen.status).toBe('delivered');
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['delivered', 'skipped']);
    expect(await calls.kept(email)).toEqual([]);
  });
});

describe('broadcast', () => {
  it('goes out on all channels at once', async () => {
    const [phone, email, token] = [freshPhone(), freshEmail(), freshToken()];
    const answer = await calls.accepted({ to: { phone, email, push: [token] }, strategy: 'broadcast', content });
    expect(answer.deliveries.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued']);
    const seen = await calls.settled(answer.id);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent']);
    for (const address of [phone, email, token]) expect(await calls.kept(address)).toHaveLength(1);
  });
});

describe('push', () => {
  it('has one delivery for each token, the same token once', async () => {
    const tokens = [freshToken(), freshToken(), freshToken()];
    const { id, deliveries } = await calls.accepted({ to: { push: [...tokens, tokens[0]] }, content });
    expect(deliveries).toHaveLength(3);
    expect(new Set(deliveries.map((delivery) => delivery.id)).size).toBe(3);
    await calls.settled(id);
    for (const token of tokens) expect(await calls.kept(token)).toHaveLength(1);
  });

  it('is sent when one of the devices took it', async () => {
    const { id } = await calls.accepted({ to: { push: [magic.refusedToken, freshToken()] }, content });
    const seen = await calls.settled(id);
    expect(seen.status).toBe('sent');
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['failed', 'sent']);
  });
});

describe('a dry run', () => {
  it('shows the plan and stores nothing', async () => {
    const before = await calls.count();
    const phone = '+8613912345678';
    const { status, body } = await gateway.request<Record<string, unknown>>('POST', '/notify?dryRun=true', {
      to: { phone, email: 'longname@example.com' },
      channels: [{ channel: 'sms', accounts: ['second', 'sandbox'], within: '20s' }, 'push', 'email'],
      content: { body: 'Ihre Bestellung ist da. 您的订单到了。' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      dryRun: true,
      status: 'accepted',
      strategy: 'fallback',
      skipped: [{ step: 1, channel: 'push', reason: 'no_address' }],
      steps: [
        {
          channel: 'sms',
          withinMs: 20_000,
          accounts: [{ account: 'second' }, { account: 'sandbox' }],
          deliveries: [
            {
              address: '+86139****5678',
              status: 'queued',
              cost: { parts: 1, detail: expect.stringContaining('UCS-2, 31 of 70') },
            },
          ],
        },
        { channel: 'push', skipped: 'no_address', deliveries: [] },
        { channel: 'email', deliveries: [{ address: 'lo***@example.com', status: 'waiting' }] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain(phone);
    expect(await calls.count()).toBe(before);
    expect(await calls.kept(phone)).toEqual([]);
  });

  it('refuses what the call itself would refuse', async () => {
    const { status } = await gateway.request('POST', '/notify?dryRun=true', { to: { phone: '12' }, content });
    expect(status).toBe(422);
  });
});
