import { callbackRequest } from '@posthorn/testkit';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate } from '../../doubles/certificate.ts';
import { type PrivatePostfix, postfixObstacle, privatePostfix } from '../../doubles/private-postfix.ts';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { type SmtpDouble, smtpDouble } from '../../doubles/smtp-double.ts';
import type { Content } from '../content.ts';
import type { SmtpSettings } from './smtp-settings.ts';

const obstacle = postfixObstacle();
if (obstacle !== null) process.stdout.write(`*** SKIPPED Postfix test: ${obstacle} ***\n`);

describe.skipIf(obstacle !== null)('through a real Postfix', () => {
  let postfix: PrivatePostfix | undefined;

  /** Where Postfix passes mail on to, and is told no. */
  let elsewhere: SmtpDouble | undefined;

  beforeAll(async () => {
    elsewhere = await smtpDouble({ recipient: [550, '5.1.1 there is no such mailbox 471142'] });
    postfix = await privatePostfix(elsewhere.port);
  }, 30_000);

  afterAll(() => Promise.all([postfix?.close(), elsewhere?.close()]), 30_000);

  function running(): PrivatePostfix {
    if (postfix === undefined) throw new Error('Postfix did not start');
    return postfix;
  }

  async function send(content: Partial<Content>, address?: string, settings: Partial<SmtpSettings> = {}) {
    const provider = await account(running().port, settings);
    try {
      return await provider.send(shipment(content, address), patience(10_000));
    } finally {
      await provider.close?.();
    }
  }

  it('a mail arrives in the mailbox, whole, over a checked TLS connection', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, at) => (at * 11) % 256));
    const outcome = await send(
      {
        subject: '验证码 📮 Ünïcödé',
        text: '您好\n.\nend',
        html: '<p>您好</p>',
        attachments: [
          { filename: '发票.bin', contentType: 'application/octet-stream', contentBase64: bytes.toString('base64') },
        ],
      },
      undefined,
      { tls: 'required', tlsCa: certificate },
    );
    expect(outcome).toMatchObject({ kind: 'accepted', vendorId: expect.stringMatching(/^[0-9A-Za-z]{8,}$/) });
    const [source] = await expect
      .poll(() => running().mailbox('li'), { timeout: 10_000 })
      .toHaveLength(1)
      .then(() => running().mailbox('li'));
    const mail = await simpleParser(source ?? '');
    expect(mail.subject).toBe('验证码 📮 Ünïcödé');
    expect(mail.text?.trimEnd()).toBe('您好\n.\nend');
    expect(String(mail.html).trimEnd()).toBe('<p>您好</p>');
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.messageId).toBe('<dlv_01890000-0000-7000-8000-000000001000@shop.example>');
    expect(String(source)).toMatch(/^Delivered-To: li@shop\.example$/m);
    expect(String(source)).toMatch(/^Return-Path: <no-reply@shop\.example>/m);
    expect(String(source)).toMatch(/with ESMTPS /);
    expect(await running().log()).toContain('to=<li@shop.example>');
  });

  it('a mailbox that does not exist is a hard bounce', async () => {
    expect(await send({}, 'nobody@shop.example')).toMatchObject({
      kind: 'refused',
      because: 'address',
      suppress: 'hard',
      code: 'smtp_550_5.1.1',
    });
  });

  it('a domain that it does not relay to is refused, and nobody is suppressed', async () => {
    const outcome = await send({}, 'li@elsewhere.example');
    expect(outcome).toMatchObject({ kind: 'refused', because: 'blocked', code: 'smtp_554_5.7.1' });
    expect(outcome).not.toHaveProperty('suppress');
    expect(JSON.stringify(outcome)).not.toContain('elsewhere.example');
  });

  it('a message that is too large is refused for its content', async () => {
    expect(await send({ text: 'large '.repeat(20_000) })).toMatchObject({
      kind: 'refused',
      because: 'content',
      code: 'smtp_552_5.3.4',
    });
  });

  it('a certificate that nobody vouches for stops required TLS, not opportunistic', async () => {
    expect(await send({}, undefined, { tls: 'required' })).toMatchObject({ kind: 'misconfigured', code: 'smtp_tls' });
    expect(await send({}, undefined, { tls: 'opportunistic' })).toMatchObject({ kind: 'accepted' });
  });

  it('a mailbox that turns out not to exist bounces, and the bounce names its delivery', async () => {
    const { id } = shipment();
    const settings = { verp: 'bounce@shop.example', events: { use: 'dsn' } } as const;
    const provider = await account(running().port, settings);
    const plain = await account(running().port, { from: 'bounce@shop.example', events: { use: 'dsn' } });
    try {
      for (const one of [provider, plain]) {
        const outcome = await one.send(shipment({ subject: '退信' }, 'gone@shop.example'), patience(10_000));
        expect(outcome.kind).toBe('accepted');
      }
      const bounces = await expect
        .poll(() => running().mailbox('bounce'), { timeout: 20_000 })
        .toHaveLength(2)
        .then(() => running().mailbox('bounce'));
      const signed = bounces.find((mail) => /^Delivered-To: bounce\+[0-9a-f]{44}@shop\.example$/m.test(String(mail)));
      const unsigned = bounces.find((mail) => mail !== signed);
      const receipt = {
        status: 'undelivered',
        code: 'dsn_5.1.1',
        detail: expect.stringContaining('no such mailbox ****'),
      };
      const news = [
        expect.objectContaining({ delivery: id, suppress: 'hard', receipt: expect.objectContaining(receipt) }),
      ];
      expect(await provider.readCallback?.(posted(signed), patience())).toMatchObject({ kind: 'read', news });
      expect(await plain.readCallback?.(posted(unsigned), patience())).toMatchObject({ kind: 'read', news });
      // Where each bounce has an address, one that came to another is nobody's.
      expect(await provider.readCallback?.(posted(unsigned), patience())).toMatchObject({ kind: 'read', news: [] });
    } finally {
      await Promise.all([provider.close?.(), plain.close?.()]);
    }
  }, 30_000);
});

/** As a mail server's pipe hands a message on. */
function posted(body: Buffer = Buffer.alloc(0)) {
  const url = 'https://n.example.com/callbacks/smtp/token';
  return callbackRequest({ url, headers: { 'content-type': 'message/rfc822' }, body });
}
