import { generateKeyPairSync } from 'node:crypto';
import type { OutgoingDelivery } from '@posthorn/core';
import { testTools } from '@posthorn/testkit';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyDkim } from '../../doubles/dkim-verifier.ts';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { type ReceivedMail, type SmtpDouble, smtpDouble } from '../../doubles/smtp-double.ts';
import { bounceAddresses } from '../bounce-address.ts';
import type { Content } from '../content.ts';
import type { SmtpSettings } from './smtp-settings.ts';

let double: SmtpDouble;

beforeEach(async () => {
  double = await smtpDouble({ options: { hideDSN: false } });
});

afterEach(() => double.close());

const links = (delivery: string, address: string) =>
  new URL(`https://n.example.com/unsubscribe/${Buffer.from(`${delivery} ${address}`.repeat(4)).toString('base64url')}`);
const marketing = { kind: 'marketing' } as const;
const { id, address } = shipment();

/** Sends twice, as a second attempt does, and expects the same message. */
async function arrive(
  settings: Partial<SmtpSettings>,
  own: Partial<OutgoingDelivery<Content>> = {},
  unsubscribeUrl: typeof links | null = links,
): Promise<ReceivedMail> {
  const tools = testTools({ unsubscribeUrl });
  const provider = await account(double.port, settings, tools);
  try {
    for (const attempt of [1, 2]) {
      const delivery = { ...shipment(), ...own, attempt };
      expect(await provider.send(delivery, patience())).toMatchObject({ kind: 'accepted' });
    }
  } finally {
    await provider.close?.();
  }
  const [first, second] = double.mails;
  expect(second?.from).toBe(first?.from);
  expect(headersOf(second).get('message-id')).toBe(`<${id}@shop.example>`);
  expect(stable(second)).toEqual(stable(first));
  return first as ReceivedMail;
}

/** The headers, unfolded, by name. */
function headersOf(mail: ReceivedMail | undefined): ReadonlyMap<string, string> {
  const text = mail?.source.toString() ?? '';
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split(/\r\n(?![ \t])/);
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), unfold(line)]));
}

function unfold(line: string): string {
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .trim();
}

/** What may not change between attempts: all but the time and the mark between parts. */
function stable(mail: ReceivedMail | undefined): readonly (readonly [string, string])[] {
  const varies = ['date', 'dkim-signature', 'content-type'];
  return [...headersOf(mail)].filter(([name]) => !varies.includes(name));
}

describe('one-click unsubscription (RFC 8058)', () => {
  it('is offered by advertising, with an address that is one line and not cut', async () => {
    const headers = headersOf(await arrive({}, marketing));
    expect(headers.get('list-unsubscribe')).toBe(`<${links(id, address).href}>`);
    expect(headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  });

  it.each<readonly [what: string, settings: Partial<SmtpSettings>, own: Partial<OutgoingDelivery<Content>>]>([
    ['in what is no advertising', {}, {}],
    ['in codes', {}, { kind: 'otp' }],
    ['where the account says never', { unsubscribe: 'never' }, marketing],
  ])('is not offered %s', async (_what, settings, own) => {
    const headers = headersOf(await arrive(settings, own));
    expect([...headers.keys()].filter((name) => name.startsWith('list-'))).toEqual([]);
  });

  it('is offered by everything where the account says always', async () => {
    expect(headersOf(await arrive({ unsubscribe: 'always' })).get('list-unsubscribe')).toContain('https://');
  });

  it('is not offered without an address that anybody could use', async () => {
    const headers = headersOf(await arrive({}, marketing, null));
    expect([...headers.keys()].filter((name) => name.startsWith('list-'))).toEqual([]);
  });
});

describe('DKIM', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const dkim = { domain: 'shop.example', selector: 's1', privateKey: pem };

  it('signs what a receiver sees, and what RFC 8058 wants to be signed', async () => {
    const content = { subject: '发货 📦', text: 'signed  \n\n with   spaces \n\n\n', html: '<p>signed</p>' };
    const { source } = await arrive({ dkim }, { ...marketing, content });
    const { signed, ...finding } = verifyDkim(source, publicKey);
    expect(finding).toEqual({ domain: 'shop.example', selector: 's1' });
    const wanted = ['from', 'to', 'subject', 'date', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post'];
    expect(signed).toEqual(expect.arrayContaining(wanted));
    expect(String(source)).not.toContain('PRIVATE KEY');
  });

  it.each<readonly [what: string, change: (source: string) => string]>([
    ['a body', (source) => source.replace('Hello there', 'Hello where')],
    ['a subject', (source) => source.replace('Subject: Hello', 'Subject: Hallo')],
    ['an address to unsubscribe', (source) => source.replace('/unsubscribe/', '/somewhere/')],
    ['a key', (source) => source.replace(/\r\n b=.{4}/, '\r\n b=AAAA')],
  ])('does not hold for %s that was changed', async (_what, change) => {
    const source = (await arrive({ dkim }, marketing)).source.toString('latin1');
    expect(change(source)).not.toBe(source);
    expect(() => verifyDkim(Buffer.from(change(source), 'latin1'), publicKey)).toThrow(/another one|wrong/);
  });
});

describe('the sender on the envelope', () => {
  it('names the delivery where bounces have an address for each, and the message does not', async () => {
    const { from, source } = await arrive({ verp: 'Bounces@mail.shop.example' });
    expect(from).toMatch(/^Bounces\+[0-9a-f]{44}@mail\.shop\.example$/);
    expect(bounceAddresses('Bounces@mail.shop.example', testTools().key).deliveryIn(from)).toBe(id);
    expect(String(source)).not.toContain(from);
    expect((await simpleParser(source)).from?.value).toEqual([{ name: 'Shop', address: 'no-reply@shop.example' }]);
  });
});

describe('the marks by which a vendor tells of a message', () => {
  it('are a tag and a configuration set for SES', async () => {
    const topicArn = 'arn:aws:sns:eu-west-1:123456789012:mail';
    const headers = headersOf(await arrive({ events: { use: 'ses', topicArn, configurationSet: 'mail' } }));
    expect(headers.get('x-ses-message-tags')).toBe(`posthorn=${id}`);
    expect(headers.get('x-ses-configuration-set')).toBe('mail');
  });

  it('are beside that the id that SES gives it, which is kept for such an account alone', async () => {
    const topicArn = 'arn:aws:sns:eu-west-1:123456789012:mail';
    const accounts = [await account(double.port, { events: { use: 'ses', topicArn } }), await account(double.port)];
    expect(accounts.map(({ receiptsBy }) => receiptsBy)).toEqual(['vendorId', undefined]);
    for (const { close } of accounts) await close?.();
  });

  it('are an argument of its own for SendGrid', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const headers = headersOf(await arrive({ events: { use: 'sendgrid', publicKey: key } }));
    expect(JSON.parse(headers.get('x-smtpapi') ?? '')).toEqual({ unique_args: { posthorn: id } });
  });

  it('are an envelope id for a mail server that reports', async () => {
    const { dsn } = await arrive({ events: { use: 'dsn' } });
    expect(dsn).toEqual({ envelopeId: id, returns: 'HDRS', notify: ['FAILURE'] });
  });
});

it.each<readonly [reply: string, vendorId: string]>([
  [
    'Ok 0102018f4c3b2a19-1c2d3e4f-aaaa-bbbb-cccc-0123456789ab-000000',
    '0102018f4c3b2a19-1c2d3e4f-aaaa-bbbb-cccc-0123456789ab-000000',
  ],
  ['Ok: queued as GfVZ0zXkQ3-2Zr0sYkqk3A', 'GfVZ0zXkQ3-2Zr0sYkqk3A'],
])('keeps the name that a vendor gives the message: %s', async (reply, vendorId) => {
  await double.close();
  double = await smtpDouble({ acceptance: reply });
  const provider = await account(double.port);
  expect(await provider.send(shipment(), patience())).toEqual({ kind: 'accepted', vendorId });
  await provider.close?.();
});
