import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate } from '../../doubles/certificate.ts';
import { type PrivatePostfix, postfixObstacle, privatePostfix } from '../../doubles/private-postfix.ts';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import type { Content } from '../content.ts';
import type { SmtpSettings } from './smtp-settings.ts';

const obstacle = postfixObstacle();
if (obstacle !== null) process.stdout.write(`*** SKIPPED Postfix test: ${obstacle} ***\n`);

describe.skipIf(obstacle !== null)('through a real Postfix', () => {
  let postfix: PrivatePostfix | undefined;

  beforeAll(async () => {
    postfix = await privatePostfix();
  }, 30_000);

  afterAll(() => postfix?.close(), 30_000);

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
      .poll(() => running().mailbox(), { timeout: 10_000 })
      .toHaveLength(1)
      .then(() => running().mailbox());
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
});
