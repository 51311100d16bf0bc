import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, client, freshPhone, type ProblemAnswer } from './api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const config = `
defaults: { region: CN }
channels:
  sms: { accounts: { sandbox: { use: sandbox } } }
limits:
  sms:
    perNumber: [3/1h]
    perPrefix: { digits: 7, limits: [50/15m], unlessVerified: 20% }
    hourlyBudget: 100
    dailyBudget: 101
`;
const content = { body: 'Your code is 135790.' };

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

const refusal = (answer: Answer<unknown>) => answer.body as ProblemAnswer;
const send = (phone: string, more: object = {}) => calls.notify({ to: { phone }, content, kind: 'otp', ...more });
const accepted = (answers: readonly Answer<unknown>[]) => answers.filter(({ status }) => status === 202);
const refused = (answers: readonly Answer<unknown>[]) => answers.filter(({ status }) => status !== 202).map(refusal);

it('counts every spelling of a number as one', async () => {
  const spellings = [
    '+8613900139000',
    '+86 139 0013 9000',
    '+86１３９００１３９０００',
    '+86١٣٩٠٠١٣٩٠٠٠',
    '+86139​00139000',
    '+86-139-0013-9000;ext=1',
    'tel:+8613900139000',
    'tel:13900139000;phone-context=+86',
    '+8613900139000x5',
    '+86(0)13900139000',
    '+86013900139000',
    '+8613900139000\r\nX',
    '13900139000',
    '(+86) 139 0013 9000',
  ];
  const answers = await Promise.all(spellings.map((phone) => send(phone)));
  expect(accepted(answers)).toHaveLength(3);
  for (const { code, errors } of refused(answers)) {
    expect([code, errors?.[0]?.code]).toEqual(['rate_limited', 'address_limited']);
  }
  for (const strange of ['＋8613900139000', '+86139OO139000', '+86𝟏𝟑𝟗𝟎𝟎𝟏𝟑𝟗𝟎𝟎𝟎', '+8613900139000,+8613900139001'])
    expect((await send(strange)).status).toBe(422);
});

it('refuses numbers that cost whoever writes to them', async () => {
  const dear = {
    '+19005551234': 'premium_number',
    '+979123456789': 'premium_number',
    '+881612345678': 'satellite_number',
  };
  for (const [phone, code] of Object.entries(dear)) {
    const answer = await send(phone, { kind: 'transactional' });
    expect(answer.status).toBe(422);
    expect(refusal(answer).errors).toMatchObject([{ pointer: '/to/phone', code }]);
  }
});

it('stops codes to a range of numbers where nobody verifies them, and tells of it once', async () => {
  const pumped = Array.from({ length: 150 }, (_, place) => `+86150001${String(place).padStart(5, '0')}`);
  const answers = await Promise.all(pumped.map((phone) => send(phone)));
  expect(accepted(answers)).toHaveLength(50);
  for (const { code, errors } of refused(answers))
    expect([code, errors?.[0]?.code]).toEqual(['rate_limited', 'prefix_limited']);
  expect((await send('+8615100200001')).status, 'to other numbers').toBe(202);
  expect((await send(pumped[100] as string, { kind: 'transactional' })).status, 'what is no code').toBe(202);
  const warnings = gateway.stderr() + gateway.stdout();
  expect(warnings.match(/account\.conversion_dropped/g)).toHaveLength(1);
  expect(warnings).toContain('prefix_conversion');
  expect(warnings).not.toContain('15000100');
  const { body: metrics } = await gateway.request<string>('GET', '/metrics');
  expect(metrics).toContain(
    'posthorn_events_total{type="account.conversion_dropped",channel="sms",account="sandbox"} 1',
  );
});

it('never spends more than the budget of an hour, however much comes at once', async () => {
  const before = 3 + 50 + 2;
  const texts = Array.from({ length: 100 }, () => calls.notify({ to: { phone: freshPhone() }, content }));
  const answers = await Promise.all(texts);
  expect(accepted(answers)).toHaveLength(100 - before);
  for (const answer of answers.filter(({ status }) => status !== 202)) {
    expect(refusal(answer)).toMatchObject({ status: 429, code: 'budget_exhausted' });
    expect(refusal(answer).errors?.[0]?.code).toBe('hourly_budget_exhausted');
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(3_600);
  }
});
