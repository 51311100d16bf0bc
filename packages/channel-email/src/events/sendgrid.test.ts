import { createSign, generateKeyPairSync } from 'node:crypto';
import type { CallbackNews, CallbackRequest, ReceiptNews } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract } from '@posthorn/testkit';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { shipment } from '../../doubles/shipment.ts';
import { parseAddress } from '../address.ts';
import type { EventSource } from './event-source.ts';
import { openSendGrid } from './sendgrid.ts';

const { id, address } = shipment();
const now = Date.UTC(2026, 10, 24, 8, 30);
const seconds = now / 1_000 - 60;
const at = seconds * 1_000;
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signatureHeader = 'x-twilio-email-event-webhook-signature';
const timestampHeader = 'x-twilio-email-event-webhook-timestamp';

/** As SendGrid documents it: ECDSA with SHA-256 over the timestamp and the body. */
function posted(body: string, timestamp = String(seconds), key = keys.privateKey): CallbackRequest {
  const signature = createSign('sha256').update(timestamp).update(body).sign(key, 'base64');
  return callbackRequest({
    url: 'https://n.example.com/callbacks/sendgrid/token',
    headers: { 'content-type': 'application/json', [signatureHeader]: signature, [timestampHeader]: timestamp },
    body,
    receivedAt: now,
  });
}

/** One event as SendGrid sends it. */
function event(name: string, own: object = {}): object {
  return {
    email: address,
    timestamp: seconds,
    'smtp-id': `<${id}@shop.example>`,
    event: name,
    sg_event_id: 'ZXZlbnQtaWQ',
    sg_message_id: 'GfVZ0zXkQ3-2Zr0sYkqk3A.recvd-5b4c-1',
    posthorn: id,
    ...own,
  };
}

function open(key = keys.publicKey): Promise<EventSource> {
  return openSendGrid({ use: 'sendgrid', publicKey: key.export({ type: 'spki', format: 'der' }).toString('base64') });
}

const receipt = (own: Partial<ReceiptNews['receipt']>, suppress: ReceiptNews['suppress'] = null): ReceiptNews => ({
  kind: 'receipt',
  delivery: id,
  vendorId: 'GfVZ0zXkQ3-2Zr0sYkqk3A',
  receipt: { status: 'undelivered', code: null, detail: null, at, ...own },
  parts: null,
  part: null,
  suppress,
});

const reason = `550 5.1.1 <${address}>: no such user`;
const bounced = receipt(
  { code: 'sendgrid_5.1.1', detail: 'there is no such mailbox (<<address>>: no such user)' },
  'hard',
);
const objected = (because: 'complaint' | 'unsubscribe', detail: string): CallbackNews => ({
  kind: 'objection',
  address,
  because,
  detail,
  at,
});
const answer = { status: 200, contentType: null, body: '' };

describe('callback contract', () => {
  const events = [
    event('processed'),
    event('bounce', { type: 'bounce', status: '5.1.1', reason }),
    event('spamreport'),
  ];
  const news = [bounced, objected('complaint', 'SendGrid says spamreport')];
  const signedIn = [signatureHeader, timestampHeader];
  const body = JSON.stringify(events);
  const { [signatureHeader]: signature = '' } = posted(body).headers;
  const resigned = posted(body, String(seconds + 1));
  const samples = {
    channel: { parseAddress },
    genuine: [{ name: 'three events', request: posted(body), signedIn, news, answer }],
    forged: [
      { name: 'another key', request: posted(body, String(seconds), others.privateKey) },
      {
        name: 'another time',
        request: { ...resigned, headers: { ...resigned.headers, [signatureHeader]: signature } },
      },
      { name: 'one that was recorded days ago', request: posted(body, String(seconds - 3 * 86_400)) },
      { name: 'one of tomorrow', request: posted(body, String(seconds + 86_400)) },
      { name: 'no number for a time', request: posted(body, '1e9') },
    ],
    canaries: [address, id],
  };
  runContract(callbackContract(samples), {
    runner: { test, skip: test.skip },
    open: async () => {
      const [own, other] = await Promise.all([open(), open(others.publicKey)]);
      return { provider: { readCallback: own.read }, stranger: { readCallback: other.read }, logged: () => '' };
    },
    close: async () => {},
  });
});

describe('the vector that SendGrid publishes with its own libraries', () => {
  const [signature, timestamp] = [
    'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    '1600112502',
  ];
  const publicKey =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==';
  const dropped = {
    email: 'hello@world.com',
    event: 'dropped',
    reason: 'Bounced Address',
    sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
    sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
    'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
    timestamp: 1_600_112_492,
  };
  const vector = (body: string) =>
    callbackRequest({
      url: 'https://n.example.com/callbacks/sendgrid/token',
      headers: { [signatureHeader]: signature, [timestampHeader]: timestamp },
      body,
      receivedAt: 1_600_112_510_000,
    });

  it('is read, and is forged without its last line break', async () => {
    const reader = await openSendGrid({ use: 'sendgrid', publicKey });
    const body = JSON.stringify([dropped]);
    const read = (text: string) => reader.read(vector(text), AbortSignal.timeout(5_000));
    expect(await read(`${body}\r\n`)).toEqual({ kind: 'read', news: [], answer });
    expect(await read(body)).toMatchObject({ kind: 'forged' });
  });
});

let source: EventSource;

beforeAll(async () => {
  source = await open();
});

async function newsOf(...events: readonly unknown[]): Promise<readonly CallbackNews[]> {
  const reading = await source.read(posted(JSON.stringify(events)), AbortSignal.timeout(5_000));
  expect(reading).toMatchObject({ kind: 'read', answer });
  return reading.kind === 'read' ? reading.news : [];
}

describe('an event', () => {
  it.each<readonly [what: string, event: object, news: readonly CallbackNews[]]>([
    [
      'delivered',
      event('delivered', { response: '250 2.0.0 OK' }),
      [receipt({ status: 'delivered', code: 'sendgrid_delivered', detail: '(OK)' })],
    ],
    [
      'a bounce without a code',
      event('bounce', { type: 'bounce', reason: 'unknown user' }),
      [
        receipt(
          { code: 'sendgrid_bounce', detail: 'the mail server of the address refuses it (unknown user)' },
          'hard',
        ),
      ],
    ],
    [
      'a bounce with its code in its reason alone',
      event('bounce', { type: 'bounce', reason: '552 5.2.2 over quota' }),
      [receipt({ code: 'sendgrid_5.2.2', detail: 'the mailbox is full or takes nothing now (over quota)' }, 'soft')],
    ],
    [
      'a bounce for policy',
      event('bounce', { type: 'bounce', status: '5.7.1', reason: '550 5.7.1 SPF' }),
      [receipt({ code: 'sendgrid_5.7.1', detail: 'the mail server of the address refuses it by policy (SPF)' })],
    ],
    [
      'a block',
      event('bounce', { type: 'blocked', status: '5.1.1', reason }),
      [receipt({ code: 'sendgrid_5.1.1', detail: 'there is no such mailbox (<<address>>: no such user)' })],
    ],
    [
      'a block by a full mailbox',
      event('bounce', { type: 'blocked', status: '5.2.2' }),
      [receipt({ code: 'sendgrid_5.2.2', detail: 'the mailbox is full or takes nothing now' }, 'soft')],
    ],
    [
      'a drop of what bounced before',
      event('dropped', { reason: 'Bounced Address' }),
      [receipt({ code: 'sendgrid_dropped', detail: 'SendGrid sends nothing there since it bounced before' }, 'hard')],
    ],
    [
      'a drop of who unsubscribed',
      event('dropped', { reason: 'Unsubscribed Address' }),
      [
        receipt({ code: 'sendgrid_dropped', detail: 'its owner unsubscribed at SendGrid before' }),
        objected('unsubscribe', 'its owner unsubscribed at SendGrid before'),
      ],
    ],
    [
      'a drop of who reported spam',
      event('dropped', { reason: 'Spam Reporting Address' }),
      [
        receipt({ code: 'sendgrid_dropped', detail: 'its owner reported spam to SendGrid before' }),
        objected('complaint', 'its owner reported spam to SendGrid before'),
      ],
    ],
    [
      'a drop for another reason',
      event('dropped', { reason: 'Spam Content (if Spam Checker app enabled)' }),
      [receipt({ code: 'sendgrid_dropped', detail: 'SendGrid did not send it' })],
    ],
    ['unsubscribe', event('unsubscribe'), [objected('unsubscribe', 'SendGrid says unsubscribe')]],
    ['group_unsubscribe', event('group_unsubscribe'), [objected('unsubscribe', 'SendGrid says group_unsubscribe')]],
    ['an open', event('open'), []],
    ['deferred', event('deferred', { response: '451 4.7.1 later' }), []],
    ['one of a kind that is new', event('toString'), []],
  ])('%s', async (_what, told, news) => {
    expect(await newsOf(told)).toEqual(news);
  });

  it.each([
    ['without our mark', { posthorn: undefined }],
    ['with a mark that is no id', { posthorn: 'dlv_1' }],
  ])("%s is another program's, whatever it says", async (_what, own) => {
    expect(await newsOf(event('bounce', { type: 'bounce', ...own }), event('spamreport', own))).toEqual([]);
  });

  it('never happens in the future', async () => {
    const [news] = await newsOf(event('delivered', { timestamp: 4_000_000_000 }));
    expect((news as ReceiptNews).receipt.at).toBe(now);
  });
});
