import type { Outcome } from '@posthorn/core';
import type { NodemailerError } from 'nodemailer';
import { quoteReply } from './smtp-quote.ts';

/** What is known about a failed attempt beside the error. */
export interface AttemptFacts {
  /** The server was handed at least a part of the message. */
  readonly begun: boolean;
  /** Never to be repeated in a detail, also where the server repeats it. */
  readonly address: string;
  /** The texts of the message: not to be repeated either. */
  readonly said: readonly string[];
}

/** Turns what the library threw into an outcome: by the server's reply if there is one, else by what broke, and when. */
export function outcomeOf(error: unknown, facts: AttemptFacts): Outcome {
  const fault = faultOf(error);
  const reply = replyOf(fault, facts);
  return reply === null ? outcomeOfBreak(fault, facts) : outcomeOfReply(reply, facts);
}

type Fault = Pick<NodemailerError, 'code' | 'command' | 'originalCode' | 'responseCode' | 'timeoutType' | 'response'>;

function faultOf(error: unknown): Fault {
  return typeof error === 'object' && error !== null ? error : {};
}

// ---- The server replied ----

/** A negative reply: `550 5.1.1 ...` to `RCPT TO`. */
interface Reply {
  readonly command: string;
  readonly code: number;
  /** RFC 3463 enhanced status code; null where the server gives none, or one that contradicts the reply code. */
  readonly status: string | null;
  readonly text: string;
}

/** What a row of the table says; code and detail are the reply's. */
type Verdict =
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content' | 'blocked';
      readonly suppress?: 'hard' | 'soft';
    }
  | {
      readonly kind: 'deferred';
      readonly scope: 'delivery' | 'address' | 'account';
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'misconfigured' };

interface Row {
  /** The command it was the reply to; absent: any. */
  readonly to?: RegExp;
  /** Matches `550 5.1.1`, or `550 -` without an enhanced code. */
  readonly reply: RegExp;
  /** What the server must say beside the code; absent: anything. */
  readonly says?: RegExp;
  readonly is: Verdict;
  readonly because: string;
}

const minute = 60_000;
/** Greylists let a message in after five minutes, most of them (RFC 6647 §2.3). */
const greylisted: Verdict = { kind: 'deferred', scope: 'delivery', retryAfterMs: 5 * minute };
const accountWaits: Verdict = { kind: 'deferred', scope: 'account', retryAfterMs: null };
const misconfigured: Verdict = { kind: 'misconfigured' };
const noSuchMailbox: Verdict = { kind: 'refused', because: 'address', suppress: 'hard' };
const mailboxFull: Verdict = { kind: 'refused', because: 'address', suppress: 'soft' };
const badAddress: Verdict = { kind: 'refused', because: 'address' };
const blocked: Verdict = { kind: 'refused', because: 'blocked' };
const badContent: Verdict = { kind: 'refused', because: 'content' };

const saysNoSuchMailbox =
  /no such|unknown|not found|(?:does not|doesn't|not) exist|invalid (?:user|mailbox|recipient)/i;

/**
 * The first row that fits decides. Codes: RFC 5321 §4.2.3, RFC 3463, RFC 4954 (AUTH), RFC 3207 (STARTTLS), RFC 7505,
 * RFC 7372. `DATA` is both the command and the end of the message: the library does not tell them apart, nor need we.
 */
export const replyRows: readonly Row[] = [
  { reply: /^421 /, is: accountWaits, because: 'the server is busy or shutting down' },

  { to: /^AUTH/, reply: /^4/, is: accountWaits, because: 'the server cannot check credentials now' },
  { to: /^AUTH/, reply: /^/, is: misconfigured, because: 'the server rejects the credentials' },
  { to: /^STARTTLS/, reply: /^4/, is: accountWaits, because: 'the server cannot encrypt now' },
  { to: /^STARTTLS/, reply: /^/, is: misconfigured, because: 'the server offers no encryption' },
  { to: /^(?:CONN|EHLO|HELO)/, reply: /^4/, is: accountWaits, because: 'the server takes no connection now' },
  { to: /^(?:CONN|EHLO|HELO)/, reply: /^/, is: misconfigured, because: 'the server takes no connection from us' },

  { to: /^unknown/, reply: /^/, is: accountWaits, because: 'the server closed the connection' },
  {
    reply: /^(?:530|535) |^5\d\d 5\.7\.[38] /,
    is: misconfigured,
    because: 'the server wants credentials or encryption',
  },
  { reply: /^503 /, is: accountWaits, because: 'the session was out of step' },
  { to: /^MAIL FROM/, reply: /^(?:552|5\d\d 5\.3\.4) /, is: badContent, because: 'the message is too large' },
  // 5.1.7 and 5.1.8 are about the sender (RFC 3463 §3.2). After DATA it may be a caller's own `from`: not the account's fault.
  { to: /^RCPT TO/, reply: /^5\d\d 5\.1\.[78] /, is: misconfigured, because: 'the server refuses the sender' },
  { to: /^DATA/, reply: /^5\d\d 5\.1\.[78] /, is: badContent, because: 'the server refuses the sender' },
  { to: /^MAIL FROM/, reply: /^5/, is: misconfigured, because: 'the server refuses the sender' },
  { to: /^MAIL FROM/, reply: /^/, is: accountWaits, because: 'the server takes nothing from this sender now' },

  {
    reply: /^4\d\d 4\.2\.2 /,
    is: { kind: 'deferred', scope: 'address', retryAfterMs: 30 * minute },
    because: 'the mailbox is full',
  },
  { reply: /^4\d\d 4\.3\./, is: accountWaits, because: 'the server has a fault or no space' },
  { reply: /^4/, is: greylisted, because: 'the server asks to come back later' },

  { reply: /^5\d\d 5\.1\.(?:1|2|3|6|10) /, is: noSuchMailbox, because: 'there is no such mailbox' },
  { reply: /^5\d\d 5\.2\.1 /, is: noSuchMailbox, because: 'the mailbox is disabled' },
  { reply: /^5\d\d 5\.2\.2 /, is: mailboxFull, because: 'the mailbox is full' },
  { reply: /^5\d\d 5\.(?:2\.3|3\.4) /, is: badContent, because: 'the message is too large' },
  { reply: /^5\d\d 5\.[124]\.\d+ /, is: badAddress, because: 'the server cannot deliver to this address' },
  { reply: /^5\d\d 5\.6\.7 /, is: badAddress, because: 'the server takes no address in this script' },
  { reply: /^5\d\d 5\.6\.\d+ /, is: badContent, because: 'the server cannot handle this content' },

  { to: /^RCPT TO/, reply: /^5\d\d 5\.7\.\d+ |^554 /, is: blocked, because: 'the server refuses it by policy' },
  {
    to: /^RCPT TO/,
    reply: /^55[013] -/,
    says: saysNoSuchMailbox,
    is: noSuchMailbox,
    because: 'there is no such mailbox',
  },
  { to: /^RCPT TO/, reply: /^552 -/, is: mailboxFull, because: 'the mailbox is full' },
  { to: /^RCPT TO/, reply: /^5/, is: badAddress, because: 'the server refuses this address' },
  { reply: /^5\d\d 5\.7\.\d+ /, is: badContent, because: 'the server refuses this message by policy' },
  { reply: /^552 /, is: badContent, because: 'the message is too large' },
  { reply: /^5/, is: badContent, because: 'the server refuses this message' },
];

function replyOf(fault: Fault, facts: AttemptFacts): Reply | null {
  const { response, responseCode } = fault;
  if (responseCode === undefined || responseCode < 400 || responseCode > 599) return null;
  const text = String(response ?? '').slice(0, 1_000);
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(text)?.[1] ?? null;
  const agrees = status?.[0] === String(responseCode)[0];
  return { command: commandOf(fault, facts), code: responseCode, status: agrees ? status : null, text };
}

/** A reply that the end of the connection cut off has lost its command: the library then says `CONN`, whatever it was. */
function commandOf({ code, command = 'CONN' }: Fault, { begun }: AttemptFacts): string {
  if (command !== 'CONN') return command;
  if (begun) return 'DATA';
  return code === 'ECONNECTION' ? 'unknown' : 'CONN';
}

function outcomeOfReply(reply: Reply, facts: AttemptFacts): Outcome {
  const key = `${reply.code} ${reply.status ?? '-'} `;
  const row = replyRows.find(
    ({ to, reply: code, says }) =>
      (to?.test(reply.command) ?? true) && code.test(key) && (says?.test(reply.text) ?? true),
  );
  if (row === undefined) throw new Error(`the table has no row for ${key}`);
  const numbers = reply.status === null ? `${reply.code}` : `${reply.code} ${reply.status}`;
  // Servers answer a failed login with the name and worse; there is nobody whose help it would be.
  const quoted = reply.command.startsWith('AUTH') ? '' : quoteReply(reply.text, facts.address, facts.said);
  const detail = `${row.because}: ${numbers} to ${reply.command}${quoted === '' ? '' : ` (${quoted})`}`;
  return { ...row.is, code: `smtp_${numbers.replace(' ', '_')}`, detail };
}

// ---- No reply: something broke ----

/** Errors of TLS on the line have OpenSSL's or Node's own code behind the library's. */
const tlsCode = /CERT|ISSUER|SIGNATURE|^ERR_(?:TLS|SSL)_|^EPROTO$/;

/**
 * Faults without a reply. Once a part of the message is out, only the server knows whether it took it; before that it was
 * surely not sent, whatever broke. `ECONNECTION` and `ETIMEDOUT` say `CONN` in both cases and prove nothing by themselves.
 */
function outcomeOfBreak(fault: Fault, { begun }: AttemptFacts): Outcome {
  const { code = '', originalCode = '' } = fault;
  if (begun) return { kind: 'uncertain', ...afterwards(fault) };
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return { kind: 'misconfigured', code: 'smtp_login', detail: 'the server has no way to log in that we know' };
  if (fault.timeoutType === undefined && (code === 'ETLS' || tlsCode.test(originalCode)))
    return { kind: 'misconfigured', code: 'smtp_tls', detail: `no secure connection: ${originalCode || 'TLS failed'}` };
  if (code === 'EENVELOPE')
    return { kind: 'refused', because: 'address', code: 'smtp_address', detail: 'the address cannot be sent by SMTP' };
  if (code === 'EMESSAGE')
    return {
      kind: 'refused',
      because: 'content',
      code: 'smtp_too_large',
      detail: 'the message is larger than the server takes',
    };
  if (code === 'ESTREAM')
    return { kind: 'refused', because: 'content', code: 'smtp_message', detail: 'the message cannot be written' };
  return { kind: 'deferred', scope: 'account', retryAfterMs: null, ...before(fault) };
}

interface Words {
  readonly code: string;
  readonly detail: string;
}

function before({ code, originalCode, timeoutType }: Fault): Words {
  if (code === 'EDNS') return { code: 'smtp_dns', detail: 'the server name was not resolved' };
  if (code === 'EABORT')
    return { code: 'smtp_timeout', detail: 'the time was over before the message was handed over' };
  if (code === 'EPROTOCOL') return { code: 'smtp_bad_answer', detail: 'what answers there does not speak SMTP' };
  if (timeoutType === 'SOCKET_TIMEOUT') return { code: 'smtp_timeout', detail: 'the server fell silent' };
  if (timeoutType !== undefined)
    return { code: 'smtp_connect', detail: `the server did not answer in time: ${timeoutType}` };
  return { code: 'smtp_connect', detail: `no connection to the server: ${originalCode ?? 'it was closed'}` };
}

function afterwards({ code }: Fault): Words {
  if (code === 'EABORT' || code === 'ETIMEDOUT')
    return { code: 'smtp_timeout', detail: 'the server did not confirm the message in time' };
  if (code === 'EPROTOCOL') return { code: 'smtp_bad_answer', detail: 'the server did not answer the message in SMTP' };
  return { code: 'smtp_connection_lost', detail: 'the connection broke before the server confirmed the message' };
}
