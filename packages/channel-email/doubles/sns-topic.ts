import { createSign, randomUUID } from 'node:crypto';
import type { CallbackRequest, Egress, EgressAnswer } from '@posthorn/core';
import { callbackRequest } from '@posthorn/testkit';
import { snsCertificate, snsKey } from './sns-certificate.ts';

export const topicArn = 'arn:aws:sns:eu-west-1:123456789012:mail';
export const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem';
export const now = Date.UTC(2026, 10, 24, 8, 30);

type Fields = Readonly<Record<string, string>>;

/** What a topic of Amazon SNS posts, signed as Amazon documents it. */
export function posted(own: Fields = {}, version: '1' | '2' = '2'): Fields {
  const fields: Record<string, string> = {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Message: '{}',
    Timestamp: new Date(now - 1_000).toISOString(),
    SignatureVersion: version,
    SigningCertURL: certificateUrl,
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
    ...own,
  };
  const isNotification = fields['Type'] === 'Notification';
  const names = isNotification ? ['Subject'] : ['SubscribeURL', 'Token'];
  const signed = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type', ...names].sort();
  const signer = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
  for (const name of signed) if (fields[name] !== undefined) signer.update(`${name}\n${fields[name]}\n`);
  return { ...fields, Signature: signer.sign(snsKey, 'base64') };
}

/** A notification with what SES tells in it. */
export function told(event: object, own: Fields = {}, version: '1' | '2' = '2'): CallbackRequest {
  return request(posted({ Message: JSON.stringify(event), ...own }, version));
}

export function request(body: object): CallbackRequest {
  return callbackRequest({
    url: 'https://n.example.com/callbacks/ses/token',
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-topic-arn': topicArn },
    body: JSON.stringify(body),
    receivedAt: now,
  });
}

export interface AmazonDouble {
  readonly egress: Egress;
  /** Every address that was asked. */
  readonly asked: readonly string[];
}

/** Amazon's hosts as the way out sees them; `answer` overrules what they would say. */
export function amazonDouble(answer?: (url: URL) => EgressAnswer | null): AmazonDouble {
  const asked: string[] = [];
  return {
    asked,
    egress: async ({ url }) => {
      asked.push(url.href);
      const own = answer?.(url) ?? null;
      if (own !== null) return own;
      if (url.searchParams.has('Action')) return said(200, '<ConfirmSubscriptionResponse/>');
      return url.href === certificateUrl ? said(200, snsCertificate) : said(404, 'no such certificate');
    },
  };
}

export function said(status: number, text: string): EgressAnswer {
  return { kind: 'answered', status, headers: {}, body: Buffer.from(text), truncated: false };
}
