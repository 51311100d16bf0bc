import type { CallbackNews, ReceiptNews } from '@posthorn/core';
import { callbackContract, recordingLogger, runContract } from '@posthorn/testkit';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { shipment } from '../../../doubles/shipment.ts';
import {
  type AmazonDouble,
  amazonDouble,
  certificateUrl,
  now,
  posted,
  request,
  said,
  told,
  topicArn,
} from '../../../doubles/sns-topic.ts';
import { parseAddress } from '../../address.ts';
import type { EventSource } from '../event-source.ts';
import { openSes } from './ses.ts';

const { id, address } = shipment();
const messageId = '0102018f4c3b2a19-1c2d3e4f-aaaa-bbbb-cccc-0123456789ab-000000';
const timestamp = '2026-11-24T08:29:00.000Z';
const at = Date.parse(timestamp);
const mail = {
  timestamp,
  messageId,
  source: 'no-reply@shop.example',
  destination: [address],
  tags: { 'ses:configuration-set': ['mail'], posthorn: [id] },
};

function bounce(bounceType: string, bounceSubType: string, diagnosticCode = 'smtp; 550 5.1.1 no such user') {
  const bouncedRecipients = [{ emailAddress: address, action: 'failed', status: '5.1.1', diagnosticCode }];
  return { bounceType, bounceSubType, bouncedRecipients, timestamp, feedbackId: 'x', reportingMTA: 'dns; x' };
}

const receipt = (own: Partial<ReceiptNews['receipt']>, suppress: ReceiptNews['suppress'] = null): ReceiptNews => ({
  kind: 'receipt',
  delivery: id,
  vendorId: messageId,
  receipt: { status: 'undelivered', code: null, detail: null, at, ...own },
  parts: null,
  part: null,
  suppress,
});

const noMailbox = receipt(
  { code: 'ses_Permanent_NoEmail', detail: 'there is no such mailbox (smtp; 550 5.1.1 no such user)' },
  'hard',
);
const complaint: CallbackNews = {
  kind: 'objection',
  address,
  because: 'complaint',
  detail: 'the mailbox provider passed a complaint on: abuse',
  at,
};
const complained = { complainedRecipients: [{ emailAddress: address }], complaintFeedbackType: 'abuse', timestamp };
const answer = { status: 200, contentType: null, body: '' };

const log = recordingLogger();
let amazon: AmazonDouble;
let source: EventSource;

async function open(arn = topicArn): Promise<EventSource> {
  return openSes({ use: 'ses', topicArn: arn }, { domain: 'shop.example', bounces: null, egress: amazon.egress, log });
}

beforeEach(async () => {
  amazon = amazonDouble();
  source = await open();
});

describe('callback contract', () => {
  const genuine = [
    {
      name: 'a bounce',
      event: { notificationType: 'Bounce', mail, bounce: bounce('Permanent', 'NoEmail') },
      news: [noMailbox],
    },
    { name: 'a complaint', event: { eventType: 'Complaint', mail, complaint: complained }, news: [complaint] },
    { name: 'an open', event: { eventType: 'Open', mail, open: {} }, news: [] },
  ].map(({ name, event, news }) => ({ name, request: told(event), signedIn: [], news, answer }));
  const samples = {
    channel: { parseAddress },
    genuine,
    forged: [{ name: 'another topic', request: request(posted({ TopicArn: `${topicArn}2` })) }],
    canaries: [address, id],
  };
  runContract(callbackContract(samples), {
    runner: { test, skip: test.skip },
    open: async () => {
      amazon = amazonDouble();
      const [own, other] = await Promise.all([open(), open(`${topicArn}-other`)]);
      return { provider: { readCallback: own.read }, stranger: { readCallback: other.read }, logged: () => log.text() };
    },
    close: async () => {},
  });
});

async function newsOf(event: object): Promise<readonly CallbackNews[]> {
  const reading = await source.read(told(event), AbortSignal.timeout(5_000));
  expect(reading).toMatchObject({ kind: 'read', answer });
  return reading.kind === 'read' ? reading.news : [];
}

describe('a bounce', () => {
  it.each<readonly [type: string, subType: string, suppress: ReceiptNews['suppress']]>([
    ['Permanent', 'General', 'hard'],
    ['Permanent', 'NoEmail', 'hard'],
    ['Permanent', 'Suppressed', 'hard'],
    ['Permanent', 'OnAccountSuppressionList', 'hard'],
    ['Transient', 'General', 'soft'],
    ['Transient', 'MailboxFull', 'soft'],
    ['Transient', 'MessageTooLarge', null],
    ['Transient', 'ContentRejected', null],
    ['Transient', 'AttachmentRejected', null],
    ['Undetermined', 'Undetermined', null],
    ['SomethingNew', 'Else', null],
  ])('%s/%s suppresses %s', async (type, subType, suppress) => {
    const [news] = await newsOf({ eventType: 'Bounce', mail, bounce: bounce(type, subType) });
    expect(news).toMatchObject({
      delivery: id,
      suppress,
      receipt: { status: 'undelivered', code: `ses_${type}_${subType}` },
    });
  });

  it('repeats no address and no number that a server said', async () => {
    const said = `smtp; 550 5.1.1 <${address}>: li got "code 471142"\r\nX: y`;
    const [news] = await newsOf({ eventType: 'Bounce', mail, bounce: bounce('Permanent', 'General', said) });
    const detail = (news as ReceiptNews).receipt.detail ?? '';
    expect(detail).toContain('got "code ****"');
    expect(detail).not.toMatch(/shop\.example|471142|[\r\n]/);
  });
});

describe('a message', () => {
  it('that arrived is delivered', async () => {
    const delivery = {
      timestamp,
      recipients: [address],
      smtpResponse: '250 2.6.0 Message received',
      processingTimeMillis: 5,
    };
    const [news] = await newsOf({ notificationType: 'Delivery', mail, delivery });
    expect(news).toEqual(receipt({ status: 'delivered', code: 'ses_delivery', detail: '(Message received)' }));
  });

  it('that SES refuses is undelivered, and nobody is suppressed', async () => {
    const [news] = await newsOf({ eventType: 'Reject', mail, reject: { reason: 'Bad content' } });
    expect(news).toMatchObject({
      delivery: id,
      suppress: null,
      receipt: { status: 'undelivered', code: 'ses_reject' },
    });
  });

  it('is known by the Message-ID that it was handed over with, else by what SES calls it', async () => {
    const { tags: _none, ...bare } = mail;
    const headers = [
      { name: 'Subject', value: 'x' },
      { name: 'Message-ID', value: `<${id}@shop.example>` },
    ];
    const delivery = { timestamp };
    const names = async (own: object) => {
      const [news] = await newsOf({ eventType: 'Delivery', mail: own, delivery });
      const { delivery: known, vendorId } = news as ReceiptNews;
      return [known, vendorId];
    };
    expect(await names({ ...bare, headers })).toEqual([id, messageId]);
    expect(await names({ ...bare, headers: [{ name: 'Message-ID', value: `<${id}@other.example>` }] })).toEqual([
      null,
      messageId,
    ]);
    expect(await names({ ...bare, tags: { posthorn: ['dlv_x'] } })).toEqual([null, messageId]);
  });

  it('says when it happened, but never that it will', async () => {
    const [news] = await newsOf({ eventType: 'Delivery', mail, delivery: { timestamp: '2099-01-01T00:00:00Z' } });
    expect((news as ReceiptNews).receipt.at).toBe(now);
  });
});

describe('a complaint', () => {
  it('is the objection of each person, in the normal form of their address', async () => {
    const complainedRecipients = ['Li <x>', 'LI@SHOP.example', 'a@b@c', ''].map((emailAddress) => ({ emailAddress }));
    const news = await newsOf({ eventType: 'Complaint', mail, complaint: { ...complained, complainedRecipients } });
    expect(news).toEqual([{ ...complaint, address: 'LI@shop.example' }]);
  });
});

it.each(['Send', 'DeliveryDelay', 'Click', 'Subscription', 'Else'])('%s means nothing', async (eventType) => {
  expect(await newsOf({ eventType, mail })).toEqual([]);
});

it('takes what else a topic carries, and makes nothing of it', async () => {
  expect(await newsOf({ AlarmName: 'disk' })).toEqual([]);
});

describe('a subscription', () => {
  const url = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`;
  const asking = () => request(posted({ Type: 'SubscriptionConfirmation', Token: 'abc', SubscribeURL: url }));

  it('is confirmed at Amazon', async () => {
    expect(await source.read(asking(), AbortSignal.timeout(5_000))).toEqual({ kind: 'read', news: [], answer });
    expect(amazon.asked).toEqual([certificateUrl, new URL(url).href]);
  });

  it('is asked for again where that failed', async () => {
    amazon = amazonDouble(({ search }) => (search === '' ? null : said(500, 'no')));
    source = await open();
    const reading = await source.read(asking(), AbortSignal.timeout(5_000));
    expect(reading).toMatchObject({ kind: 'read', news: [], answer: { status: 503 } });
  });
});

it('lets Amazon push again while its certificate cannot be had', async () => {
  amazon = amazonDouble(() => said(500, 'no'));
  source = await open();
  const event = { notificationType: 'Bounce', mail, bounce: bounce('Permanent', 'NoEmail') };
  const reading = await source.read(told(event), AbortSignal.timeout(5_000));
  expect(reading).toMatchObject({ kind: 'read', news: [], answer: { status: 503 } });
});
