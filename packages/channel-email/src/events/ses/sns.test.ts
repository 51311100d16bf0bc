import { localhostCertificate } from '@posthorn/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AmazonDouble,
  amazonDouble,
  certificateUrl,
  now,
  posted,
  request,
  said,
  topicArn,
} from '../../../doubles/sns-topic.ts';
import { type SnsReader, snsReader } from './sns.ts';

let amazon: AmazonDouble;
let read: SnsReader;

beforeEach(() => {
  amazon = amazonDouble();
  read = snsReader(amazon.egress);
});

function ask(fields: object, own: { receivedAt?: number; topicArn?: string } = {}) {
  const { body } = request(fields);
  return read({ body, topicArn, receivedAt: now, signal: AbortSignal.timeout(5_000), ...own });
}

describe('a message of Amazon SNS', () => {
  it.each(['1', '2'] as const)('is read with signature version %s', async (version) => {
    expect(await ask(posted({ Message: 'said' }, version))).toEqual({ kind: 'notification', message: 'said' });
    expect(await ask(posted({ Message: '说\n了', Subject: 'Amazon SES' }, version))).toMatchObject({
      message: '说\n了',
    });
  });

  it('needs its certificate once only', async () => {
    for (let times = 0; times < 3; times++) await ask(posted());
    expect(amazon.asked).toEqual([certificateUrl]);
  });

  it.each<readonly [what: string, change: (fields: Readonly<Record<string, string>>) => object]>([
    ['another message', (fields) => ({ ...fields, Message: 'other' })],
    ['another time', (fields) => ({ ...fields, Timestamp: new Date(now).toISOString() })],
    ['another id', (fields) => ({ ...fields, MessageId: 'x' })],
    ['a subject that was not there', (fields) => ({ ...fields, Subject: 'x' })],
    ['no signature', (fields) => ({ ...fields, Signature: '' })],
    ['another version', (fields) => ({ ...fields, SignatureVersion: '1' })],
    ['another type', (fields) => ({ ...fields, Type: 'UnsubscribeConfirmation' })],
  ])('is forged with %s', async (_what, change) => {
    expect(await ask(change(posted()))).toMatchObject({ kind: 'forged' });
  });

  it.each([
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem',
    'https://a:b@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://bucket.s3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://snsxeu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-west-1.amazonaws.com/evil/../SimpleNotificationService-0123456789abcdef.txt',
    'https://sns.eu-west-1.amazonaws.com/?Action=GetTopicAttributes&x=/SimpleNotificationService-0123456789abcdef.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x',
    'file:///etc/passwd',
    'not a URL',
  ])('is forged with a certificate from %s, which nobody asks', async (url) => {
    expect(await ask(posted({ SigningCertURL: url }))).toMatchObject({ kind: 'forged' });
    expect(amazon.asked).toEqual([]);
  });

  it('is forged when it is from another topic, whoever signed it', async () => {
    const other = 'arn:aws:sns:eu-west-1:999999999999:mail';
    expect(await ask(posted({ TopicArn: other }))).toMatchObject({ kind: 'forged' });
    expect(await ask(posted(), { topicArn: other })).toMatchObject({ kind: 'forged' });
    expect(amazon.asked).toEqual([]);
  });

  it.each([
    ['a day old', { receivedAt: now + 24 * 3_600_000 }],
    ['of tomorrow', { receivedAt: now - 24 * 3_600_000 }],
  ])('is forged when it is %s', async (_what, own) => {
    expect(await ask(posted(), own)).toMatchObject({ kind: 'forged' });
  });

  it('is forged when it has no time', async () => {
    expect(await ask(posted({ Timestamp: 'x' }))).toMatchObject({ kind: 'forged' });
  });

  it.each([
    ['is behind a fault', said(503, 'no')],
    ['is asked for too often', said(429, 'no')],
    ['cannot be reached', { kind: 'unreachable', code: 'timeout', detail: 'x' } as const],
    ['is forbidden', { kind: 'forbidden', detail: 'x' } as const],
  ])('waits while its certificate %s, and is read when it is there', async (_what, answer) => {
    let broken = true;
    amazon = amazonDouble(() => (broken ? answer : null));
    read = snsReader(amazon.egress);
    expect(await ask(posted())).toMatchObject({ kind: 'unfetched' });
    broken = false;
    expect(await ask(posted())).toMatchObject({ kind: 'notification' });
  });

  it.each([
    ['that is not there', said(404, 'no')],
    ['that is none', said(200, '<html>')],
    ['that never ends', { ...said(200, 'x'), truncated: true }],
  ])('is forged with a certificate %s', async (_what, answer) => {
    read = snsReader(amazonDouble(() => answer).egress);
    expect(await ask(posted())).toMatchObject({ kind: 'forged' });
  });

  it('is not believed by a certificate of another kind of key', async () => {
    amazon = amazonDouble(() => said(200, localhostCertificate));
    read = snsReader(amazon.egress);
    expect(await ask(posted())).toMatchObject({ kind: 'forged' });
  });
});

describe('a subscription', () => {
  const confirming = {
    Type: 'SubscriptionConfirmation',
    Token: 'abc',
    SubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`,
  };

  it('is confirmed where Amazon says', async () => {
    const reading = await ask(posted(confirming));
    expect(reading).toEqual({ kind: 'confirmation', url: new URL(confirming.SubscribeURL) });
  });

  it.each([
    `https://evil.example/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`,
    `http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`,
    `https://sns.eu-west-1.amazonaws.com/x?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=abc`,
    `https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn=${topicArn}`,
    'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:999999999999:mail',
    'http://169.254.169.254/latest/meta-data/',
  ])('is forged that wants %s to be asked', async (url) => {
    expect(await ask(posted({ ...confirming, SubscribeURL: url }))).toMatchObject({ kind: 'forged' });
  });

  it('may end', async () => {
    expect(await ask(posted({ ...confirming, Type: 'UnsubscribeConfirmation' }))).toEqual({ kind: 'farewell' });
  });
});
