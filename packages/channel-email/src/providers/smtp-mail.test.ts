import { manualClock, testTools } from '@posthorn/testkit';
import { type ParsedMail, simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, patience, shipment } from '../../doubles/shipment.ts';
import { type ReceivedMail, type SmtpDouble, smtpDouble } from '../../doubles/smtp-double.ts';
import type { Content } from '../content.ts';
import type { SmtpSettings } from './smtp-settings.ts';

let double: SmtpDouble;

beforeEach(async () => {
  double = await smtpDouble({ options: { hideSMTPUTF8: false } });
});

afterEach(() => double.close());

interface Arrival {
  readonly received: ReceivedMail;
  readonly mail: ParsedMail;
}

async function arrive(content: Partial<Content>, address?: string, settings?: Partial<SmtpSettings>): Promise<Arrival> {
  const provider = await account(
    double.port,
    settings,
    testTools({ clock: manualClock(Date.UTC(2026, 10, 24, 8, 30)) }),
  );
  try {
    const outcome = await provider.send(shipment(content, address), patience());
    expect(outcome).toEqual({ kind: 'accepted', vendorId: '4F2B61E0C3' });
    const received = double.mails.at(-1)!;
    return { received, mail: await simpleParser(received.source) };
  } finally {
    await provider.close?.();
  }
}

describe('what arrives', () => {
  it('is what was asked for, field by field', async () => {
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7) % 256));
    const subject =
      '发货通知 📦 «Bestellung» Ünïcödé, long enough to be folded over several lines of the header 订单 A-17';
    const text = '您好 👋,\n\n.a line with a dot\n.\nFrom here\n\nhttps://shop.example/订单?a=1&b=2\n';
    const html = '<p>您好 👋, <b>A-17</b> &amp; more</p>';
    const { received, mail } = await arrive(
      {
        subject,
        text,
        html,
        replyTo: '"Help, please" <help@shop.example>',
        attachments: [
          { filename: '发票 2026-11 📄.pdf', contentType: 'application/pdf', contentBase64: bytes.toString('base64') },
          {
            filename: 'bare-lf.txt',
            contentType: 'text/plain',
            contentBase64: Buffer.from('a\nb\r\nc\rd\n.\n').toString('base64'),
          },
        ],
      },
      'li.si+news@xn--r8jz45g.jp',
    );
    expect(received.from).toBe('no-reply@shop.example');
    // The double shows it decoded; on the line and in the header it is punycode.
    expect(received.to).toEqual(['li.si+news@例え.jp']);
    expect(String(received.source)).toContain('To: li.si+news@xn--r8jz45g.jp\r\n');
    expect(mail.subject).toBe(subject);
    expect(mail.text?.trimEnd()).toBe(text.trimEnd());
    expect(String(mail.html).trimEnd()).toBe(html);
    expect(mail.from?.value).toEqual([{ name: 'Shop', address: 'no-reply@shop.example' }]);
    expect(mail.replyTo?.value).toEqual([{ name: 'Help, please', address: 'help@shop.example' }]);
    expect(mail.messageId).toBe('<dlv_01890000-0000-7000-8000-000000001000@shop.example>');
    expect(mail.date?.toISOString()).toBe('2026-11-24T08:30:00.000Z');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['发票 2026-11 📄.pdf', 'application/pdf'],
      ['bare-lf.txt', 'text/plain'],
    ]);
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.attachments[1]?.content.toString()).toBe('a\nb\r\nc\rd\n.\n');
  });

  it('has just these headers: nothing tells what program or library wrote it', async () => {
    const { mail } = await arrive({});
    expect(mail.headerLines.map(({ key }) => key).sort()).toEqual([
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  it('is only HTML when there is only HTML, and only text when there is only text', async () => {
    const textOnly = await arrive({ text: 'plain' });
    expect(textOnly.mail.html).toBe(false);
    expect(String(textOnly.received.source)).toMatch(/^content-type: text\/plain/im);
    const { text: _none, ...content } = shipment({ html: '<i>x</i>' }).content;
    const provider = await account(double.port);
    await provider.send({ ...shipment(), content }, patience());
    await provider.close?.();
    expect(String(double.mails.at(-1)?.source)).toMatch(/^content-type: text\/html/im);
  });

  it("has the caller's sender in its header, while bounces still go to the account", async () => {
    const { received, mail } = await arrive({ from: '"Orders" <orders@other.example>' });
    expect(mail.from?.value).toEqual([{ name: 'Orders', address: 'orders@other.example' }]);
    expect(received.from).toBe('no-reply@shop.example');
    expect(mail.messageId).toMatch(/@shop\.example>$/);
  });

  it.each(["!#$%&'*+/=?^_`{|}~-@shop.example", 'a.b-c_d@shop.example', '1@shop.example', 'root@shop.example'])(
    'reaches exactly %s',
    async (address) => {
      const { received, mail } = await arrive({}, address);
      expect(received.to).toEqual([address]);
      expect([mail.to].flat().map((to) => to?.value.map((one) => one.address))).toEqual([[address]]);
    },
  );

  it('reaches a local part in another script by SMTPUTF8 (RFC 6531)', async () => {
    const { received } = await arrive({}, '张三@shop.example');
    expect(received.to).toEqual(['张三@shop.example']);
  });

  it.each([
    'line\n.\nMAIL FROM:<v@evil.example>',
    'line\r.\rDATA',
    'line\r\n.\r\nRCPT TO:<v@evil.example>',
    '.\n..\n...',
    'no end\r',
  ])('stays one message with the text %j', async (text) => {
    const { mail } = await arrive({ text });
    expect(double.mails).toHaveLength(1);
    expect(mail.text?.replaceAll(/\r\n?/g, '\n').trimEnd()).toBe(text.replaceAll(/\r\n?/g, '\n').trimEnd());
  });

  it('is the same message at every attempt, and the delivery it was made from is untouched', async () => {
    const delivery = shipment({
      attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'QUJD' }],
    });
    const copy = structuredClone(delivery);
    const provider = await account(double.port);
    await provider.send(delivery, patience());
    await provider.send({ ...delivery, attempt: 2 }, patience());
    await provider.close?.();
    const ids = await Promise.all(double.mails.map(async ({ source }) => (await simpleParser(source)).messageId));
    expect(ids).toEqual([`<${delivery.id}@shop.example>`, `<${delivery.id}@shop.example>`]);
    expect(delivery).toEqual(copy);
  });
});
