import { afterAll, beforeAll, describe, it } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { expectRefusal } from './refusal.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(endGateways);

const to = { email: 'li@example.com' };
const content = { body: 'x' };
const file = { filename: 'a.txt', contentType: 'text/plain', contentBase64: 'eA==' };

describe('an address that is not one plain mailbox', () => {
  it.each([
    ['a list', 'a@x.example, v@evil.example'],
    ['a list without space', 'a@x.example,v@evil.example'],
    ['a list with semicolons', 'a@x.example;v@evil.example'],
    ['a group', 'g: v@evil.example;'],
    ['a name', 'Victim <v@evil.example>'],
    ['angle brackets', '<v@evil.example>'],
    ['an SMTP command', 'b@x.example>\r\nRCPT TO:<v@evil.example'],
    ['a header', 'b@x.example\r\nBcc: v@evil.example'],
    ['a lone line feed', 'b@x.example\nBcc: v@evil.example'],
    ['a line separator', 'b@x.example\u2028Bcc: v@evil.example'],
    ['quotes', '"v@evil.example x"@x.example'],
    ['a comment', 'a(comment)@x.example'],
    ['65 characters before the @', `${'a'.repeat(65)}@x.example`],
    ['255 characters', `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example.com`],
    ['no @', 'nobody'],
    ['only an @', '@'],
    ['nothing before the @', '@x.example'],
    ['an IP address', 'a@[127.0.0.1]'],
    ['an IP address without brackets', 'a@127.0.0.1'],
    ['a number for a host', 'a@2130706433'],
    ['localhost', 'a@localhost'],
    ['two dots', 'a..b@x.example'],
    ['an empty text', ''],
    ['10,000 characters', 'a'.repeat(10_000)],
  ])('%s', async (_name, email) => {
    const body = { to: { email }, content };
    await expectRefusal(gateway, { body, status: 422, code: 'unprocessable', pointers: ['/to/email'] });
  });
});

describe('content that would change headers or recipients', () => {
  const breaks = [
    '\r\nBcc: v@evil.example',
    '\nBcc: v@evil.example',
    '\rBcc: v@evil.example',
    '\u2028Bcc: v@evil.example',
  ];
  it.each(breaks)('a break in the subject: %j', async (text) => {
    const body = { to, content, email: { subject: `Hi${text}` } };
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers: ['/email/subject'] });
  });

  it.each(breaks)('a break in from and replyTo: %j', async (text) => {
    const email = { from: `Shop${text} <a@x.example>`, replyTo: `a@x.example${text}` };
    const pointers = ['/email/from', '/email/replyTo'];
    await expectRefusal(gateway, { body: { to, content, email }, status: 400, code: 'invalid_request', pointers });
  });

  it.each(breaks)('a break in an attachment: %j', async (text) => {
    const email = { attachments: [{ ...file, filename: `a${text}.txt`, contentType: `text/plain${text}` }] };
    const pointers = ['/email/attachments/0/filename', '/email/attachments/0/contentType'];
    await expectRefusal(gateway, { body: { to, content, email }, status: 400, code: 'invalid_request', pointers });
  });

  it.each([
    'to',
    'cc',
    'bcc',
    'sender',
    'headers',
    'envelope',
    'messageId',
    'inReplyTo',
    'references',
    'raw',
    'alternatives',
    'icalEvent',
    'amp',
    'watchHtml',
    'list',
    'dkim',
    'encoding',
    'attachDataUrls',
  ])('a field of the mail library: %s', async (field) => {
    const body = { to, content, email: { [field]: 'v@evil.example' } };
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers: [`/email/${field}`] });
  });

  it.each(['html', 'text', 'subject', 'from', 'replyTo'])('an object for a text: %s', async (field) => {
    for (const value of [
      { path: '/etc/passwd' },
      { href: 'http://127.0.0.1/' },
      { prepared: true, value: 'x' },
      ['x'],
    ]) {
      const body = { to, content, email: { [field]: value } };
      await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers: [`/email/${field}`] });
    }
  });
});

describe('attachments', () => {
  it.each(['path', 'href', 'raw', 'content', 'encoding', 'cid', 'headers', 'httpHeaders', 'contentDisposition'])(
    'with a way to a file or a header: %s',
    async (field) => {
      for (const value of ['/etc/passwd', 'file:///etc/passwd', 'http://127.0.0.1/', { path: '/proc/self/environ' }]) {
        const body = { to, content, email: { attachments: [{ ...file, [field]: value }] } };
        const pointers = [`/email/attachments/0/${field}`];
        await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers });
      }
    },
  );

  it.each([
    ['folders', '../../x'],
    ['folders of Windows', '..\\x'],
    ['a device', 'CON'],
    ['a device with an ending', 'nul.txt'],
    ['a writing direction', 'evil\u202efdp.exe'],
    ['dots', '..'],
    ['no characters', ''],
    ['256 characters', 'a'.repeat(256)],
    ['10,000 characters', 'a'.repeat(10_000)],
  ])('whose file name has %s', async (_name, filename) => {
    const body = { to, content, email: { attachments: [{ ...file, filename }] } };
    const pointers = ['/email/attachments/0/filename'];
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers });
  });

  it.each([
    ['no base64', 'not base64!'],
    ['base64 without padding', 'eA'],
    ['nothing', ''],
  ])('whose content is %s', async (_name, contentBase64) => {
    const body = { to, content, email: { attachments: [{ ...file, contentBase64 }] } };
    const pointers = ['/email/attachments/0/contentBase64'];
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers });
  });

  it('101 of them', async () => {
    const body = { to, content, email: { attachments: Array.from({ length: 101 }, () => file) } };
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers: ['/email/attachments'] });
  });
});
