import type { OutcomeKind, OutgoingDelivery } from '@posthorn/core';
import { type ProviderBench, providerContract, runContract, testTools, type VendorMood } from '@posthorn/testkit';
import { afterEach, describe, expect, it, test } from 'vitest';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { babbler, deadPort, type SmtpDouble, type SmtpScript, smtpDouble } from '../../doubles/smtp-double.ts';
import type { Content } from '../content.ts';

const address = 'zhang.san+canary@shop.example';
const echo = `<${address}>: zhang.san+canary may not get "code 471142"`;

/** How an SMTP server has each mood. */
const scripts: Readonly<Partial<Record<VendorMood, SmtpScript>>> = {
  accepts: {},
  'refuses-address': { recipient: [550, `5.1.1 ${echo}`] },
  'refuses-content': { ending: [554, `5.7.1 ${echo}`] },
  'rejects-credentials': { login: [535, '5.7.8 Error: authentication failed for shop-login: smtp-password-canary'] },
  throttles: { recipient: [450, `4.7.1 greylisted, ${echo}`] },
  'fails-inside': { ending: [451, `4.3.0 queue file write error, ${echo}`] },
  'resets-before-body': { sender: 'drops' },
  'resets-after-body': { ending: 'drops' },
  silent: { ending: 'silent' },
  'stalls-in-body': { ending: 'stalls' },
  'huge-answer': { ending: 'pours' },
};

const expectations: Readonly<Record<VendorMood, readonly OutcomeKind[]>> = {
  accepts: ['accepted'],
  'refuses-address': ['refused'],
  'refuses-content': ['refused'],
  'rejects-credentials': ['misconfigured'],
  throttles: ['deferred'],
  'fails-inside': ['deferred'],
  'says-html': ['deferred'],
  'resets-before-body': ['deferred'],
  'resets-after-body': ['uncertain'],
  silent: ['uncertain'],
  'stalls-in-body': ['uncertain'],
  'huge-answer': ['uncertain'],
  'not-listening': ['deferred'],
};

const html = 'HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\n\r\n<html>smtp here</html>\r\n';
const doors: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()));
});

async function enterDouble(script: SmtpScript): Promise<SmtpDouble> {
  const double = await smtpDouble(script);
  doors.push(double);
  return double;
}

async function portOf(mood: VendorMood): Promise<{ port: number; double: SmtpDouble | null }> {
  if (mood === 'not-listening') return { port: await deadPort(), double: null };
  const script = scripts[mood];
  if (script !== undefined) {
    const double = await enterDouble(script);
    return { port: double.port, double };
  }
  const talker = await babbler(html);
  doors.push(talker);
  return { port: talker.port, double: null };
}

const bench: ProviderBench<Content> = {
  async enter(mood, timeoutMs) {
    const { port, double } = await portOf(mood);
    const tools = testTools({ timeoutMs });
    const login = { username: 'shop-login', password: 'smtp-password-canary' };
    const provider = await account(port, { ...login, tls: 'none' }, tools);
    doors.push({ close: async () => provider.close?.() });
    return {
      provider,
      delivery: shipment({ subject: 'Your code 471142', text: 'The code is 471142' }, address),
      asked: () => double?.senders() ?? 0,
      key: () => /^message-id: (.*)$/im.exec(String(double?.mails.at(-1)?.source))?.[1] ?? null,
      canaries: [login.password, address, 'zhang.san+canary', '471142'],
      logged: () => tools.log.text(),
    };
  },
};

describe('provider contract', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test, skip: test.skip },
    open: async () => bench,
    close: async () => {},
  });
});

function send(port: number, signal = patience(), delivery: OutgoingDelivery<Content> = shipment()) {
  return account(port).then((provider) => {
    doors.push({ close: async () => provider.close?.() });
    return provider.send(delivery, signal);
  });
}

describe('a server in trouble', () => {
  it.each<readonly [what: string, script: SmtpScript, outcome: object]>([
    [
      '421 at the door',
      { greeting: [421, '4.3.2 too many connections'] },
      { kind: 'deferred', scope: 'account', code: 'smtp_421_4.3.2' },
    ],
    ['554 at the door', { greeting: [554, '5.7.1 not you'] }, { kind: 'misconfigured' }],
    ['sender refused', { sender: [550, '5.7.1 sender rejected'] }, { kind: 'misconfigured', code: 'smtp_550_5.7.1' }],
    [
      'greylisted',
      { recipient: [450, '4.2.0 greylisted'] },
      { kind: 'deferred', scope: 'delivery', retryAfterMs: 300_000 },
    ],
    ['421 to the recipient', { recipient: [421, '4.7.0 too fast'] }, { kind: 'deferred', scope: 'account' }],
    ['421 after the message', { ending: [421, '4.3.0 shutting down'] }, { kind: 'deferred', scope: 'account' }],
    ['mailbox full', { ending: [552, '5.2.2 full'] }, { kind: 'refused', because: 'address', suppress: 'soft' }],
    ['too large', { ending: [552, '5.3.4 too big'] }, { kind: 'refused', because: 'content' }],
    [
      'larger than announced',
      { options: { size: 10, rejectOversized: true } },
      { kind: 'refused', because: 'content' },
    ],
  ])('%s', async (_what, script, outcome) => {
    const double = await enterDouble(script);
    expect(await send(double.port)).toMatchObject(outcome);
  });

  it.each([
    ['never greets', ''],
    ['hangs up without a greeting', null],
  ])('%s: surely not sent', async (_what, line) => {
    const talker = await babbler(line);
    doors.push(talker);
    expect(await send(talker.port)).toMatchObject({ kind: 'deferred', scope: 'account', code: 'smtp_connect' });
  });

  it.each(['220 ', '220-mail.example\r\n'])(
    'pours out an endless greeting of %j: let go at once, and not kept in memory',
    async (line) => {
      const talker = await babbler(line, true);
      doors.push(talker);
      const before = process.memoryUsage().rss;
      const start = performance.now();
      const outcome = await send(talker.port);
      expect(outcome).toMatchObject({ kind: 'deferred', scope: 'account' });
      expect(performance.now() - start).toBeLessThan(1_500);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    },
  );
});

describe('time', () => {
  it('is over before the message was handed over: surely not sent', async () => {
    const talker = await babbler('220 mail.example ESMTP\r\n');
    doors.push(talker);
    expect(await send(talker.port, patience(200))).toMatchObject({ kind: 'deferred', code: 'smtp_timeout' });
    expect(await send(talker.port, AbortSignal.abort())).toMatchObject({ kind: 'deferred', code: 'smtp_timeout' });
  });

  it('is over after it: nobody knows', async () => {
    const double = await enterDouble({ ending: 'silent' });
    expect(await send(double.port, patience(200))).toMatchObject({ kind: 'uncertain', code: 'smtp_timeout' });
    expect(double.mails).toHaveLength(1);
  });

  it('is over for one message while another goes through on its own connection', async () => {
    const slow = await enterDouble({ ending: 'silent' });
    const provider = await account(slow.port);
    doors.push({ close: async () => provider.close?.() });
    const outcomes = await Promise.all([
      provider.send(shipment(), patience(200)),
      provider.send(shipment(), patience(400)),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['uncertain', 'uncertain']);
    expect(slow.connections()).toBe(2);
  });
});

describe('the pool', () => {
  it('keeps to the concurrency of the account and uses connections again', async () => {
    const double = await enterDouble({});
    const provider = await account(double.port, { pool: { maxConnections: 50 } }, testTools({ concurrency: 3 }));
    doors.push({ close: async () => provider.close?.() });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => provider.send(shipment(), patience(5_000))));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(double.mails).toHaveLength(40);
    expect(double.connections()).toBeLessThanOrEqual(3);
  });

  it('sends once, on a new connection, when an idle one was closed meanwhile', async () => {
    const double = await enterDouble({ options: { socketTimeout: 250 } });
    const provider = await account(double.port);
    doors.push({ close: async () => provider.close?.() });
    expect((await provider.send(shipment(), patience())).kind).toBe('accepted');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await provider.send(shipment(), patience())).kind).toBe('accepted');
    expect(double.mails).toHaveLength(2);
    expect(double.connections()).toBe(2);
  });
});
