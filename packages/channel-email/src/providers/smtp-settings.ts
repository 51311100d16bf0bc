import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { ProviderTools, Schema } from '@posthorn/core';
import type { SMTPPoolOptions } from 'nodemailer';
import { z } from 'zod';
import { parseAddress } from '../address.ts';
import { longestBase } from '../bounce-address.ts';
import { type EventSettings, eventSettings } from '../events/event-settings.ts';
import { parseMailbox } from '../mailbox.ts';

/** The block of an account that says `use: smtp`. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly from: string;
  readonly tls?: TlsMode;
  readonly tlsCa?: string;
  readonly name?: string;
  readonly pool?: { readonly maxConnections?: number; readonly maxMessages?: number };
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly privateKey: string };
  readonly unsubscribe?: UnsubscribeMode;
  readonly verp?: string;
  readonly events?: EventSettings;
}

/** Which messages say how to get no more of them, in their header: advertising, which is the default, or all or none. */
type UnsubscribeMode = 'marketing' | 'always' | 'never';

/**
 * `required`: encrypted to a server whose certificate is valid, or not at all. `opportunistic`: encrypted when the server
 * offers it, to whoever answers (RFC 7435): an attacker on the line could hide the offer as well, so checking the
 * certificate would only break relays with a self-signed one. `none`: never encrypted.
 */
type TlsMode = 'required' | 'opportunistic' | 'none';

const hostName = z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an IP address');
const dnsName = z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, 'must be a domain name');
const secret = z.string().min(1).max(4_096);

export const settings: Schema<SmtpSettings> = z
  .strictObject({
    host: hostName.describe('Host name or IP address of the mail server'),
    port: z.int().min(1).max(65_535).default(587).describe('587 (STARTTLS), 465 (TLS from the first byte) or 25'),
    username: z.string().min(1).max(320).exactOptional().describe('Name to log in with, where the server asks for one'),
    password: secret.exactOptional().describe('Its password'),
    from: z
      .string()
      .refine((text) => parseMailbox(text).ok, 'must be one address, like Shop <no-reply@example.com>')
      .describe('Sender of every message, unless the message names another; bounces go here in any case'),
    tls: z
      .enum(['required', 'opportunistic', 'none'])
      .exactOptional()
      .describe('required with credentials, else opportunistic, unless said otherwise'),
    tlsCa: z.string().min(1).exactOptional().describe('PEM certificates to trust instead of the well-known ones'),
    name: dnsName.exactOptional().describe('What to call ourselves in EHLO; by default the name of this machine'),
    pool: z
      .strictObject({
        maxConnections: z
          .int()
          .min(1)
          .max(100)
          .exactOptional()
          .describe('Never more than the concurrency of the account'),
        maxMessages: z.int().min(1).max(10_000).exactOptional().describe('Messages of one connection; 100 by default'),
      })
      .exactOptional()
      .describe('The connections of the account'),
    dkim: z
      .strictObject({
        domain: dnsName.describe('The domain that signs'),
        selector: dnsName.describe('The name below _domainkey of that domain'),
        privateKey: z.string().min(1).describe('The RSA key in PEM form'),
      })
      .exactOptional()
      .describe('Signs every message with this RSA key; its public half is at SELECTOR._domainkey.DOMAIN'),
    unsubscribe: z
      .enum(['marketing', 'always', 'never'])
      .exactOptional()
      .describe('Which messages offer one-click unsubscription in their header; needs server.publicUrl with https'),
    verp: z
      .string()
      .refine(isBounceBase, `must be one address with at most ${longestBase} ASCII characters before the @`)
      .exactOptional()
      .describe('Where bounces go: bounce@example.com makes each message one of bounce+TOKEN@example.com'),
    events: eventSettings
      .exactOptional()
      .describe("Who tells of bounces and complaints at the account's callback address"),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password belong together',
    path: ['password'],
  });

/** What the library gets. Throws, with words for the operator, when the settings cannot work or would give a password away. */
export function connectionOptions(from: SmtpSettings, tools: ProviderTools): SMTPPoolOptions & { pool: true } {
  const { host, port, username, password, dkim, pool = {} } = from;
  checkKeys(from);
  return {
    host,
    port,
    ...tlsOptions(from),
    ...(from.name === undefined ? {} : { name: from.name }),
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password } }),
    ...(dkim === undefined ? {} : { dkim: dkimOptions(dkim) }),
    ...timeouts(tools.timeoutMs),
    maxConnections: Math.min(pool.maxConnections ?? tools.concurrency, tools.concurrency),
    maxMessages: pool.maxMessages ?? 100,
    // A message goes to a second connection only if the first, an old one, had closed before a byte of it was read.
    maxRequeues: 1,
    // A reply is a line or a few; the library's own bound is a megabyte for each connection.
    maxResponseSize: 65_536,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    pool: true,
  };
}

/**
 * The library's own list of signed headers (RFC 6376 §5.4.1) with the one that RFC 8058 §4 wants to be among them. Those that
 * a message does not have are left out.
 */
const signedHeaders = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version', 'Content-Type'],
  ...['Content-Transfer-Encoding', 'Auto-Submitted', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
];

function dkimOptions({ domain, selector, privateKey }: NonNullable<SmtpSettings['dkim']>): SMTPPoolOptions['dkim'] {
  return { domainName: domain, keySelector: selector, privateKey, headerFieldNames: signedHeaders.join(':') };
}

/** Its local part is widened by a token, and RFC 5321 §4.5.3.1.1 gives all of it 64 octets. */
function isBounceBase(text: string): boolean {
  const local = text.slice(0, text.lastIndexOf('@'));
  const parsed = parseAddress(text);
  return parsed.ok && parsed.value === text && local.length <= longestBase && /^[!-~]+$/.test(local);
}

/** All below the time of one `send`, so that the library mostly gives up first, and says in which phase. */
function timeouts(timeoutMs: number): SMTPPoolOptions {
  const setUp = Math.round(timeoutMs * 0.6);
  const silence = Math.round(timeoutMs * 0.9);
  return {
    dnsTimeout: Math.round(timeoutMs * 0.4),
    connectionTimeout: setUp,
    greetingTimeout: setUp,
    socketTimeout: silence,
    // Sooner than `socketTimeout`, which would end an idle connection without a QUIT.
    idleTimeout: Math.round(silence / 2),
    socketCloseTimeout: 1_000,
  };
}

function tlsOptions(from: SmtpSettings): SMTPPoolOptions {
  const mode = from.tls ?? (from.username === undefined ? 'opportunistic' : 'required');
  if (from.username !== undefined && mode !== 'required' && !isLoopback(from.host))
    throw new Error(`tls: ${mode} could send the password in the clear; with credentials it must be "required"`);
  if (from.tlsCa !== undefined && mode !== 'required')
    throw new Error(`with tls: ${mode} no certificate is checked, so tlsCa would mean nothing`);
  const secure = from.port === 465 && mode !== 'none';
  const trust = from.tlsCa === undefined ? {} : { ca: from.tlsCa };
  switch (mode) {
    case 'required':
      return { secure, requireTLS: !secure, tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...trust } };
    case 'opportunistic':
      return { secure, opportunisticTLS: true, tls: { rejectUnauthorized: false } };
    case 'none':
      return { secure, ignoreTLS: true };
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** RFC 8301 §3.2: verifiers take no shorter signature. */
const leastDkimBits = 1_024;

/** The library would find out with the first message, and say it in words of OpenSSL. */
function checkKeys({ dkim, tlsCa }: SmtpSettings): void {
  if (dkim !== undefined && rsaBits(dkim.privateKey) < leastDkimBits)
    throw new Error(`dkim.privateKey must be an RSA private key of at least ${leastDkimBits} bits in PEM form`);
  if (tlsCa !== undefined && !isCertificate(tlsCa)) throw new Error('tlsCa must be a certificate in PEM form');
}

/** The size of an RSA key; 0 for anything else. */
function rsaBits(pem: string): number {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' ? (asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  } catch {
    return 0;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
