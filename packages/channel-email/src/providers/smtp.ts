import type { Readable } from 'node:stream';
import {
  type Outcome,
  type OutgoingDelivery,
  type Provider,
  type ProviderKind,
  type ProviderTools,
  validate,
} from '@posthorn/core';
import type { PluginFunction, SendMailOptions, SMTPPoolSentMessageInfo } from 'nodemailer';
import { parseAddress } from '../address.ts';
import { type BounceAddresses, bounceAddresses } from '../bounce-address.ts';
import { type Content, wholeContent } from '../content.ts';
import { openEvents } from '../events/event-openings.ts';
import type { EventSource } from '../events/event-source.ts';
import { type Mailbox, parseMailbox } from '../mailbox.ts';
import { outcomeOf } from './smtp-reply.ts';
import { connectionOptions, type SmtpSettings, settings } from './smtp-settings.ts';

/** Any mail server that takes mail by SMTP: an own Postfix, or the submission service of a mail vendor. */
export const smtp: ProviderKind<Content, SmtpSettings> = {
  name: 'smtp',
  settings,
  secrets: ['password', 'dkim.privateKey'],
  endpoint: null,
  // A second copy has the same Message-ID, so many mail systems show it once; a mail that never came shows nothing.
  onUncertain: 'retry',
  reference: async () => (await import('./smtp-reference.ts')).reference,
  open: openSmtp,
};

async function openSmtp(from: SmtpSettings, tools: ProviderTools): Promise<Provider<Content>> {
  if (tools.endpoint !== null) throw new Error('an smtp account has no endpoint: set its host and port instead');
  const sender = senderOf(from, tools);
  const events = await eventsOf(from, sender, tools);
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(connectionOptions(from, tools));
  transport.use('stream', watchPassage);
  transport.on('error', () =>
    tools.log.warn('the connection pool of an smtp account failed', { account: tools.account }),
  );
  return {
    async send(delivery, signal) {
      const refusal = refusalOf(delivery);
      if (refusal !== null) return refusal;
      const passage: Passage = { streams: [] };
      const mail: WatchedMail = { ...mailOf(delivery, { ...sender, events }, tools.clock.now()), signal, passage };
      try {
        return acceptedBy(await transport.sendMail(mail));
      } catch (error) {
        const begun = passage.streams.some((stream) => stream.readableDidRead);
        return outcomeOf(error, { begun, address: delivery.address, said: textsOf(delivery.content) });
      }
    },
    ...(events === null ? {} : { readCallback: events.read }),
    ...(events?.receiptsBy && { receiptsBy: events.receiptsBy }),
    close: async () => transport.close(),
  };
}

/** What of an account stands in its messages. */
interface Sender {
  readonly mailbox: Mailbox;
  readonly domain: string;
  readonly bounces: BounceAddresses | null;
  /** The headers by which a receiver gets no more of a kind of messages. */
  unsubscribe(delivery: OutgoingDelivery): Readonly<Record<string, string>>;
}

function senderOf({ from, verp, unsubscribe = 'marketing' }: SmtpSettings, tools: ProviderTools): Sender {
  const mailbox = mailboxOf(from);
  const { unsubscribeUrl } = tools;
  if (unsubscribe === 'always' && unsubscribeUrl === null)
    throw new Error('unsubscribe: always needs a server.publicUrl that begins with https');
  return {
    mailbox,
    domain: mailbox.address.slice(mailbox.address.lastIndexOf('@') + 1),
    bounces: verp === undefined ? null : bounceAddresses(verp, tools.key),
    unsubscribe({ id, address, kind }) {
      const isMeant = unsubscribe === 'always' || (unsubscribe === 'marketing' && kind === 'marketing');
      if (!isMeant || unsubscribeUrl === null) return {};
      // RFC 8058 §3.1: the second says that a POST to the first is enough.
      const url = unsubscribeUrl(id, address);
      return { 'List-Unsubscribe': `<${url.href}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
    },
  };
}

async function eventsOf({ events }: SmtpSettings, sender: Sender, tools: ProviderTools): Promise<EventSource | null> {
  if (events === undefined) return null;
  const { domain, bounces } = sender;
  const { egress, log } = tools;
  return openEvents(events, { domain, bounces, egress, log });
}

/**
 * What was accepted long ago, by an older version or through a plugin, is checked once more: a line break in an address
 * is a second recipient to the library, and an object in place of a text is a file for it to read.
 */
function refusalOf({ address, content }: OutgoingDelivery<Content>): Outcome | null {
  const parsed = parseAddress(address);
  if (!parsed.ok || parsed.value !== address) {
    const detail = 'the address is not in its normal form';
    return { kind: 'refused', because: 'address', code: 'invalid_email', detail };
  }
  const checked = validate(wholeContent, content);
  if (checked.ok) return null;
  const detail = checked.failure.map((problem) => `${problem.pointer || '/'}: ${problem.detail}`).join('; ');
  return { kind: 'refused', because: 'content', code: 'invalid_content', detail: detail.slice(0, 200) };
}

/**
 * How far a message got: its streams, more than one if it went to a second connection. A connection's errors look the
 * same before and after DATA, so whether the server was handed any of the message is seen here: it reads nothing before
 * the server has said 354.
 */
interface Passage {
  readonly streams: Readable[];
}

/** The library hands unknown fields of a message on to its plugins; that is how `watchPassage` finds the message's passage. */
interface WatchedMail extends SendMailOptions {
  readonly passage: Passage;
}

const watchPassage: PluginFunction<SMTPPoolSentMessageInfo> = ({ data, message }, done) => {
  const { passage } = data as WatchedMail;
  if (message !== null) {
    const read = message.createReadStream.bind(message);
    message.createReadStream = (options) => {
      const stream = read(options);
      passage.streams.push(stream);
      return stream;
    };
  }
  done();
};

/**
 * The whole message, field by field: nothing that a caller wrote is spread into it, because the library knows fields that
 * read files, fetch URLs, add recipients and write raw headers. It is fresh for each attempt, since the library writes
 * into what it gets, and the same at each of them.
 *
 * The envelope's sender is always the account's: bounces go to its owner, and a sender that the server refuses is the
 * account's fault alone, not something that one caller's `from` could bring about for everybody.
 */
function mailOf(delivery: OutgoingDelivery<Content>, sender: MailSender, now: number): SendMailOptions {
  const { subject, text, html, from, replyTo } = delivery.content;
  const { mailbox, domain, bounces, events } = sender;
  return {
    envelope: { from: bounces?.of(delivery.id) ?? mailbox.address, to: [delivery.address] },
    from: from === undefined ? { ...mailbox } : mailboxOf(from),
    to: { name: '', address: delivery.address },
    ...(replyTo === undefined ? {} : { replyTo: mailboxOf(replyTo) }),
    // The same for all attempts: receivers and bounces know the message by it (RFC 5322 §3.6.4).
    messageId: `<${delivery.id}@${domain}>`,
    date: new Date(now),
    // RFC 3834 §5: vacation notices and the like must not answer.
    headers: { 'Auto-Submitted': 'auto-generated', ...sender.unsubscribe(delivery), ...events?.headersOf(delivery.id) },
    xMailer: false,
    ...(events?.wantsReports === true ? { dsn: reportOf(delivery) } : {}),
    subject,
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: attachmentsOf(delivery.content),
  };
}

/** What its receiver would read of it, also as it looks on its way. */
function textsOf({ subject, text = '', html = '', attachments = [] }: Content): readonly string[] {
  const encoded = [text, html].map((part) => Buffer.from(part).toString('base64'));
  return [subject, text, html, ...encoded, ...attachments.map(({ contentBase64 }) => contentBase64)];
}

interface MailSender extends Sender {
  readonly events: EventSource | null;
}

/** RFC 3461: what to send back when it cannot be delivered, from servers that can do it. */
function reportOf({ id }: OutgoingDelivery): NonNullable<SendMailOptions['dsn']> {
  return { id, return: 'headers', notify: ['failure'] };
}

function attachmentsOf({ attachments = [] }: Content): NonNullable<SendMailOptions['attachments']> {
  return attachments.map(({ filename, contentType, contentBase64 }) => ({
    filename,
    contentType,
    content: Buffer.from(contentBase64, 'base64'),
    contentTransferEncoding: 'base64' as const,
    contentDisposition: 'attachment' as const,
  }));
}

/** Settings and content were validated by their schemas, so a sender that cannot be read is a bug. */
function mailboxOf(text: string): { name: string; address: string } {
  const mailbox = parseMailbox(text);
  if (!mailbox.ok) throw new Error(`an unchecked sender came through: ${mailbox.failure.detail}`);
  return { ...mailbox.value };
}

/** Postfix, Exim, SendGrid and many others: `250 2.0.0 Ok: queued as 4F2B61E0C3`. */
const queueId = /\b(?:queued as|id=)\s?([A-Za-z0-9._-]{1,80})/;
/** Amazon SES: `250 Ok 0102018f...-000000`, which is what its events call the message. */
const sesId = /^250 Ok ([0-9a-f]{8,40}(?:-[0-9a-f]{1,12}){1,8})$/i;

function acceptedBy({ serverMessageId, response }: SMTPPoolSentMessageInfo): Outcome {
  const reply = String(response ?? '').slice(0, 1_000);
  return { kind: 'accepted', vendorId: sesId.exec(reply)?.[1] ?? serverMessageId ?? queueId.exec(reply)?.[1] ?? null };
}
