import type PostalMime from 'postal-mime';
import type { Attachment, Email } from 'postal-mime';

/** A mail server's report of what became of a message (RFC 3464), untrusted in every word. */
interface DeliveryReport {
  /** `Original-Envelope-Id`: the id that the message was handed over with. */
  readonly envelopeId: string | null;
  /** The `Message-ID` of the message that came back, with its brackets. */
  readonly messageId: string | null;
  readonly recipients: readonly ReportedRecipient[];
}

export interface ReportedRecipient {
  readonly address: string;
  /** `failed`, `delayed`, `delivered`, `relayed` or `expanded`. */
  readonly action: string;
  /** RFC 3463: `5.1.1`; empty where it is none. */
  readonly status: string;
  readonly diagnostic: string;
}

/** What a message is, and who it came to. */
export interface ReadMail {
  /** Every address it may have come by: where it was sent, and where a mail server says it arrived. */
  readonly arrivedBy: readonly string[];
  /** Null for a message that is no report: an out-of-office notice, a person's answer, spam. */
  readonly report: DeliveryReport | null;
}

/**
 * A report stands before what it sends back, and some send back all of a message: the beginning is enough, and parsing costs
 * by the line.
 */
const mostBytes = 256 * 1024;
const mostLines = 5_000;
const lineFeed = 0x0a;
/** Far more than a report with the headers of one message has. */
const limits = { maxNestingDepth: 16, maxHeadersSize: 128 * 1024, maxRfc822NestingDepth: 0 };
/** Ours go to one address each. */
const mostRecipients = 50;
const longestLine = 2_000;

/** Reads a raw message; null when it is none. */
export async function readMail(parser: typeof PostalMime, raw: Uint8Array): Promise<ReadMail | null> {
  const mail = await parse(parser, raw);
  // What has a sender is a message; anything else may be one by accident.
  if (mail === null || !mail.headers.some(({ key }) => key === 'from')) return null;
  return { arrivedBy: arrivedBy(mail), report: reportOf(mail) };
}

async function parse(parser: typeof PostalMime, raw: Uint8Array): Promise<Email | null> {
  try {
    return await parser.parse(beginningOf(raw), { ...limits, forceRfc822Attachments: true });
  } catch {
    return null;
  }
}

function beginningOf(raw: Uint8Array): Uint8Array {
  const most = raw.subarray(0, mostBytes);
  let end = 0;
  for (let lines = 0; lines < mostLines; lines++) {
    const next = most.indexOf(lineFeed, end);
    if (next === -1) return most;
    end = next + 1;
  }
  return most.subarray(0, end);
}

const ways = new Set(['to', 'delivered-to', 'x-original-to', 'envelope-to']);

function arrivedBy({ headers }: Email): readonly string[] {
  return headers
    .filter(({ key }) => ways.has(key))
    .slice(0, mostRecipients)
    .flatMap(({ value }) => value.slice(0, longestLine).match(/[^\s<>,;:"()]{1,64}@[^\s<>,;:"()]{1,255}/g) ?? []);
}

/** The same with names and headers in other scripts (RFC 6533). */
const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status']);
const returnedTypes = new Set(['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers']);

function reportOf({ headers, attachments }: Email): DeliveryReport | null {
  const type = headers.find(({ key }) => key === 'content-type')?.value.toLowerCase() ?? '';
  const status = attachments.find(({ mimeType }) => statusTypes.has(mimeType));
  if (!/^\s*multipart\/report\b/.test(type) || status === undefined) return null;
  const [message, ...recipients] = blocksIn(textOf(status));
  const returned = attachments.find(({ mimeType }) => returnedTypes.has(mimeType));
  const returnedHeaders = returned === undefined ? undefined : blocksIn(textOf(returned))[0];
  return {
    envelopeId: message?.get('original-envelope-id') ?? null,
    messageId: returnedHeaders?.get('message-id') ?? null,
    recipients: recipients.slice(0, mostRecipients).map(recipientOf),
  };
}

type Fields = ReadonlyMap<string, string>;

function recipientOf(fields: Fields): ReportedRecipient {
  const status = /^\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(fields.get('status') ?? '')?.[1] ?? '';
  return {
    address: afterType(fields.get('final-recipient') ?? ''),
    action: (fields.get('action') ?? '').trim().toLowerCase(),
    status,
    diagnostic: afterType(fields.get('diagnostic-code') ?? ''),
  };
}

/** `smtp; 550 5.1.1 ...` without its first word. */
function afterType(text: string): string {
  return text.slice(text.indexOf(';') + 1).trim();
}

/** Header-like blocks with empty lines between them. */
function blocksIn(text: string): readonly Fields[] {
  const blocks: string[][] = [[]];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const block = blocks.at(-1) ?? [];
    const isFolded = line.startsWith(' ') || line.startsWith('\t');
    if (line.trim() === '') blocks.push([]);
    else if (isFolded && block.length > 0) block.push(`${block.pop()} ${line.trim()}`);
    else block.push(line);
  }
  return blocks.map(fieldsIn).filter((fields) => fields.size > 0);
}

/** Of a field given twice the first counts. */
function fieldsIn(lines: readonly string[]): Fields {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1, colon + 1 + longestLine).trim());
  }
  return fields;
}

const decoder = new TextDecoder();

function textOf({ content }: Attachment): string {
  return typeof content === 'string' ? content : decoder.decode(content);
}
