import { createHmac } from 'node:crypto';
import { type DoubleReply, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Client, client, eventually } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { expectRefusal } from './refusal.ts';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const ok: DoubleReply = { status: 200, body: '{"errcode":0}' };

let endpoint: VendorDouble;
let canary: VendorDouble;
let reply: DoubleReply;
let gateway: GatewayProcess;
let calls: Client;

const config = `
egress: { allow: [127.0.0.1] }
channels:
  webhook:
    route: { default: [hooks] }
    accounts:
      hooks: { use: http, secret: { env: HOOK_SECRET }, timeout: 5s }
      shaped: { use: http, method: PUT, headers: { X-Key: { env: HOOK_KEY } }, body: { msg: "{{title}}: {{body}}" }, success: { json: { /errcode: 0 } } }
  email:
    accounts:
      box: { use: sandbox }
`;

beforeAll(async () => {
  endpoint = await vendorDouble({ reply: () => reply });
  canary = await vendorDouble({ reply: () => ok });
  gateway = await startGateway({ config, env: { HOOK_SECRET: secret, HOOK_KEY: 'c4n4ry-key' } });
  calls = client(gateway);
});
beforeEach(() => {
  reply = ok;
});
afterAll(async () => {
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr() + gateway.stdout()).not.toContain('c4n4ry');
  await endGateways();
  await Promise.all([endpoint.close(), canary.close()]);
});

const content = { title: 'Disk "sda"', body: 'It is full' };
const address = (path = '/hook/c4n4ry?key=c4n4ry') => `${endpoint.origin}${path}`;

it('delivers signed JSON to the URL, and shows no more of it than where it is', async () => {
  const { id } = await calls.accepted({ to: { webhook: address() }, webhook: { data: { order: 'A-17' } }, content });
  const { deliveries } = await calls.settled(id);
  expect(deliveries).toMatchObject([
    { channel: 'webhook', account: 'hooks', status: 'sent', address: `${endpoint.origin}/***` },
  ]);
  const seen = endpoint.requests.at(-1);
  const body = String(seen?.body);
  expect(seen).toMatchObject({ method: 'POST', url: '/hook/c4n4ry?key=c4n4ry' });
  expect(JSON.parse(body)).toEqual({
    notification: id,
    kind: 'transactional',
    title: content.title,
    body: content.body,
    data: { order: 'A-17' },
  });
  const { 'webhook-id': name, 'webhook-timestamp': time, 'webhook-signature': signature } = seen?.headers ?? {};
  expect(name).toBe(deliveries[0]?.id);
  const mac = createHmac('sha256', Buffer.alloc(24, 7)).update(`${name}.${time}.${body}`).digest('base64');
  expect(signature).toBe(`v1,${mac}`);
});

it("shapes it as the account says, and believes the answer's body", async () => {
  const shaped = { to: { webhook: address() }, channels: [{ channel: 'webhook', accounts: ['shaped'] }], content };
  const { id } = await calls.accepted(shaped);
  expect((await calls.settled(id)).status).toBe('sent');
  expect(endpoint.requests.at(-1)).toMatchObject({ method: 'PUT', headers: { 'x-key': 'c4n4ry-key' } });
  expect(JSON.parse(String(endpoint.requests.at(-1)?.body))).toEqual({ msg: 'Disk "sda": It is full' });
  reply = { status: 200, body: '{"errcode":7}' };
  const second = await calls.accepted(shaped);
  const waiting = await eventually(async () => {
    const [delivery] = (await calls.notification(second.id)).deliveries;
    return delivery?.nextAttemptAt ? delivery : undefined;
  });
  expect(waiting).toMatchObject({ status: 'retrying', code: 'not_accepted' });
});

it('waits for an endpoint that asks to, as long as it asks', async () => {
  reply = { status: 503, headers: { 'retry-after': '600' }, body: '' };
  const before = endpoint.requests.length;
  const { id } = await calls.accepted({ to: { webhook: address() }, content });
  const waiting = await eventually(async () => {
    const [delivery] = (await calls.notification(id)).deliveries;
    return delivery?.nextAttemptAt ? delivery : undefined;
  });
  expect(waiting).toMatchObject({ status: 'retrying', code: 'http_503', attempts: 1 });
  expect(Date.parse(String(waiting.nextAttemptAt))).toBeGreaterThan(Date.now() + 500_000);
  expect(endpoint.requests).toHaveLength(before + 1);
});

it('holds nothing up for others while one endpoint breaks every line', async () => {
  reply = { fault: 'reset-after-body' };
  const broken = await Promise.all(
    Array.from({ length: 8 }, () => calls.accepted({ to: { webhook: address() }, content })),
  );
  for (const { id } of broken)
    await eventually(async () => ((await calls.notification(id)).deliveries[0]?.nextAttemptAt ? true : undefined));
  const { body } = await gateway.request('GET', '/channels');
  expect(JSON.stringify(body)).toContain('"healthy"');
  expect(JSON.stringify(body)).not.toContain('"open"');
  const before = canary.requests.length;
  const { id } = await calls.accepted({ to: { webhook: canary.origin }, content });
  expect((await calls.settled(id)).deliveries).toMatchObject([{ status: 'sent', attempts: 1 }]);
  expect(canary.requests).toHaveLength(before + 1);
});

it('follows no redirect', async () => {
  const before = canary.requests.length;
  reply = { status: 302, headers: { location: canary.origin }, body: '' };
  const { id } = await calls.accepted({ to: { webhook: address() }, content });
  expect((await calls.settled(id)).deliveries).toMatchObject([{ status: 'failed', code: 'http_302' }]);
  expect(canary.requests).toHaveLength(before);
});

it.each([
  ...[
    '127.0.0.2',
    '2130706434',
    '0x7f.2',
    '0177.0.0.2',
    '[::1]',
    '[::ffff:127.0.0.2]',
    '[64:ff9b::7f00:2]',
    '10.0.0.1',
  ],
  ...[
    '169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    'metadata.google.internal',
    '100.100.100.200',
    '0',
    '[fd00:ec2::254]',
    '192.168.1.1',
  ],
])('refuses %s when it is handed in', async (host) => {
  const webhook = `http://${host}:${canary.port}/c4n4ry`;
  const answer = await expectRefusal(gateway, {
    body: { to: { webhook }, content },
    status: 422,
    code: 'unprocessable',
    pointers: ['/to/webhook'],
  });
  expect(answer.errors).toMatchObject([{ code: 'blocked_address' }]);
  expect(JSON.stringify(answer)).not.toContain('c4n4ry');
});

it.each([
  ['ftp://example.com/', 'invalid_url'],
  ['https://user:c4n4ry@example.com/', 'invalid_url'],
  ['https://example.com:25/', 'blocked_address'],
  ['http://8.8.8.8/', 'blocked_address'],
])('refuses %s', async (webhook, code) => {
  const answer = await expectRefusal(gateway, {
    body: { to: { webhook }, content },
    status: 422,
    code: 'unprocessable',
    pointers: ['/to/webhook'],
  });
  expect(answer.errors).toMatchObject([{ code }]);
});

it('reaches no more of this machine by name than by address', async () => {
  // It leads to 127.0.0.1, which is open here, and to ::1, which is not: only the first is connected to.
  const { id } = await calls.accepted({ to: { webhook: `http://localhost:${endpoint.port}/by-name` }, content });
  expect((await calls.settled(id)).status).toBe('sent');
  expect(endpoint.requests.at(-1)?.url).toBe('/by-name');
});

it('says in its own content what is wrong with a template', async () => {
  await expectRefusal(gateway, {
    body: { to: { webhook: address() }, content, webhook: { body: { a: '{{process.env}}' } } },
    status: 400,
    code: 'invalid_request',
    pointers: ['/webhook/body'],
  });
});
