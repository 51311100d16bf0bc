import { generateKeyPairSync } from 'node:crypto';
import { validate } from '@posthorn/core';
import { testTools } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { certificate, certificateKey } from '../../doubles/certificate.ts';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { babbler, type SmtpDouble, smtpDouble } from '../../doubles/smtp-double.ts';
import { smtp } from './smtp.ts';
import { connectionOptions, type SmtpSettings, settings } from './smtp-settings.ts';

const login = { username: 'shop', password: 'secret' };
const from = 'no-reply@shop.example';
const withTls = { cert: certificate, key: certificateKey, disabledCommands: [], allowInsecureAuth: false };
const doors: Pick<SmtpDouble, 'close'>[] = [];

afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()));
});

async function encrypted(): Promise<SmtpDouble> {
  const double = await smtpDouble({ options: withTls });
  doors.push(double);
  return double;
}

async function plain(): Promise<SmtpDouble> {
  const double = await smtpDouble();
  doors.push(double);
  return double;
}

async function send(port: number, own: Partial<SmtpSettings>) {
  const provider = await account(port, own);
  try {
    return await provider.send(shipment(), patience());
  } finally {
    await provider.close?.();
  }
}

describe('tls: required', () => {
  it('sends over a connection whose certificate is trusted, and logs in there', async () => {
    const double = await encrypted();
    expect(await send(double.port, { ...login, tlsCa: certificate })).toMatchObject({ kind: 'accepted' });
    expect(double.mails).toMatchObject([{ secure: true, user: 'shop' }]);
  });

  it('sends nothing, not even the password, to a certificate that nobody vouches for', async () => {
    const double = await encrypted();
    expect(await send(double.port, { ...login })).toMatchObject({ kind: 'misconfigured', code: 'smtp_tls' });
    expect(await send(double.port, { tls: 'required' })).toMatchObject({ kind: 'misconfigured', code: 'smtp_tls' });
    expect(double.senders()).toBe(0);
  });

  it('sends nothing to a server that offers no encryption', async () => {
    const double = await plain();
    expect(await send(double.port, { tls: 'required' })).toMatchObject({ kind: 'misconfigured' });
    expect(await send(double.port, { ...login })).toMatchObject({ kind: 'misconfigured' });
    expect(double.senders()).toBe(0);
  });
});

describe('tls: opportunistic', () => {
  it('encrypts when it can, whoever vouches', async () => {
    const double = await encrypted();
    expect(await send(double.port, {})).toMatchObject({ kind: 'accepted' });
    expect(double.mails).toMatchObject([{ secure: true, user: null }]);
  });

  it('sends in the clear when there is no offer', async () => {
    const double = await plain();
    expect(await send(double.port, {})).toMatchObject({ kind: 'accepted' });
    expect(double.mails).toMatchObject([{ secure: false }]);
  });
});

describe('tls: none', () => {
  it('ignores the offer', async () => {
    const double = await encrypted();
    expect(await send(double.port, { tls: 'none' })).toMatchObject({ kind: 'accepted' });
    expect(double.mails).toMatchObject([{ secure: false }]);
  });

  it('logs in on this machine', async () => {
    const double = await plain();
    expect(await send(double.port, { ...login, tls: 'none' })).toMatchObject({ kind: 'accepted' });
    expect(double.mails).toMatchObject([{ secure: false, user: 'shop' }]);
  });
});

it.each(['none', 'opportunistic'] as const)('never sends a password to another machine with tls: %s', async (tls) => {
  const open = smtp.open({ host: 'smtp.example.com', port: 587, from, ...login, tls }, testTools());
  await expect(open).rejects.toThrow(/could send the password in the clear/);
});

it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('takes %s for this machine', (host) => {
  expect(connectionOptions({ host, port: 25, from, ...login, tls: 'none' }, testTools())).toMatchObject({
    ignoreTLS: true,
  });
});

it('speaks TLS from the first byte on port 465', () => {
  const options = connectionOptions({ host: 'smtp.example.com', port: 465, from, ...login }, testTools());
  expect(options).toMatchObject({
    secure: true,
    requireTLS: false,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
  });
});

it('is told that TLS was the trouble when the server speaks something else instead', async () => {
  const talker = await babbler('220 mail.example\r\n250-mail.example\r\n250 STARTTLS\r\n220 go ahead\r\n250 what?\r\n');
  doors.push(talker);
  expect(await send(talker.port, { tls: 'required' })).toMatchObject({
    kind: expect.stringMatching(/misconfigured|deferred/),
  });
});

it('keeps every wait below the time of one send, and reads no files or URLs', () => {
  const options = connectionOptions(
    { host: 'smtp.example.com', port: 587, from },
    testTools({ timeoutMs: 10_000, concurrency: 7 }),
  );
  for (const key of [
    'dnsTimeout',
    'connectionTimeout',
    'greetingTimeout',
    'socketTimeout',
    'idleTimeout',
    'socketCloseTimeout',
  ] as const)
    expect(options[key], key).toBeLessThan(10_000);
  expect(options).toMatchObject({
    disableFileAccess: true,
    disableUrlAccess: true,
    maxRequeues: 1,
    maxConnections: 7,
    pool: true,
  });
});

const dkim = { domain: 'shop.example', selector: 's1', privateKey: 'k' };
const topicArn = 'arn:aws:sns:eu-west-1:123456789012:mail';

describe('settings', () => {
  it('has a default for the port only', () => {
    expect(validate(settings, { host: 'smtp.example.com', from })).toEqual({
      ok: true,
      value: { host: 'smtp.example.com', port: 587, from },
    });
  });

  it.each<readonly [what: string, own: object, pointer: string]>([
    ['a sender that is none', { from: 'Shop' }, '/from'],
    ['two senders', { from: 'a@example.com, b@example.com' }, '/from'],
    ['a line break in the sender', { from: 'Shop\r\nBcc: v@evil.example <a@example.com>' }, '/from'],
    ['a user without a password', { username: 'shop' }, '/password'],
    ['a password without a user', { password: 'secret' }, '/password'],
    ['a host with a line break', { host: 'smtp.example.com\r\n' }, '/host'],
    ['a port out of range', { port: 70_000 }, '/port'],
    ['a name with a line break', { name: 'me\r\nMAIL FROM:<>' }, '/name'],
    ['another word for tls', { tls: 'maybe' }, '/tls'],
    ['a misspelt setting', { user: 'shop' }, '/user'],
    ['an unknown pool setting', { pool: { rateLimit: 3 } }, '/pool/rateLimit'],
    [
      'a line break in a DKIM domain',
      { dkim: { ...dkim, domain: 'shop.example\r\nBcc: v@evil.example' } },
      '/dkim/domain',
    ],
    ['a tag in a DKIM selector', { dkim: { ...dkim, selector: 's; l=0' } }, '/dkim/selector'],
    ['half a DKIM key', { dkim: { domain: 'shop.example' } }, '/dkim/selector'],
    ['a bounce address that is none', { verp: 'bounce' }, '/verp'],
    ['a bounce address with a name', { verp: 'Bounces <bounce@shop.example>' }, '/verp'],
    ['a bounce address without room for a token', { verp: `${'b'.repeat(20)}@shop.example` }, '/verp'],
    ['a bounce address in another script', { verp: '退信@shop.example' }, '/verp'],
    ['a line break in a bounce address', { verp: 'b@shop.example>\r\nRCPT TO:<v@evil.example' }, '/verp'],
    ['another way to unsubscribe', { unsubscribe: 'https://shop.example\r\nBcc: v@evil.example' }, '/unsubscribe'],
    ['events of nobody', { events: { use: 'mailgun' } }, '/events/use'],
    ['a topic that is none', { events: { use: 'ses', topicArn: 'arn:aws:s3:::bucket' } }, '/events/topicArn'],
    [
      'a line break in a topic',
      { events: { use: 'ses', topicArn: `${topicArn}\r\nBcc: v@evil.example` } },
      '/events/topicArn',
    ],
    [
      'a line break in a configuration set',
      { events: { use: 'ses', topicArn, configurationSet: 'x\r\nBcc: v@evil.example' } },
      '/events/configurationSet',
    ],
    ['a verification key that is none', { events: { use: 'sendgrid', publicKey: 'AAAA' } }, '/events/publicKey'],
  ])('refuses %s', (_what, own, pointer) => {
    const result = validate(settings, { host: 'smtp.example.com', from, ...own });
    expect(result.ok ? [] : result.failure.map((problem) => problem.pointer)).toContain(pointer);
  });

  it('takes a bounce address that leaves just room for a token', () => {
    const verp = `${'b'.repeat(19)}@shop.example`;
    expect(validate(settings, { host: 'smtp.example.com', from, verp }).ok).toBe(true);
  });

  it.each<readonly [what: string, own: Partial<SmtpSettings>, words: RegExp]>([
    [
      'a DKIM key that is none',
      { dkim: { domain: 'a.example', selector: 's', privateKey: 'canary' } },
      /dkim\.privateKey/,
    ],
    [
      'a DKIM key of another kind',
      {
        dkim: {
          domain: 'a.example',
          selector: 's',
          privateKey: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        },
      },
      /dkim\.privateKey/,
    ],
    [
      'a DKIM key that is too short for anybody to believe',
      {
        dkim: {
          domain: 'a.example',
          selector: 's',
          privateKey: generateKeyPairSync('rsa', { modulusLength: 1_016 }).privateKey.export({
            type: 'pkcs8',
            format: 'pem',
          }) as string,
        },
      },
      /dkim\.privateKey .* 1024 bits/,
    ],
    ['unsubscription that has no address', { unsubscribe: 'always' }, /server\.publicUrl/],
    ['a certificate that nothing is checked against', { tlsCa: certificate }, /tls: opportunistic/],
    ['a certificate that is none', { tlsCa: 'canary' }, /tlsCa/],
  ])('does not start with %s, and says so without showing it', async (_what, own, words) => {
    const open = smtp.open({ host: 'smtp.example.com', port: 587, from, ...own }, testTools());
    await expect(open).rejects.toThrow(words);
    await expect(open).rejects.not.toThrow(/canary/);
  });

  it('has no endpoint', async () => {
    const tools = testTools({ endpoint: new URL('http://127.0.0.1:1') });
    await expect(smtp.open({ host: 'smtp.example.com', port: 587, from }, tools)).rejects.toThrow(/host and port/);
  });
});
