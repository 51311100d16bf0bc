import { verify, X509Certificate } from 'node:crypto';
import type { Egress } from '@posthorn/core';
import { z } from 'zod';
import { jsonIn } from '../event-news.ts';

/** What a request of Amazon's notification service says, once it is known to be from the topic. */
type SnsReading =
  | { readonly kind: 'notification'; readonly message: string }
  /** A topic asks whether it may report here: it may when this address is asked. */
  | { readonly kind: 'confirmation'; readonly url: URL }
  /** Nothing to do. */
  | { readonly kind: 'farewell' }
  | { readonly kind: 'forged' | 'unreadable' | 'unfetched'; readonly detail: string };

interface SnsQuestion {
  readonly body: Uint8Array;
  readonly topicArn: string;
  readonly receivedAt: number;
  readonly signal: AbortSignal;
}

const envelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
  Subject: z.string().nullish(),
  SubscribeURL: z.string().optional(),
  Token: z.string().optional(),
});
type Envelope = z.infer<typeof envelope>;

/** SNS repeats a notification for an hour at most; what is older was recorded by somebody. Half an hour is for clocks. */
const oldestMs = 90 * 60_000;
const newestMs = 30 * 60_000;

const certificateHost = /^sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?$/;
const certificatePath = /^\/SimpleNotificationService-[a-f0-9]{8,64}\.pem$/;
/** One certificate signs for a region for years; more are kept only for the time between two. */
const mostCertificates = 4;

export type SnsReader = (question: SnsQuestion) => Promise<SnsReading>;

/** Reads what Amazon SNS posts: signature versions 1 and 2, with certificates from Amazon's own hosts alone. */
export function snsReader(egress: Egress): SnsReader {
  const certificates = new Map<string, X509Certificate>();

  const certificateAt = async (url: URL, signal: AbortSignal): Promise<Fetched> => {
    const known = certificates.get(url.href);
    if (known !== undefined) return known;
    const fetched = await fetchCertificate(egress, url, signal);
    if (typeof fetched === 'string') return fetched;
    const [oldest] = certificates.keys();
    if (oldest !== undefined && certificates.size >= mostCertificates) certificates.delete(oldest);
    certificates.set(url.href, fetched);
    return fetched;
  };

  return async ({ body, topicArn, receivedAt, signal }) => {
    const read = envelope.safeParse(jsonIn(body));
    if (!read.success) return { kind: 'unreadable', detail: 'it is no message of Amazon SNS' };
    const message = read.data;
    if (message.TopicArn !== topicArn) return { kind: 'forged', detail: 'it is from another topic' };
    const sentAt = Date.parse(message.Timestamp);
    if (!(sentAt > receivedAt - oldestMs && sentAt < receivedAt + newestMs))
      return { kind: 'forged', detail: 'it is too old, or of the future' };
    const url = amazonUrl(message.SigningCertURL, topicArn);
    if (url === null || !certificatePath.test(url.pathname) || url.search !== '')
      return { kind: 'forged', detail: 'its certificate is not where those of Amazon SNS are' };
    const certificate = await certificateAt(url, signal);
    if (certificate === 'later')
      return { kind: 'unfetched', detail: 'the certificate of Amazon SNS cannot be had now' };
    if (certificate === 'none') return { kind: 'forged', detail: 'there is no such certificate at Amazon SNS' };
    if (!isValidAt(certificate, sentAt)) return { kind: 'forged', detail: 'its certificate was not valid then' };
    return isSignedBy(message, certificate) ? meaningOf(message) : { kind: 'forged', detail: 'its signature is wrong' };
  };
}

/** An address of Amazon SNS in the topic's own region, and nothing else: no port, no login. */
function amazonUrl(text: string, topicArn: string): URL | null {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
    return null;
  const region = topicArn.split(':')[3];
  return certificateHost.test(url.hostname) && url.hostname.split('.')[1] === region ? url : null;
}

/** `later`: Amazon cannot be asked now. `none`: it has no such certificate. */
type Fetched = X509Certificate | 'later' | 'none';

async function fetchCertificate(egress: Egress, url: URL, signal: AbortSignal): Promise<Fetched> {
  const answer = await egress({ method: 'GET', url, headers: {}, body: null, signal });
  if (answer.kind !== 'answered' || answer.status === 429 || answer.status >= 500) return 'later';
  if (answer.status !== 200 || answer.truncated) return 'none';
  try {
    return new X509Certificate(answer.body);
  } catch {
    return 'none';
  }
}

function isValidAt(certificate: X509Certificate, at: number): boolean {
  return certificate.validFromDate.getTime() <= at && at <= certificate.validToDate.getTime();
}

/** The fields that are signed, each with its name, in this order. */
const signedFields = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** By `SignatureVersion`. */
const hashes = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' } as const;

function isSignedBy(message: Envelope, certificate: X509Certificate): boolean {
  const text = signedFields[message.Type]
    .map((field) => [field, message[field]] as const)
    .filter(([, value]) => typeof value === 'string')
    .map(([field, value]) => `${field}\n${value}\n`)
    .join('');
  const { publicKey } = certificate;
  return verify(
    hashes[message.SignatureVersion],
    Buffer.from(text),
    publicKey,
    Buffer.from(message.Signature, 'base64'),
  );
}

function meaningOf({ Type, TopicArn, Message, SubscribeURL = '' }: Envelope): SnsReading {
  if (Type === 'Notification') return { kind: 'notification', message: Message };
  if (Type === 'UnsubscribeConfirmation') return { kind: 'farewell' };
  const url = amazonUrl(SubscribeURL, TopicArn);
  const confirms = url?.pathname === '/' && url.searchParams.get('Action') === 'ConfirmSubscription';
  return confirms && url.searchParams.get('TopicArn') === TopicArn
    ? { kind: 'confirmation', url }
    : { kind: 'forged', detail: 'what it wants to be asked is not of Amazon SNS' };
}
