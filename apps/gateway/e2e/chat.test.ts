import { createHmac } from 'node:crypto';
import { type DoubleReply, type SeenRequest, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Client, client, eventually } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { expectRefusal } from './refusal.ts';

const secret = 'SECc4n4ry';
const json = (body: object): DoubleReply => ({ status: 200, body: JSON.stringify(body) });
const ok = json({ errcode: 0, errmsg: 'ok' });
const dingtalkPath = '/robot/send?access_token=c4n4ry-ding';

let dingtalk: VendorDouble;
let wecom: VendorDouble;
let slack: VendorDouble;
const slackTimes: number[] = [];
let dingtalkReply: DoubleReply;
let gateway: GatewayProcess;
let calls: Client;

/** The vendor's own check of a signature. */
function admits({ url }: SeenRequest): boolean {
  const query = new URL(url, dingtalk.origin).searchParams;
  const timestamp = query.get('timestamp') ?? '';
  const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
  return (
    url.startsWith(dingtalkPath) && query.get('sign') === sign && Math.abs(Date.now() - Number(timestamp)) < 60_000
  );
}

const config = () => `
channels:
  chat:
    accounts:
      ops-wecom: { use: wecom, url: { env: WECOM_URL } }
      ops-ding: { use: dingtalk, url: { env: DING_URL }, secret: { env: DING_SECRET }, endpoint: "${dingtalk.origin}", timeout: 1s }
      ops-slack: { use: slack, url: { env: SLACK_URL } }
      sandbox-refused: { use: sandbox }
  email:
    accounts:
      box: { use: sandbox }
`;

beforeAll(async () => {
  dingtalk = await vendorDouble({
    reply: (request) => (admits(request) ? dingtalkReply : json({ errcode: 310000, errmsg: 'sign not match' })),
  });
  wecom = await vendorDouble({ reply: () => ok });
  slack = await vendorDouble({
    reply() {
      slackTimes.push(performance.now());
      return { status: 200, body: 'ok' };
    },
  });
});
beforeEach(async () => {
  dingtalkReply = ok;
  gateway = await startGateway({
    config: config(),
    env: {
      DING_URL: `https://oapi.dingtalk.com${dingtalkPath}`,
      DING_SECRET: secret,
      WECOM_URL: `${wecom.origin}/cgi-bin/webhook/send?key=c4n4ry-wecom`,
      SLACK_URL: `${slack.origin}/services/T/B/c4n4ry`,
    },
  });
  calls = client(gateway);
});
afterEach(async () => {
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr() + gateway.stdout()).not.toContain('c4n4ry');
});
afterAll(async () => {
  await endGateways();
  await Promise.all([dingtalk.close(), wecom.close(), slack.close()]);
});

const content = { title: 'Disk', body: 'It is full' };

it('says it in the chat that the address names, and nowhere else', async () => {
  const [before, others] = [dingtalk.requests.length, wecom.requests.length];
  const { id } = await calls.accepted({ to: { chat: 'ops-ding' }, content });
  const { deliveries } = await calls.settled(id);
  expect(deliveries).toMatchObject([{ channel: 'chat', account: 'ops-ding', status: 'sent', address: 'ops***' }]);
  expect(dingtalk.requests).toHaveLength(before + 1);
  expect(JSON.parse(String(dingtalk.requests.at(-1)?.body))).toMatchObject({ text: { content: 'Disk\nIt is full' } });

  const second = await calls.accepted({ to: { chat: 'ops-wecom' }, content, chat: { markdown: '**full**' } });
  expect((await calls.settled(second.id)).deliveries).toMatchObject([{ account: 'ops-wecom', status: 'sent' }]);
  expect(wecom.requests).toHaveLength(others + 1);
  expect(dingtalk.requests).toHaveLength(before + 1);
});

it('leaves what a muted robot waits with to that robot, while the other chat is well', async () => {
  dingtalkReply = json({ errcode: 130101, errmsg: 'send too fast', wait: 600 });
  const others = wecom.requests.length;
  const { id } = await calls.accepted({ to: { chat: 'ops-ding' }, content });
  const retrying = await eventually(async () => {
    const [delivery] = (await calls.notification(id)).deliveries;
    return delivery?.nextAttemptAt ? delivery : undefined;
  });
  expect(retrying).toMatchObject({ account: 'ops-ding', code: '130101' });
  expect(Date.parse(String(retrying.nextAttemptAt))).toBeGreaterThan(Date.now() + 500_000);
  // One that comes later waits for the same robot, although its breaker is open.
  const later = await calls.accepted({ to: { chat: 'ops-ding' }, content });
  const well = await calls.accepted({ to: { chat: 'ops-wecom' }, content });
  expect((await calls.settled(well.id)).status).toBe('sent');
  expect((await calls.notification(later.id)).deliveries).toMatchObject([{ account: 'ops-ding', attempts: 0 }]);
  expect(wecom.requests).toHaveLength(others + 1);
});

it('never sends a robot more than its vendor allows: what is over it is said in one message', async () => {
  const before = dingtalk.requests.length;
  const notifications = Array.from({ length: 25 }, () => ({ to: { chat: 'ops-ding' }, content }));
  const { body } = await gateway.request<{ results: { id: string }[] }>('POST', '/notify/batch', { notifications });
  const ended = await Promise.all(body.results.map(({ id }) => calls.settled(id)));
  expect(ended.map(({ status }) => status)).toEqual(Array(25).fill('sent'));
  expect(dingtalk.requests).toHaveLength(before + 20);
  const texts = dingtalk.requests.slice(before).map((request) => request.body.toString());
  expect(
    texts.filter((text) => text.includes('6 messages in one') && text.includes('• 6 × Disk: It is full')),
  ).toHaveLength(1);
  const attempts = await Promise.all(ended.map(({ deliveries }) => calls.attempts(deliveries[0]?.id ?? '')));
  expect(attempts.map((each) => each.length)).toEqual(Array(25).fill(1));
  expect(attempts.filter(([attempt]) => attempt?.code === 'digest')).toHaveLength(6);
  // What comes when nothing more may leave waits for its turn, unspent, longer than the heartbeat of its lane.
  const late = await calls.accepted({ to: { chat: 'ops-ding' }, content });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const waiting = (await calls.notification(late.id)).deliveries;
  expect(waiting).toMatchObject([{ account: 'ops-ding', status: 'queued', attempts: 0 }]);
  expect(dingtalk.requests).toHaveLength(before + 20);
});

it('sends what waits for a quota as soon as there is room', async () => {
  const sent = await Promise.all([1, 2, 3].map(() => calls.accepted({ to: { chat: 'ops-slack' }, content })));
  for (const { id } of sent) expect((await calls.settled(id)).status).toBe('sent');
  expect(slackTimes).toHaveLength(3);
  // One in a second; the counted moment is the claim's, a little before the request.
  expect((slackTimes[2] ?? 0) - (slackTimes[0] ?? 0)).toBeGreaterThan(1_500);
});

it('takes HTTP 200 with a code for the refusal it is, and goes on with the plan', async () => {
  dingtalkReply = json({ errcode: 310000, errmsg: 'keywords not in content' });
  const to = { chat: 'ops-ding', email: 'li@example.com' };
  const { id } = await calls.accepted({ to, channels: ['chat', 'email'], content });
  const { deliveries } = await calls.settled(id);
  expect(deliveries.map(({ channel, status }) => [channel, status])).toEqual([
    ['chat', 'failed'],
    ['email', 'sent'],
  ]);
});

it('plays faults on sandbox accounts of their names', async () => {
  const { id } = await calls.accepted({ to: { chat: 'sandbox-refused' }, content });
  expect((await calls.settled(id)).deliveries).toMatchObject([{ status: 'failed', code: 'sandbox_refused' }]);
});

it('refuses a chat that is not there, and a second account beside the one that is named', async () => {
  await expectRefusal(gateway, {
    body: { to: { chat: 'ops-nobody' }, content },
    status: 422,
    code: 'unprocessable',
    pointers: ['/to/chat'],
  });
  await expectRefusal(gateway, {
    body: { to: { chat: 'ops-ding' }, channels: [{ channel: 'chat', accounts: ['ops-wecom'] }], content },
    status: 422,
    code: 'unprocessable',
    pointers: ['/channels/0/accounts'],
  });
  await expectRefusal(gateway, {
    body: { to: { chat: ['ops-ding'] }, content },
    status: 400,
    code: 'invalid_request',
    pointers: ['/to/chat'],
  });
});

it('shows in a dry run that the address chose the account', async () => {
  const answer = await gateway.request<{ readonly steps: readonly object[] }>('POST', '/notify?dryRun=true', {
    to: { chat: 'ops-ding' },
    content,
  });
  expect(answer.body.steps).toMatchObject([
    { channel: 'chat', accounts: [{ account: 'ops-ding', order: 1, why: 'named by the address' }] },
  ]);
});
