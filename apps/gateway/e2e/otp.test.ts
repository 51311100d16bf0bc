import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, eventually, freshEmail, freshPhone, type ProblemAnswer } from './api.ts';
import { type Answer, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

interface Sent {
  readonly id: string;
  readonly expiresAt: string;
  readonly resendAfter: string;
  readonly channel: string;
}

interface Verified {
  readonly status: string;
  readonly attemptsLeft: number;
}

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway();
  calls = client(gateway);
});
afterAll(endGateways);

const send = (body: object) => gateway.request<Sent>('POST', '/otp/send', { purpose: 'login', ...body });
const verify = async (body: object): Promise<readonly [string, number]> => {
  const { status, body: verified } = await gateway.request<Verified>('POST', '/otp/verify', body);
  expect([status, verified]).toEqual([200, expect.anything()]);
  return [verified.status, verified.attemptsLeft];
};
const problem = (answer: Answer<unknown>) => [answer.status, (answer.body as ProblemAnswer).code];

/** A code that was sent, with what its message says. */
async function sent(body: object, address: string) {
  const answer = await send(body);
  expect([answer.status, answer.body]).toEqual([202, expect.anything()]);
  const text = await eventually(async () => JSON.stringify((await calls.kept(address)).at(-1)?.content));
  return { ...answer.body, code: codeIn(text), message: answer.body.id.replace('otp_', 'ntf_') };
}

function codeIn(text: string): string {
  return /(?<!\d)\d{4,10}(?!\d)/.exec(text)?.[0] ?? 'none';
}

/** Another code of the same length. */
function wrong(code: string): string {
  return code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));
}

describe('a one-time code', () => {
  it('is sent, verified once, and told to nobody else', async () => {
    const phone = freshPhone();
    const before = Date.now();
    const { id, expiresAt, resendAfter, channel, code, message } = await sent({ to: { phone } }, phone);
    expect([id, channel, code]).toEqual([expect.stringMatching(/^otp_/), 'sms', expect.stringMatching(/^\d{6}$/)]);
    expect(Date.parse(expiresAt) - before).toBeGreaterThanOrEqual(300_000);
    expect(Date.parse(resendAfter) - before).toBeGreaterThanOrEqual(60_000);
    expect(await verify({ id, code: wrong(code) })).toEqual(['rejected', 4]);
    expect(await verify({ id, code })).toEqual(['approved', 4]);
    expect(await verify({ id, code })).toEqual(['rejected', 0]);
    const seen = await calls.settled(message);
    expect(seen).toMatchObject({ kind: 'otp', priority: 'critical', status: 'sent' });
    expect(seen.timeline.map(({ type }) => type)).toContain('notification.verified');
    const said = JSON.stringify([seen, gateway.stdout(), gateway.stderr()]);
    expect(said).not.toContain(code);
    expect(said).not.toContain(phone.slice(3));
  });

  it('is verified by the address in any of its spellings, for its purpose alone', async () => {
    const phone = freshPhone();
    const national = phone.slice(3);
    const { code } = await sent({ to: { phone }, purpose: 'pay' }, phone);
    expect(await verify({ to: { phone }, purpose: 'login', code })).toEqual(['rejected', 4]);
    expect(await verify({ to: { phone: national, region: 'CN' }, purpose: 'pay', code: wrong(code) })).toEqual([
      'rejected',
      4,
    ]);
    expect(await verify({ to: { phone: `+86 (0)${national}` }, purpose: 'pay', code: ` ${code} ` })).toEqual([
      'approved',
      4,
    ]);
  });

  it('has the length, the time and the language that were asked for', async () => {
    const [chinese, german] = [freshPhone(), freshEmail()];
    await sent({ to: { phone: chinese }, length: 4, ttl: '10m', locale: 'zh-CN' }, chinese);
    await sent({ to: { email: german }, length: 10, ttl: '90s', locale: 'de' }, german);
    const [[text], [mail]] = [await calls.kept(chinese), await calls.kept(german)];
    expect(text?.content).toMatchObject({
      text: expect.stringMatching(/^您的验证码是\d{4}，10分钟内有效，请勿告诉他人。$/),
      params: { code: expect.stringMatching(/^\d{4}$/) },
    });
    expect(mail?.content).toMatchObject({
      subject: 'Your code',
      text: expect.stringMatching(/^Your code is \d{10}\. It is valid for 90 seconds\. Never share it\.$/),
    });
  });

  it('gives way to nothing before a minute has passed, and is not sent again either', async () => {
    const phone = freshPhone();
    const { id, code } = await sent({ to: { phone } }, phone);
    for (const answer of [
      await send({ to: { phone: phone.slice(3), region: 'CN' } }),
      await gateway.request('POST', `/otp/${id}/resend`),
    ]) {
      expect(problem(answer)).toEqual([429, 'otp_resend_too_soon']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    expect(await verify({ id, code })).toEqual(['approved', 5]);
  });

  it('goes on to the next step when one fails, or when its time is up', async () => {
    const refused = '+15005550001';
    const [first, second] = [freshEmail(), freshEmail()];
    const byFailure = await sent({ to: { phone: refused, email: first }, channels: ['sms', 'email'] }, first);
    expect(await verify({ id: byFailure.id, code: byFailure.code })).toEqual(['approved', 5]);

    const phone = freshPhone();
    const plan = { to: { phone, email: second }, channels: [{ channel: 'sms', within: '1s' }, 'email'] };
    const { id, code } = await sent(plan, second);
    expect(codeIn(JSON.stringify((await calls.kept(phone))[0]?.content)), 'one code by both ways').toBe(code);
    expect(await verify({ id, code })).toEqual(['approved', 5]);
  });

  it('cancels by its approval what still waits of its plan', async () => {
    const [phone, email] = [freshPhone(), freshEmail()];
    const plan = { to: { phone, email }, channels: [{ channel: 'sms', within: '1m' }, 'email'] };
    const { id, code, message } = await sent(plan, phone);
    await calls.when(message, ({ deliveries }) => deliveries[0]?.status === 'sent');
    expect(await verify({ id, code })).toEqual(['approved', 5]);
    const seen = await calls.notification(message);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['sent', 'canceled']);
  });

  it('is approved once of a hundred, and after five wrong tries not at all', async () => {
    const [phone, other] = [freshPhone(), freshPhone()];
    const good = await sent({ to: { phone } }, phone);
    const right = await Promise.all(Array.from({ length: 100 }, () => verify({ id: good.id, code: good.code })));
    expect(right.filter(([status]) => status === 'approved')).toHaveLength(1);
    const { id, code } = await sent({ to: { phone: other } }, other);
    const guesses = await Promise.all(Array.from({ length: 100 }, () => verify({ id, code: wrong(code) })));
    expect(guesses.filter(([status]) => status === 'rejected')).toHaveLength(5);
    expect(guesses.filter(([status]) => status === 'locked')).toHaveLength(95);
    expect(await verify({ id, code })).toEqual(['locked', 0]);
  });

  it('answers for a number without a code as for one that has another', async () => {
    const phone = freshPhone();
    const { code } = await sent({ to: { phone } }, phone);
    for (let tries = 0; tries < 7; tries++) {
      const known = await gateway.request('POST', '/otp/verify', {
        to: { phone },
        purpose: 'login',
        code: wrong(code),
      });
      const unknown = await gateway.request('POST', '/otp/verify', {
        to: { phone: '+8613900000000' },
        purpose: 'login',
        code,
      });
      expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    }
    expect(await verify({ id: 'otp_01890000-0000-7000-8000-000000000000', code })).toEqual(['not_found', 0]);
    expect(await verify({ id: 'nonsense', code })).toEqual(['not_found', 0]);
  });

  it('knows a number in all its spellings: none of them gets another code, or another five tries', async () => {
    const phone = '+8613800138000';
    const { code } = await sent({ to: { phone } }, phone);
    const spellings = [
      '+86 138 0013 8000',
      '+86１３８００１３８０００',
      '+86١٣٨٠٠١٣٨٠٠٠',
      '+86138\u200b00138000',
      '+86-138-0013-8000;ext=1',
      'tel:+8613800138000',
      'tel:13800138000;phone-context=+86',
      '+8613800138000x5',
      '+86(0)13800138000',
      '+86013800138000',
      '+8613800138000\r\nX',
      '13800138000',
      '138 0013 8000',
      '1380O138000',
      '+86l3800138000',
      '＋8613800138000',
      '+86𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎',
    ];
    const asked = spellings.map((spelling) => ({ phone: spelling, region: 'CN' }));
    let counted = 0;
    for (const to of asked) {
      const answer = await send({ to });
      expect([422, 429], to.phone).toContain(answer.status);
      if (answer.status === 429) counted++;
    }
    expect(counted).toBeGreaterThan(7);
    const guesses: string[] = [];
    for (const to of asked) {
      const { status, body } = await gateway.request<Verified>('POST', '/otp/verify', {
        to,
        purpose: 'login',
        code: wrong(code),
      });
      guesses.push(status === 200 ? body.status : String(status));
    }
    expect(guesses.filter((status) => status === 'rejected')).toHaveLength(5);
    expect(guesses.filter((status) => status === 'locked').length).toBeGreaterThan(2);
    expect(await calls.kept(phone)).toHaveLength(1);
  });
});
