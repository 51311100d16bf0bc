import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutgoingDelivery, Provider } from '@posthorn/core';
import { validate } from '@posthorn/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { type SmtpDouble, smtpDouble } from '../../doubles/smtp-double.ts';
import { parseAddress } from '../address.ts';
import { type Content, content } from '../content.ts';

/**
 * Hostile requests, twice: the schema must refuse them, and if one came past it (stored by an older version, say), the
 * provider must refuse it too: nothing to the victim, no file read, no URL fetched.
 */
const victim = 'v@evil.example';
const breaks = ['\r\n', '\n', '\r', '\u2028', '\0', '\r\n\r\n'];
const fileCanary = `canary-${randomUUID()}`;

let double: SmtpDouble;
let provider: Provider<Content>;
let folder: string;
let file: string;
let origin: string;
let fetched = 0;
const web = createServer((_request, response) => {
  fetched++;
  response.end(fileCanary);
});

beforeAll(async () => {
  double = await smtpDouble();
  provider = await account(double.port);
  folder = await mkdtemp(join(tmpdir(), 'posthorn-'));
  file = join(folder, 'secret.txt');
  await writeFile(file, fileCanary);
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await provider.close?.();
  await double.close();
  await rm(folder, { recursive: true });
  await new Promise((resolve) => web.close(resolve));
});

/** Sends it past the schema, and expects that nothing comes of it. */
async function force(own: object, address?: string): Promise<void> {
  const delivery = shipment({}, address);
  const forced = { ...delivery, content: { ...delivery.content, ...own } } as OutgoingDelivery<Content>;
  expect(await provider.send(forced, patience())).toMatchObject({ kind: 'refused' });
  expect(double.senders()).toBe(0);
  expect(fetched).toBe(0);
}

describe.each(breaks)('a line break of the kind %j', (lineBreak) => {
  const header = `${lineBreak}Bcc: ${victim}`;
  const attachment = { filename: 'a.txt', contentType: 'text/plain', contentBase64: 'QUJD' };

  it.each<readonly [field: string, own: object]>([
    ['subject', { subject: `x${header}` }],
    ['from, in the name', { from: `x${header} <a@shop.example>` }],
    ['from, in the address', { from: `a@shop.example${header}` }],
    ['replyTo', { replyTo: `x${header} <a@shop.example>` }],
    ['filename', { attachments: [{ ...attachment, filename: `a${header}` }] }],
    ['contentType', { attachments: [{ ...attachment, contentType: `text/plain${header}` }] }],
    ['contentBase64', { attachments: [{ ...attachment, contentBase64: `QUJD${header}` }] }],
  ])('in %s', async (_field, own) => {
    expect(validate(content, own).ok).toBe(false);
    await force(own);
  });

  it('in the address', async () => {
    expect(parseAddress(`li@shop.example${lineBreak}RCPT TO:<${victim}>`).ok).toBe(false);
    await force({}, `li@shop.example>${lineBreak}RCPT TO:<${victim}`);
  });
});

it.each([
  `li@shop.example, ${victim}`,
  `li@shop.example; ${victim}`,
  `g: ${victim};`,
  `Li <${victim}>`,
  `"${victim} x"@shop.example`,
  `<${victim}>`,
  ` ${victim}`,
])('several or odd recipients: %s', async (text) => {
  await force({}, text);
});

describe('fields that the library knows and we do not', () => {
  it.each<readonly [what: string, own: () => object]>([
    ['headers', () => ({ headers: { Bcc: victim, 'X-Evil': '1', To: victim } })],
    ['prepared headers', () => ({ headers: { 'X-Evil': { prepared: true, value: `1\r\nBcc: ${victim}` } } })],
    ['to', () => ({ to: victim })],
    ['cc', () => ({ cc: victim })],
    ['bcc', () => ({ bcc: victim })],
    ['sender', () => ({ sender: victim })],
    ['envelope', () => ({ envelope: { from: victim, to: [victim] } })],
    ['messageId', () => ({ messageId: `<a@b>\r\nBcc: ${victim}` })],
    ['list', () => ({ list: { unsubscribe: `https://x\r\nBcc: ${victim}` } })],
    ['dsn', () => ({ dsn: { id: 'x', notify: 'success', recipient: victim } })],
    ['auth', () => ({ auth: { user: 'x', pass: 'y' } })],
    ['raw file', () => ({ raw: { path: file } })],
    ['raw URL', () => ({ raw: { href: origin } })],
    ['watchHtml file', () => ({ watchHtml: { path: file } })],
    ['amp file', () => ({ amp: { path: file } })],
    ['icalEvent file', () => ({ icalEvent: { path: file } })],
    ['icalEvent URL', () => ({ icalEvent: { href: origin } })],
    ['alternatives', () => ({ alternatives: [{ path: file }] })],
    ['attachDataUrls', () => ({ attachDataUrls: true })],
  ])('%s', async (_what, own) => {
    expect(validate(content, own()).ok).toBe(false);
    await force(own());
  });

  it.each<readonly [what: string, own: () => object]>([
    ['html file', () => ({ html: { path: file } })],
    ['html URL', () => ({ html: { href: origin } })],
    ['text file', () => ({ text: { path: file } })],
    ['a prepared subject', () => ({ subject: { prepared: true, value: `x\r\nBcc: ${victim}` } })],
    ['attachment path', () => ({ attachments: [{ filename: 'a.txt', contentType: 'text/plain', path: file }] })],
    ['attachment href', () => ({ attachments: [{ filename: 'a.txt', contentType: 'text/plain', href: origin }] })],
    [
      'attachment raw',
      () => ({ attachments: [{ filename: 'a.txt', contentBase64: 'QUJD', contentType: 'a/b', raw: { path: file } }] }),
    ],
    [
      'attachment content',
      () => ({ attachments: [{ filename: 'a.txt', contentType: 'a/b', content: { path: file } }] }),
    ],
    [
      'base64 as a path',
      () => ({ attachments: [{ filename: 'a.txt', contentType: 'a/b', contentBase64: { path: file } }] }),
    ],
  ])('%s', async (_what, own) => {
    expect(validate(content, own()).ok).toBe(false);
    await force(own());
  });
});

it('sends an honest message with an honest file', async () => {
  const attachments = [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'QUJD' }];
  expect(await provider.send(shipment({ attachments }), patience())).toMatchObject({ kind: 'accepted' });
  const [mail] = double.mails;
  expect(mail?.to).toEqual(['li@shop.example']);
  expect(String(mail?.source)).not.toContain(victim);
  expect(String(mail?.source)).not.toContain(fileCanary);
});
