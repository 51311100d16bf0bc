import { createHash, type KeyObject, verify } from 'node:crypto';

/** What a receiver finds in a DKIM signature that holds. */
export interface DkimFinding {
  readonly domain: string;
  readonly selector: string;
  /** Names of the headers that it covers, in small letters, each as often as it is covered. */
  readonly signed: readonly string[];
}

/**
 * Verifies a message as a receiver does, by the words of RFC 6376 (relaxed/relaxed, rsa-sha256) and without the library that
 * signed it. Throws with the reason when it does not hold.
 */
export function verifyDkim(source: Buffer, publicKey: KeyObject): DkimFinding {
  const text = source.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const fields = text.slice(0, end).split(/\r\n(?![ \t])/);
  const own = fields.find((field) => /^dkim-signature:/i.test(field));
  if (own === undefined) throw new Error('it is not signed');
  const tags = new Map(
    textOf(own)
      .split(';')
      .map((tag) => tag.replaceAll(/\s/g, ''))
      .filter((tag) => tag !== '')
      .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)] as const),
  );
  if (tags.get('a') !== 'rsa-sha256' || tags.get('c') !== 'relaxed/relaxed') throw new Error('signed another way');
  if (tags.has('l')) throw new Error('a body may grow behind l=');
  const bodyHash = createHash('sha256')
    .update(relaxedBody(text.slice(end + 4)), 'latin1')
    .digest('base64');
  if (tags.get('bh') !== bodyHash) throw new Error('the body is another one');
  const signed = (tags.get('h') ?? '').toLowerCase().split(':');
  const lines = pick(fields, signed).map(relaxedHeader);
  const unsigned = relaxedHeader(own.replace(/(;\s*b=)[^;]*/, '$1'));
  const data = Buffer.from([...lines, unsigned].join('\r\n'), 'latin1');
  const signature = Buffer.from(tags.get('b') ?? '', 'base64');
  if (!verify('RSA-SHA256', data, publicKey, signature)) throw new Error('the signature is wrong');
  return { domain: tags.get('d') ?? '', selector: tags.get('s') ?? '', signed };
}

/** §5.4.2: of headers with one name the last is taken first. */
function pick(fields: readonly string[], names: readonly string[]): readonly string[] {
  const left = [...fields].reverse();
  return names.flatMap((name) => {
    const at = left.findIndex((field) => field.slice(0, field.indexOf(':')).trim().toLowerCase() === name);
    return at === -1 ? [] : left.splice(at, 1);
  });
}

function textOf(field: string): string {
  return field.slice(field.indexOf(':') + 1);
}

/** §3.4.2 */
function relaxedHeader(field: string): string {
  const name = field.slice(0, field.indexOf(':')).trim().toLowerCase();
  const value = textOf(field)
    .replaceAll('\r\n', '')
    .replaceAll(/[ \t]+/g, ' ')
    .trim();
  return `${name}:${value}`;
}

/** §3.4.4 */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''));
  const text = lines.join('\r\n').replace(/(?:\r\n)+$/, '');
  return text === '' ? '' : `${text}\r\n`;
}
