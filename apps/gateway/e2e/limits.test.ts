import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyholders } from './access/keyholders.ts';
import { type Accepted, type Client, client, freshEmail, freshPhone, type ProblemAnswer } from './api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const shanghaiHour = Number(
  new Intl.DateTimeFormat('en', { timeZone: 'Asia/Shanghai', hour: 'numeric', hourCycle: 'h23' }).format(),
);
/** Hours away from now, whenever now is. */
const [from, to] = shanghaiHour < 10 ? ['20:00', '22:00'] : ['02:00', '04:00'];
const config = `
defaults: { timezone: Asia/Shanghai }
channels:
  sms: { accounts: { sandbox: { use: sandbox } } }
  email: { accounts: { sandbox: { use: sandbox } } }
  push: { accounts: { sandbox: { use: sandbox } } }
limits:
  sms:
    perNumber: [3/1h]
    perPrefix: { digits: 6, limits: [1000/1h] }
    countries: [CN, HK]
    marketingWindow: { from: ${from}, to: ${to} }
    optOutText: true
  email: { dailyBudget: 10 }
`;
const content = { body: 'The posthorn has sounded.' };
const refusedToken = 'posthorn-sandbox-refused-0000000000000000';
const optOut = { body: 'The posthorn has sounded. 拒收请回复R' };

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

const refusal = (answer: Answer<unknown>) => answer.body as ProblemAnswer;
const statuses = (answers: readonly Answer<unknown>[]) => answers.map(({ status }) => status);
/** What is refused names its place and its limit, and when to come again. */
function expectLimited(answer: Answer<unknown>, code: string, by: string, pointer: string, latestSeconds: number) {
  expect(answer.status).toBe(429);
  expect(refusal(answer)).toMatchObject({ status: 429, code, errors: [{ pointer, code: by }] });
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(latestSeconds);
}

describe('limits', () => {
  it('are never overshot by what comes at once, to one number or against a budget', async () => {
    const phone = freshPhone();
    const texts = await Promise.all(Array.from({ length: 50 }, () => calls.notify({ to: { phone }, content })));
    expect(statuses(texts).filter((status) => status === 202)).toHaveLength(3);
    for (const answer of texts.filter(({ status }) => status !== 202))
      expectLimited(answer, 'rate_limited', 'address_limited', '/to/phone', 3_600);
    const stored = await calls.list<Accepted>(`/notifications?address=${encodeURIComponent(phone)}`);
    expect(stored).toHaveLength(3);
    expect(JSON.stringify(texts.map(refusal))).not.toContain(phone.slice(-8));

    const mails = await Promise.all(
      Array.from({ length: 50 }, () => calls.notify({ to: { email: freshEmail() }, content })),
    );
    expect(statuses(mails).filter((status) => status === 202)).toHaveLength(10);
    for (const answer of mails.filter(({ status }) => status !== 202))
      expectLimited(answer, 'budget_exhausted', 'daily_budget_exhausted', '/to/email', 86_400);
  });

  it('refuse one of a batch and leave the others alone', async () => {
    const phone = freshPhone();
    const notifications = [...Array.from({ length: 4 }, () => phone), freshPhone()].map((one) => ({
      to: { phone: one },
      content,
    }));
    const { status, body } = await gateway.request<{
      results: { id?: string; problem?: ProblemAnswer }[];
    }>('POST', '/notify/batch', { notifications });
    expect(status).toBe(202);
    expect(body.results.map(({ problem }) => problem?.code ?? 'accepted')).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'rate_limited',
      'accepted',
    ]);
  });

  it('count a repeated request once, and a dry run not at all', async () => {
    const phone = freshPhone();
    const body = { to: { phone }, content };
    const key = { 'idempotency-key': `limits ${phone}`.replaceAll(' ', '-') };
    for (const _ of [1, 2, 3, 4]) expect((await calls.notify(body, key)).status).toBe(202);
    const dry = () =>
      gateway.request<{ steps: { deliveries: { limits: unknown[] }[] }[] }>('POST', '/notify?dryRun=true', body);
    for (const _ of [1, 2]) {
      const { status, body: plan } = await dry();
      expect(status).toBe(200);
      expect(plan.steps[0]?.deliveries[0]?.limits).toEqual([
        { per: 'address', withinMs: 3_600_000, most: 3, used: 1, opensAt: null },
        { per: 'prefix', withinMs: 3_600_000, most: 1_000, used: expect.any(Number), opensAt: null },
      ]);
    }
    expect(statuses([await calls.notify(body), await calls.notify(body), await calls.notify(body)])).toEqual([
      202, 202, 429,
    ]);
  });

  it('count what was scheduled when its time has come: it is parked then, and nothing is sent over the limit', async () => {
    const phone = freshPhone();
    for (const _ of [1, 2, 3]) await calls.accepted({ to: { phone }, content });
    const sendAt = new Date(Date.now() + 300).toISOString();
    const { id } = await calls.accepted({ to: { phone }, content, sendAt });
    const seen = await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'parked');
    expect(seen.deliveries[0]).toMatchObject({ code: 'rate_limited', attempts: 0 });
    expect((await calls.kept(phone)).length).toBeLessThanOrEqual(3);
  });

  it('keep to the countries that are listed', async () => {
    const answer = await calls.notify({ to: { phone: '+4915112345678' }, content });
    expect(answer.status).toBe(422);
    expect(refusal(answer).errors).toMatchObject([{ pointer: '/to/phone', code: 'country_not_allowed' }]);
    expect((await calls.notify({ to: { phone: '+85251234567' }, content })).status).toBe(202);
  });
});

describe('marketing', () => {
  it('waits for the morning of its recipient', async () => {
    const body = { to: { phone: freshPhone() }, content: optOut, kind: 'marketing' };
    const accepted = await calls.accepted(body);
    expect(accepted).toMatchObject({ status: 'scheduled', deliveries: [{ status: 'scheduled' }] });
    const { body: seen } = await gateway.request<{ sendAt: string }>('GET', `/notifications/${accepted.id}`);
    expect(new Date(seen.sendAt).toLocaleTimeString('en-GB', { timeZone: 'Asia/Shanghai' })).toBe(`${from}:00`);
    const dry = await gateway.request<{ steps: { deliveries: object[] }[] }>('POST', '/notify?dryRun=true', body);
    expect(dry.body.steps[0]?.deliveries[0]).toMatchObject({ heldUntil: seen.sendAt, optOut: { kind: 'told' } });
  });

  it('that would expire before is refused, and so is what does not tell how to stop it', async () => {
    const late = await calls.notify({ to: { phone: freshPhone() }, content: optOut, kind: 'marketing', ttl: '5m' });
    expect([late.status, refusal(late).code, refusal(late).errors?.[0]?.pointer]).toEqual([422, 'no_route', '/ttl']);
    const silent = await calls.notify({ to: { phone: freshPhone() }, content, kind: 'marketing' });
    expect(silent.status).toBe(422);
    expect(refusal(silent).errors).toMatchObject([{ pointer: '/content', code: 'opt_out_missing' }]);
    const template = { to: { phone: freshPhone() }, sms: { templateCode: 'SMS_1' }, kind: 'marketing' };
    const dry = await gateway.request<{ steps: { deliveries: object[] }[] }>('POST', '/notify?dryRun=true', template);
    expect(dry.body.steps[0]?.deliveries[0]).toMatchObject({ optOut: { kind: 'unknown' } });
  });

  it('by a later step is held there', async () => {
    const { id } = await calls.accepted({
      to: { push: [refusedToken], phone: freshPhone() },
      channels: ['push', 'sms'],
      content: optOut,
      kind: 'marketing',
    });
    const seen = await calls.when(id, ({ deliveries }) => deliveries[1]?.status === 'scheduled');
    expect(seen.deliveries[1]).toMatchObject({ code: 'outside_window', attempts: 0 });
  });
});

it('all keys of a project together make no more requests than it may; those of another project are not counted', async () => {
  const first = await startGateway();
  const { make, makeProject } = keyholders(first);
  const { key: ours } = await make({ name: 'ours', scopes: ['read'] });
  const { key: theirs } = await make({ name: 'theirs', scopes: ['read'], project: await makeProject('shop') });
  first.kill('SIGTERM');
  await first.exited;
  const slow = await startGateway({
    dataDir: first.dataDir,
    config: 'limits: { perProject: 1/10m }\nchannels: { sms: { accounts: { a: { use: sandbox } } } }\n',
  });
  const { get } = keyholders(slow);
  expect((await get('/channels', ours)).status).toBe(200);
  expect((await slow.request('GET', '/channels')).status).toBe(429);
  expect((await get('/channels', theirs)).status).toBe(200);
});

it('a key makes no more requests than it may, and whoever has no key is not counted', async () => {
  const slow = await startGateway({
    config: 'limits: { perKey: 1/10m }\nchannels: { sms: { accounts: { a: { use: sandbox } } } }\n',
  });
  expect((await slow.request('GET', '/channels')).status).toBe(200);
  const second = await slow.request('GET', '/channels');
  expect([second.status, refusal(second).code]).toEqual([429, 'rate_limited']);
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(500);
  for (const _ of [1, 2]) expect((await slow.request('GET', '/healthz')).status).toBe(200);
});
