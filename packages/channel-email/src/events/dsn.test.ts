import type { CallbackNews, CallbackReading, ReceiptNews } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract } from '@posthorn/testkit';
import { describe, expect, it, test } from 'vitest';
import { shipment } from '../../doubles/shipment.ts';
import { parseAddress } from '../address.ts';
import { bounceAddresses } from '../bounce-address.ts';
import { openDsn } from './dsn.ts';

const { id, address } = shipment();
const now = Date.UTC(2026, 10, 24, 8, 30);
const bounces = bounceAddresses('bounce@shop.example', new Uint8Array(32).fill(1));
const tools = {
  domain: 'shop.example',
  bounces: null,
  egress: async () => ({ kind: 'forbidden', detail: 'x' }) as const,
  log: { debug() {}, info() {}, warn() {}, error() {} },
};

interface Words {
  readonly to?: string;
  readonly message?: readonly string[];
  readonly recipients?: readonly (readonly string[])[];
  readonly returned?: readonly string[];
  readonly type?: string;
}

const failed = [
  `Final-Recipient: rfc822; ${address}`,
  'Action: failed',
  'Status: 5.1.1',
  `Diagnostic-Code: smtp; 550 5.1.1 <${address}>: Recipient address`,
  '    rejected: User unknown in virtual mailbox table 471142',
];

/** A bounce as Postfix writes it. */
function bounce(words: Words = {}): string {
  const { to = 'no-reply@shop.example', type = 'multipart/report; report-type=delivery-status' } = words;
  const { message = ['Reporting-MTA: dns; mx.shop.example', `Original-Envelope-Id: ${id}`], recipients = [failed] } =
    words;
  const { returned = [`Message-ID: <${id}@shop.example>`, `To: ${address}`, 'Subject: 471142'] } = words;
  return [
    'From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: ${type};`,
    '\tboundary="B1/mx.shop.example"',
    '',
    'This is a MIME-encapsulated message.',
    '',
    '--B1/mx.shop.example',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'I am sorry. Final-Recipient: rfc822; forged@shop.example',
    '',
    '--B1/mx.shop.example',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    ...[message, ...recipients].flatMap((block) => [...block, '']),
    '--B1/mx.shop.example',
    'Content-Type: message/rfc822',
    '',
    ...returned,
    '',
    'Action: delivered',
    '',
    '--B1/mx.shop.example--',
    '',
  ].join('\r\n');
}

function posted(body: string | Uint8Array, type = 'message/rfc822') {
  const url = 'https://n.example.com/callbacks/smtp/token';
  return callbackRequest({ url, headers: { 'content-type': type }, body, receivedAt: now });
}

async function read(body: string | Uint8Array, own: Partial<typeof tools> | { bounces: typeof bounces } = {}) {
  const source = await openDsn({ use: 'dsn' }, { ...tools, ...own });
  return source.read(posted(body), AbortSignal.timeout(5_000));
}

function newsIn(reading: CallbackReading): readonly CallbackNews[] {
  expect(reading).toMatchObject({ kind: 'read', answer: { status: 200 } });
  return reading.kind === 'read' ? reading.news : [];
}

const noMailbox: ReceiptNews = {
  kind: 'receipt',
  delivery: id,
  vendorId: null,
  receipt: {
    status: 'undelivered',
    code: 'dsn_5.1.1',
    detail:
      'there is no such mailbox (<<address>>: Recipient address rejected: User unknown in virtual mailbox table ****)',
    at: now,
  },
  parts: null,
  part: null,
  suppress: 'hard',
};

describe('callback contract', () => {
  const answer = { status: 200, contentType: null, body: '' };
  const samples = {
    channel: { parseAddress },
    genuine: [{ name: 'a bounce', request: posted(bounce()), signedIn: null, news: [noMailbox], answer }],
    forged: [],
    canaries: [address, '471142'],
  };
  // Mail may be in any encoding, so a byte that is no UTF-8 makes nothing of it unreadable.
  const cases = callbackContract(samples).filter(({ name }) => !name.includes('not UTF-8'));
  runContract(cases, {
    runner: { test, skip: test.skip },
    open: async () => {
      const { read: readCallback } = await openDsn({ use: 'dsn' }, tools);
      return { provider: { readCallback }, stranger: null, logged: () => '' };
    },
    close: async () => {},
  });
});

describe('a report', () => {
  const recipient = (action: string, status: string) => [
    `Final-Recipient: rfc822; ${address}`,
    `Action: ${action}`,
    `Status: ${status}`,
  ];

  it.each<readonly [action: string, status: string, suppress: ReceiptNews['suppress']]>([
    ['failed', '5.1.1', 'hard'],
    ['failed', '5.1.2', 'hard'],
    ['failed', '5.1.10', 'hard'],
    ['FAILED', '5.2.1 (disabled)', 'hard'],
    ['failed', '5.2.2', 'soft'],
    ['failed', '4.2.2', 'soft'],
    ['failed', '4.4.1', 'soft'],
    ['failed', '5.4.4', 'soft'],
    ['failed', '5.7.1', null],
    ['failed', '5.0.0', null],
    ['failed', '5.1.18', null],
    ['failed', 'broken', null],
  ])('%s %s: undelivered, and suppresses %s', async (action, status, suppress) => {
    const [news] = newsIn(await read(bounce({ recipients: [recipient(action, status)] })));
    expect(news).toMatchObject({ delivery: id, suppress, receipt: { status: 'undelivered' } });
  });

  it.each(['delayed', 'relayed', 'expanded', 'else', 'toString', ''])('%s means nothing yet', async (action) => {
    expect(newsIn(await read(bounce({ recipients: [recipient(action, '4.4.7')] })))).toEqual([]);
  });

  it('delivered means delivered', async () => {
    const [news] = newsIn(await read(bounce({ recipients: [recipient('delivered', '2.0.0')] })));
    expect(news).toMatchObject({ delivery: id, suppress: null, receipt: { status: 'delivered', code: 'dsn_2.0.0' } });
  });

  it('of several says no when one of them got nothing', async () => {
    const recipients = [recipient('delivered', '2.0.0'), recipient('failed', '5.1.1')];
    expect(newsIn(await read(bounce({ recipients })))).toMatchObject([{ receipt: { status: 'undelivered' } }]);
  });

  it('is known by its envelope id, else by the Message-ID of what came back', async () => {
    const bare = ['Reporting-MTA: dns; mx.shop.example'];
    expect(newsIn(await read(bounce({ message: bare })))).toMatchObject([{ delivery: id }]);
    expect(newsIn(await read(bounce({ returned: ['Subject: x'] })))).toMatchObject([{ delivery: id }]);
    expect(newsIn(await read(bounce({ message: bare, returned: ['Subject: x'] })))).toEqual([]);
  });

  it.each([
    ['of another domain', [`Message-ID: <${id}@evil.example>`]],
    ['in the body of what came back', ['Subject: x', '', `Message-ID: <${id}@shop.example>`]],
    ['that is none of ours', ['Message-ID: <x@shop.example>']],
  ])('is not known by a Message-ID %s', async (_what, returned) => {
    expect(newsIn(await read(bounce({ message: ['Reporting-MTA: dns; x'], returned })))).toEqual([]);
  });

  it('may send back the whole message, however large', async () => {
    const returned = [`Message-ID: <${id}@shop.example>`, '', ...Array.from({ length: 20_000 }, () => 'x'.repeat(76))];
    expect(newsIn(await read(bounce({ returned })))).toEqual([noMailbox]);
  });

  it('may be of lines without returns, and in any encoding', async () => {
    const latin = Buffer.from(
      bounce({ message: ['Reporting-MTA: dns; m\u00fcnchen', `Original-Envelope-Id: ${id}`] }),
      'latin1',
    );
    expect(newsIn(await read(latin))).toEqual([noMailbox]);
    expect(newsIn(await read(bounce().replaceAll('\r\n', '\n')))).toEqual([noMailbox]);
  });
});

describe('where bounces have an address for each delivery', () => {
  const signed = { bounces };

  it('a report counts by the address that it came to', async () => {
    const unmarked = { message: ['Reporting-MTA: dns; x'], returned: ['Subject: x'] };
    expect(newsIn(await read(bounce({ ...unmarked, to: bounces.of(id) }), signed))).toMatchObject([{ delivery: id }]);
    const arrived = `Delivered-To: ${bounces.of(id)}\r\n${bounce({ ...unmarked, to: 'undisclosed-recipients:;' })}`;
    expect(newsIn(await read(arrived, signed))).toMatchObject([{ delivery: id }]);
  });

  it.each([
    ['to the bare address', 'bounce@shop.example'],
    ['to a made-up token', bounces.of(id).replace(/.{4}@/, '0000@')],
    ['to a token by another key', bounceAddresses('bounce@shop.example', new Uint8Array(32).fill(2)).of(id)],
  ])('a report %s changes nothing, whatever ids it names', async (_what, to) => {
    expect(newsIn(await read(bounce({ to }), signed))).toEqual([]);
  });

  it('an address inside of the report changes nothing', async () => {
    const returned = [`To: ${bounces.of(id)}`, `Delivered-To: ${bounces.of(id)}`];
    expect(newsIn(await read(bounce({ to: 'bounce@shop.example', returned }), signed))).toEqual([]);
  });
});

describe('what else comes to a mailbox', () => {
  it.each([
    ['an answer', 'From: li@shop.example\r\nTo: no-reply@shop.example\r\nSubject: Re\r\n\r\nFinal-Recipient: x\r\n'],
    [
      'a notice of absence',
      `From: li@shop.example\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <${id}@shop.example>\r\n\r\nx`,
    ],
    ['a report of another type', bounce({ type: 'multipart/mixed' })],
    ['a report without recipients', bounce({ recipients: [] })],
  ])('%s is taken, and changes nothing', async (_what, mail) => {
    expect(newsIn(await read(mail))).toEqual([]);
  });

  it.each([
    ['a form', bounce(), 'application/x-www-form-urlencoded'],
    ['JSON', '{"from":"x"}', 'application/json'],
    ['no message', 'hello', 'message/rfc822'],
    ['a header without end', `From: a@b.example\r\nX-A: ${'b'.repeat(1 << 19)}\r\n\r\n`, 'message/rfc822'],
  ])('%s is not taken', async (_what, mail, type) => {
    const source = await openDsn({ use: 'dsn' }, tools);
    expect(await source.read(posted(mail, type), AbortSignal.timeout(5_000))).toMatchObject({ kind: 'unreadable' });
  });

  const nested = (depth: number) => {
    const parts = Array.from(
      { length: depth },
      (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
    );
    return `From: a@b.example\r\n${parts.join('')}`;
  };
  it.each([
    ['nested', nested(5_000)],
    [
      'of messages in messages',
      `From: a@b.example\r\n${'Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n'.repeat(5_000)}`,
    ],
    ['of markup', `From: a@b.example\r\nContent-Type: text/html\r\n\r\n${'<a <'.repeat(200_000)}`],
    ['of recipients', bounce({ recipients: Array.from({ length: 5_000 }, () => failed) })],
    ['of empty lines', bounce({ message: ['\r\n \r\n'.repeat(3 << 20)] })],
    ['of folds', bounce({ message: [`X: ${'\r\n a'.repeat(200_000)}`] })],
    ['of spaces', bounce({ message: [`X: ${' '.repeat(500_000)}\r\n${' '.repeat(300_000)}`] })],
    ['of addresses', `To: ${'a@b.example, '.repeat(70_000)}\r\n${bounce()}`],
    ['of one address', `Delivered-To: ${'a'.repeat(900_000)}\r\n${bounce()}`],
    ['of words', `From: ${'=?utf-8?q?a?= '.repeat(18_000)}\r\n\r\n`],
  ])('a mountain %s holds nobody up', async (_what, mail) => {
    const start = performance.now();
    expect(['read', 'unreadable']).toContain((await read(mail)).kind);
    // Far more than it takes, on any machine; a reading that grows with the square takes minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
