import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, client, eventually, freshPhone, type ProblemAnswer } from './api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const config = `
channels:
  sms: { accounts: { sandbox: { use: sandbox } } }
limits:
  sms:
    perSource: [5/1h]
    perPrefix: { digits: 7, limits: [10/15m], unlessVerified: 20% }
    hourlyBudget: 500
`;

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(endGateways);

const refusal = (answer: Answer<unknown>) => answer.body as ProblemAnswer;
const send = (phone: string, clientIp?: string) =>
  gateway.request<{ id: string }>('POST', '/otp/send', {
    to: { phone },
    purpose: 'login',
    ...(clientIp !== undefined && { clientIp }),
  });
const statuses = (answers: readonly Answer<unknown>[]) => answers.map(({ status }) => status);
const accepted = (answers: readonly Answer<unknown>[]) => answers.filter(({ status }) => status === 202).length;
/** A number of its own prefix. */
const apart = (place: number) => `+86${15000 + place}123456`;

async function verify(id: string, phone: string): Promise<void> {
  const text = await eventually(async () => JSON.stringify((await calls.kept(phone)).at(-1)?.content));
  const code = /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0];
  // Its account is known when the sending is settled.
  await calls.when(id.replace('otp_', 'ntf_'), ({ deliveries }) => deliveries[0]?.sentAt != null);
  expect((await gateway.request('POST', '/otp/verify', { id, code })).body).toMatchObject({ status: 'approved' });
}

it('sends one code to a number, however often and in whichever spelling it is asked for at once', async () => {
  const spellings = [
    '+8613700137000',
    'tel:+8613700137000',
    '+86 137 0013 7000',
    '+86(0)13700137000',
    '+86１３７００１３７０００',
  ];
  const answers = await Promise.all(Array.from({ length: 50 }, (_, place) => send(spellings[place % 5] as string)));
  expect(accepted(answers)).toBe(1);
  for (const answer of answers.filter(({ status }) => status !== 202))
    expect([answer.status, refusal(answer).code]).toEqual([429, 'otp_resend_too_soon']);
});

it('sends no more codes than a network may ask for, whatever addresses it has', async () => {
  const host = (place: number) => [`198.51.100.${place}`, `::ffff:198.51.100.${place}`][place % 2] as string;
  const answers = await Promise.all(Array.from({ length: 50 }, (_, place) => send(apart(place), host(place))));
  expect(accepted(answers)).toBe(5);
  for (const answer of answers.filter(({ status }) => status !== 202)) {
    expect([answer.status, refusal(answer).code]).toEqual([429, 'otp_rate_limited']);
    expect(refusal(answer).errors).toMatchObject([{ pointer: '/clientIp', code: 'source_limited' }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3_500);
  }
  const wide = Array.from({ length: 20 }, (_, place) => send(apart(100 + place), `2001:db8:7:${place}::${place}`));
  expect(accepted(await Promise.all(wide))).toBe(5);
  expect(statuses([await send(apart(200), '198.51.101.1'), await send(apart(201), '2001:db8:8::1')])).toEqual([
    202, 202,
  ]);
  expect(statuses([await send(apart(202), 'localhost')])).toEqual([400]);
  const { id } = (await send(apart(203), '203.0.113.9')).body;
  expect(id).toMatch(/^otp_/);
});

it('goes on to numbers that begin alike while people verify their codes, and stops when they do not', async () => {
  const neighbour = (place: number) => `+86177000${String(place).padStart(5, '0')}`;
  let place = 0;
  for (const _wave of [1, 2, 3]) {
    const numbers = Array.from({ length: 5 }, () => neighbour(place++));
    const answers = await Promise.all(numbers.map((phone) => send(phone)));
    expect(accepted(answers)).toBe(5);
    for (const at of [0, 1]) await verify(answers[at]?.body.id as string, numbers[at] as string);
  }
  const pumped = await Promise.all(Array.from({ length: 60 }, () => send(neighbour(place++))));
  // 6 of 30 are a fifth: with the next one they would be fewer, but it is looked at before it counts.
  expect(accepted(pumped)).toBe(16);
  expect(refusal(pumped.at(-1) as Answer<unknown>)).toMatchObject({
    code: 'otp_rate_limited',
    errors: [{ pointer: '/to/phone', code: 'prefix_limited' }],
  });
  const { body: metrics } = await gateway.request<string>('GET', '/metrics');
  expect(metrics).toContain('posthorn_otp_verified_total{channel="sms",account="sandbox"} 6');
  expect(metrics).toMatch(/posthorn_otp_sent_total\{channel="sms",account="sandbox"\} \d{2}/);
});

it('sends no code to numbers that cost whoever writes to them', async () => {
  for (const [phone, code] of [
    ['+19005551234', 'premium_number'],
    ['+881612345678', 'satellite_number'],
  ] as const) {
    const answer = await send(phone);
    expect([answer.status, refusal(answer).errors?.[0]?.code]).toEqual([422, code]);
  }
  expect((await send(freshPhone())).status).toBe(202);
});
