import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const config = `
channels:
  sms: { accounts: { sandbox: { use: sandbox, timeout: 300ms } } }
  email: { accounts: { sandbox: { use: sandbox, timeout: 300ms } } }
  push: { accounts: { sandbox: { use: sandbox, timeout: 300ms } } }
`;
const token = `c4n4ry${'Token'.repeat(8)}`;
const secrets = [
  '13812340987',
  '15005550001',
  '15005550005',
  'canary.person@example.com',
  token,
  'c4n4ry-body',
  'c4n4ry-code',
];

let gateway: GatewayProcess;
let calls: Client;
const ids: string[] = [];
beforeAll(async () => {
  gateway = await startGateway({ config, env: { POSTHORN_LOG_LEVEL: 'debug' } });
  calls = client(gateway);
  const content = { title: 'c4n4ry-body', body: 'c4n4ry-body' };
  for (const to of [
    { phone: '+8613812340987' },
    { email: 'canary.person@example.com' },
    { push: [token] },
    { phone: '+15005550001', email: 'canary.person@example.com' },
    { phone: '+15005550005' },
  ]) {
    const body = { to, content, sms: { params: { code: 'c4n4ry-code' } }, guarantee: 'at-most-once' };
    const { id } = await calls.accepted(body, { 'user-agent': 'c4n4ry-code"\\u001b[31m{"level":60}' });
    await calls.settled(id);
    ids.push(id);
  }
});
afterAll(endGateways);

const leaks = (text: string) => secrets.filter((secret) => text.includes(secret));

describe('full addresses, codes and bodies', () => {
  it('are in no notification, delivery or attempt', async () => {
    for (const id of ids) {
      const seen = await calls.notification(id);
      const parts = [seen, await calls.list('/notifications')];
      for (const delivery of seen.deliveries) {
        parts.push(
          await calls.attempts(delivery.id),
          (await gateway.request('GET', `/deliveries/${delivery.id}`)).body as never,
        );
      }
      expect(leaks(JSON.stringify(parts))).toEqual([]);
    }
    const [phone, email, push] = await Promise.all(ids.slice(0, 3).map(calls.notification));
    expect(phone?.deliveries[0]?.address).toBe('+86138****0987');
    expect(email?.deliveries[0]?.address).toBe('ca***@example.com');
    expect(push?.deliveries[0]?.address).toBe('c4n4ry***');
  });

  it('are in no metric', async () => {
    const { body } = await gateway.request<string>('GET', '/metrics');
    expect(body).toContain('posthorn_events_total{type="delivery.sent",channel="sms",account="sandbox"} 1');
    expect(leaks(body)).toEqual([]);
  });

  it('are in no answer to a request that was refused', async () => {
    const refused = [
      {
        to: { phone: '+8613812340987', email: 'canary.person@example.com, x' },
        content: { body: 'c4n4ry-body' },
        x: 1,
      },
      { to: { phone: '+8613812340987 c4n4ry-code' }, content: { body: 'c4n4ry-body' } },
      { to: { email: 'canary.person@example.com, c4n4ry-code@x' }, content: { body: 'c4n4ry-body' } },
      { to: { phone: 13_812_340_987 }, content: { body: ['c4n4ry-body'] } },
      { to: { email: 'a@example.com' }, content: { body: 'c4n4ry-body' }, priority: 'c4n4ry-code', ttl: 'c4n4ry-code' },
      { to: { email: 'a@example.com' }, email: { from: 'c4n4ry-code', attachments: [{ filename: 'c4n4ry-code/' }] } },
    ];
    for (const body of refused) {
      const { status, body: problem } = await calls.notify(body);
      expect([400, 422]).toContain(status);
      expect(leaks(JSON.stringify(problem))).toEqual([]);
    }
    const found = await gateway.request('GET', '/notifications?address=canary.person@example.com,x');
    expect(found.status).toBe(400);
    expect(leaks(JSON.stringify(found.body))).toEqual([]);
  });

  it('are in no line of the log, and no line can be forged', async () => {
    await gateway.request('GET', '/notifications/%0a%7B%22level%22%3A60%7D%1b[31m', undefined, {
      'x-request-id': 'a"b',
    });
    await gateway.request('GET', '/notifications', undefined, { authorization: 'Bearer c4n4ry-code-wrong' });
    const log = gateway.stderr();
    expect(log).toContain('delivery.failed');
    expect(leaks(log + gateway.stdout())).toEqual([]);
    expect(log).not.toContain(gateway.key);
    for (const line of log.trimEnd().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ message: expect.any(String), level: expect.any(Number) });
      expect(JSON.parse(line)).not.toMatchObject({ level: 60 });
    }
  });
});
