import { domainToASCII } from 'node:url';
import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';

/** RFC 5321 §4.5.3.1: a path is 256 octets with its angle brackets, a local part 64. */
const longestAddress = 254;
const longestLocalPart = 64;
/** Far more than any address with spaces around it: what is longer is not even searched. */
const longestText = 1_000;

/** Control characters and the line separators of Unicode: none belongs into anything that becomes a header or an SMTP line. */
export const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * RFC 5322 §3.4.1 dot-atom, widened to letters, digits and marks of all scripts by RFC 6531 §3.3. Quoted local parts are
 * legal and never meant: they are how a second address is smuggled past a parser. Each character can match one way
 * only, so the search is linear.
 */
const dotAtom = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** What a domain may be written with. The last two are full stops of CJK keyboards, which IDNA maps to a dot (UTS #46). */
const domainSpelling = /^[\p{L}\p{N}\p{M}.\-。．]+$/u;
/** RFC 5890 §2.3.1: letters, digits and inner hyphens, at most 63. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The last label of a name has a letter, that of an IPv4 address (which `domainToASCII` makes of `2130706433`) has none. */
const letter = /[a-z]/;

/**
 * Reads exactly one mailbox, bare: no display name, group, list, comment, address literal or host without a dot. The
 * domain becomes lower-case punycode; the local part keeps its case, which is the receiver's to interpret (RFC 5321
 * §2.4), in Unicode's normal form C.
 */
export function parseAddress(text: string): Result<string, AddressProblem> {
  if (text.length > longestText) return invalid(`an e-mail address has at most ${longestAddress} characters`);
  if (controlCharacter.test(text)) return invalid('an e-mail address has no line breaks or control characters');
  const address = text.trim();
  if (octets(address) > longestAddress) return invalid(`an e-mail address has at most ${longestAddress} characters`);
  const at = address.lastIndexOf('@');
  if (at === -1) return invalid('this is no e-mail address: the @ is missing');
  const local = address.slice(0, at).normalize('NFC');
  if (octets(local) > longestLocalPart)
    return invalid(`the part before the @ has at most ${longestLocalPart} characters`);
  if (!dotAtom.test(local)) return invalid('give one plain address, like name@example.com: no name, quotes or list');
  const domain = parseDomain(address.slice(at + 1));
  if (domain === null) return invalid('the part after the @ is not the name of an Internet domain');
  const normal = `${local}@${domain}`;
  return octets(normal) > longestAddress
    ? invalid(`an e-mail address has at most ${longestAddress} characters`)
    : ok(normal);
}

/** `zh***@qq.com`: never more than two characters of the local part, and never all of it. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at === -1) return '***';
  const local = [...address.slice(0, at)];
  return `${local.slice(0, Math.min(2, local.length - 1)).join('')}***${address.slice(at)}`;
}

/** Lower-case ASCII without an encoded label, which would have to be looked into. */
const plainDomain = /^(?!.*xn--)[a-z0-9.-]+$/;

function parseDomain(text: string): string | null {
  if (!domainSpelling.test(text)) return null;
  // Most domains are in their normal form already, and the conversion costs more than all the rest.
  const domain = plainDomain.test(text) ? text : domainToASCII(text);
  const labels = domain.split('.');
  const top = labels.at(-1) ?? '';
  // RFC 6761 §6.3: everything below .localhost is this machine.
  const isPublic = labels.length > 1 && letter.test(top) && top !== 'localhost';
  return isPublic && labels.every((part) => label.test(part)) ? domain : null;
}

function octets(text: string): number {
  return Buffer.byteLength(text);
}

function invalid(detail: string): Result<never, AddressProblem> {
  return fail({ code: 'invalid_email', detail });
}
