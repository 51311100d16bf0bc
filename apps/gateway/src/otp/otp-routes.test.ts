import { addressFailures, codeKeptMs } from '@posthorn/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OtpStage, otpStage } from '../../doubles/otp-stage.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

let stage: OtpStage;
beforeEach(() => {
  stage = otpStage();
});
afterEach(() => stage.close());

const to = { pigeonName: 'alice' };
const send = (more: object = {}, key?: 'ours' | 'theirs') =>
  stage.post('/otp/send', { to, purpose: 'login', ...more }, key);
const verify = async (body: object, key?: 'ours' | 'theirs') => {
  const { body: verified } = await stage.post('/otp/verify', body, key);
  return [verified['status'], verified['attemptsLeft']];
};
const resend = (id: unknown, key?: 'ours' | 'theirs') => stage.post(`/otp/${String(id)}/resend`, undefined, key);

/** Sends a code and reads it where it was brought. */
async function sent(more: object = {}, channel = 'pigeon') {
  const { status, body } = await send(more);
  expect([status, body]).toEqual([202, expect.anything()]);
  const brought = await stage.carry(channel);
  return { id: body['id'], code: brought.at(-1)?.code ?? '' };
}

const wrong = (code: string) => code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));

describe('a code', () => {
  it('is told of as long as it lasts, and lasts no longer', async () => {
    const { status, body } = await send({ ttl: '10m', length: 4 });
    const now = stage.clock.now();
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^otp_/),
      expiresAt: new Date(now + 10 * minute).toISOString(),
      resendAfter: new Date(now + minute).toISOString(),
      channel: 'pigeon',
    });
    const [message] = await stage.carry('pigeon');
    expect(message?.text).toBe(`Your code is ${message?.code}. It is valid for 10 minutes. Never share it.`);
    stage.clock.advance(10 * minute - 1);
    expect(await verify({ id: body['id'], code: wrong(message?.code ?? '') })).toEqual(['rejected', 4]);
    stage.clock.advance(1);
    expect(await verify({ id: body['id'], code: message?.code })).toEqual(['expired', 0]);
    expect(await verify({ to, purpose: 'login', code: message?.code })).toEqual(['expired', 0]);
    stage.clock.advance(codeKeptMs);
    expect(await verify({ id: body['id'], code: message?.code })).toEqual(['not_found', 0]);
  });

  it('is not sent when its time is over', async () => {
    await send({ ttl: '1m' });
    stage.clock.advance(minute);
    await stage.tick();
    expect(await stage.carry('pigeon')).toEqual([]);
  });

  it('belongs to its project, whatever another one knows of it', async () => {
    const { id, code } = await sent();
    expect(await verify({ id, code }, 'theirs')).toEqual(['not_found', 0]);
    expect(await verify({ to, purpose: 'login', code }, 'theirs')).toEqual(['rejected', 4]);
    expect((await resend(id, 'theirs')).status).toBe(404);
    expect((await send({}, 'theirs')).status, 'its minute is its own').toBe(202);
    expect(await verify({ id, code })).toEqual(['approved', 5]);
  });

  it('gives way to the next one for its address, and its plan ends', async () => {
    const plan = { to: { ...to, owlName: 'alice' }, channels: [{ channel: 'pigeon', within: '2m' }, 'owl'] };
    const first = await sent(plan);
    stage.clock.advance(minute);
    const second = await sent();
    expect(await verify({ id: first.id, code: first.code })).toEqual(['rejected', 0]);
    stage.clock.advance(2 * minute);
    await stage.tick();
    expect(await stage.carry('owl')).toEqual([]);
    expect(await verify({ id: second.id, code: second.code })).toEqual(['approved', 5]);
  });

  it('is verified by any address it was meant for', async () => {
    const { code } = await sent({ to: { ...to, owlName: 'bob' }, channels: ['pigeon'] });
    expect(await verify({ to: { owlName: 'bob' }, purpose: 'login', code })).toEqual(['approved', 5]);
  });

  it('keeps the code before when a limit forbids its message, and says when to come again', async () => {
    stage.close();
    stage = otpStage([{ of: 'project', per: 'address', kinds: ['otp'], windows: [{ most: 1, ms: hour }] }]);
    const { id, code } = await sent({ ttl: '10m' });
    stage.clock.advance(2 * minute);
    const { status, body, headers } = await send();
    expect([status, body['code']]).toEqual([429, 'otp_rate_limited']);
    expect(headers.get('retry-after')).toBe(String(58 * 60));
    expect(body['errors']).toMatchObject([{ pointer: '/to/pigeonName' }]);
    expect(await verify({ id, code })).toEqual(['approved', 5]);
  });
});

describe('a code that is sent again', () => {
  const plan = {
    to: { pigeonName: 'alice', owlName: 'alice', horseName: 'alice' },
    channels: [{ channel: 'pigeon', within: '2m' }, 'owl', 'horse'],
    locale: 'zh-CN',
    length: 8,
  };

  it('is another one under the same id, by the next step, in the same words', async () => {
    const first = await sent(plan);
    stage.clock.advance(minute);
    const again = await resend(first.id);
    const now = stage.clock.now();
    expect([again.status, again.body]).toEqual([
      202,
      {
        id: first.id,
        expiresAt: new Date(now + 5 * minute).toISOString(),
        resendAfter: new Date(now + minute).toISOString(),
        channel: 'owl',
      },
    ]);
    const [message] = await stage.carry('owl');
    expect(message?.text).toBe(`您的验证码是${message?.code}，5分钟内有效，请勿告诉他人。`);
    expect(message?.code).toMatch(/^\d{8}$/);
    expect(await verify({ id: first.id, code: first.code })).toEqual(['rejected', 4]);
    expect(await verify({ id: first.id, code: message?.code })).toEqual(['approved', 4]);
  });

  it('goes on behind the step that time has brought, and from the last one to the first', async () => {
    const { id } = await sent(plan);
    stage.clock.advance(2 * minute);
    await stage.tick();
    expect(await stage.carry('owl')).toHaveLength(1);
    const channels: unknown[] = [];
    for (let times = 0; times < 4; times++) {
      stage.clock.advance(minute);
      channels.push((await resend(id)).body['channel']);
    }
    expect(channels).toEqual(['horse', 'pigeon', 'owl', 'horse']);
  });

  it('passes over a step that reaches nobody', async () => {
    const { id } = await sent({
      to: { pigeonName: 'alice', horseName: 'alice' },
      channels: ['pigeon', 'owl', 'horse'],
    });
    stage.clock.advance(minute);
    expect((await resend(id)).body['channel']).toBe('horse');
  });

  it('still is when its tries are used up or its time is over', async () => {
    const { id, code } = await sent();
    for (let tries = 0; tries < 6; tries++) await verify({ id, code: wrong(code) });
    expect(await verify({ id, code })).toEqual(['locked', 0]);
    stage.clock.advance(6 * minute);
    expect((await resend(id)).status).toBe(202);
    const [message] = await stage.carry('pigeon');
    expect(await verify({ to, purpose: 'login', code: message?.code })).toEqual(['approved', 5]);
  });

  it('is refused too soon, after its approval, after a newer one, and of somebody else', async () => {
    const { id, code } = await sent();
    const problem = async (of: unknown) => {
      const { status, body } = await resend(of);
      return [status, body['code']];
    };
    expect(await problem(id)).toEqual([429, 'otp_resend_too_soon']);
    await verify({ id, code });
    expect(await problem(id)).toEqual([409, 'conflict']);
    stage.clock.advance(minute);
    const { id: next } = await sent();
    expect(await problem(id)).toEqual([409, 'conflict']);
    for (const stranger of ['otp_01890000-0000-7000-8000-000000000000', 'ntf_1', '%00', String(next).slice(0, -1)])
      expect(await problem(stranger)).toEqual([404, 'not_found']);
  });
});

describe('guessing', () => {
  it('hits with less than 5 in 100,000 a day, however long it goes on', async () => {
    let tried = 0;
    let sends = 0;
    const start = stage.clock.now();
    // An attacker who may ask for a code each minute, and tries all that he can.
    for (let guesses = 0; guesses < 10_000 && stage.clock.now() < start + 24 * hour; ) {
      const { status, body } = await send();
      if (status !== 202) expect(body['code']).toBe('otp_blocked');
      else sends++;
      for (let tries = 0; tries < 10; tries++, guesses++) {
        const [said] = await verify({ id: body['id'] ?? 'none', code: 'x' });
        if (said === 'rejected') tried++;
      }
      stage.clock.advance(minute);
    }
    expect(sends).toBe(addressFailures.most / 5);
    expect(tried).toBe(addressFailures.most);
    expect(tried / 1e6).toBeLessThanOrEqual(5e-5);
  });

  it('is not lightened by another purpose, or by asking for the address', async () => {
    let tried = 0;
    for (let round = 0; round < 100; round++) {
      const purpose = `purpose ${round}`;
      const { status } = await send({ purpose });
      for (let tries = 0; tries < 7; tries++)
        if ((await verify({ to, purpose, code: 'x' }))[0] === 'rejected' && status === 202) tried++;
    }
    expect(tried).toBe(addressFailures.most);
  });
});

it.each<[string, object, number, string]>([
  ['/length', { length: 3 }, 400, 'invalid'],
  ['/length', { length: 11 }, 400, 'invalid'],
  ['/length', { length: '6' }, 400, 'invalid'],
  ['/ttl', { ttl: 'soon' }, 400, 'invalid'],
  ['/ttl', { ttl: '601s' }, 422, 'too_long'],
  ['/purpose', { purpose: '' }, 400, 'invalid'],
  ['/purpose', { purpose: undefined }, 400, 'invalid'],
  ['/locale', { locale: '../x' }, 400, 'invalid'],
  ['/clientIp', { clientIp: '203.0.113.7, 10.0.0.1' }, 400, 'invalid'],
  ['/clientIp', { clientIp: '300.0.0.1' }, 400, 'invalid'],
  ['/code', { code: '123456' }, 400, 'unknown_field'],
  ['/kind', { kind: 'marketing' }, 400, 'unknown_field'],
  ['/to/pigeonName', { to: { pigeonName: 'two words' } }, 422, 'invalid_name'],
  ['/to/nobody', { to: { nobody: 'x' } }, 400, 'unknown_field'],
  ['/channels/0', { channels: ['nope'] }, 422, 'unknown_channel'],
  ['/channels/0/until', { channels: [{ channel: 'pigeon', until: 'sent' }] }, 422, 'unsupported'],
  ['/channels/0/within', { channels: [{ channel: 'pigeon', within: '6m' }] }, 422, 'within_longer_than_ttl'],
  ['/template', { template: 'login' }, 422, 'unsupported_yet'],
  ['/to/recipient', { to: { recipient: 'user-1', ...to } }, 422, 'unsupported_yet'],
])('a request is told what is wrong at %s: %j', async (pointer, more, status, code) => {
  const answer = await send(more);
  expect([answer.status, answer.body['errors']]).toMatchObject([status, [{ pointer, code }]]);
  expect((await send()).status, 'nothing was stored').toBe(202);
});

it.each<[string, object]>([
  ['nothing to verify', {}],
  ['an id and an address', { id: 'otp_1', to, purpose: 'login', code: '1' }],
  ['an id and a purpose', { id: 'otp_1', purpose: 'login', code: '1' }],
  ['an address without a purpose', { to, code: '1' }],
  ['a purpose without an address', { purpose: 'login', code: '1' }],
  ['no address under to', { to: {}, purpose: 'login', code: '1' }],
  ['a number for a code', { id: 'otp_1', code: 123_456 }],
  ['no code', { id: 'otp_1' }],
  ['an unknown field', { id: 'otp_1', code: '1', force: true }],
])('a verification is refused with %s', async (_what, body) => {
  const answer = await stage.post('/otp/verify', body);
  expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_request']);
});
