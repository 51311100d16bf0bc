import { withoutEcho } from './smtp-echo.ts';

/** As much of a server's words as is kept beside an attempt. */
const longestQuote = 200;
/** More than a quote needs, little enough for the searches below. */
const longestText = 600;

/** The status in front of each line of a reply: `550-5.1.1 `. */
const lineStart = /^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3}(?=\s|$) ?)?/gm;
/** Anything that looks like an address, also inside `<...>` and of a bounce address that encodes another one. */
const anyAddress = /[^\s<>"'()[\],;:]+@[^\s<>"'()[\],;]+/g;
/** Servers echo subjects and telephone numbers too; a one-time code has four digits and more. */
const longNumber = /\d{4,}/g;
/** The characters of a local part that mean something in a pattern. */
const patternCharacter = /[.*+?^${}|/]/g;

/**
 * A server's reply as one line for people: without codes, addresses, long numbers, control characters and what it repeats of
 * the message. Servers repeat what they refuse, often the local part alone, and this text is stored and shown.
 */
export function quoteReply(text: string, address: string, said: readonly string[] = []): string {
  const local = address.slice(0, address.lastIndexOf('@'));
  const whole = text
    .slice(0, longestText)
    .replace(lineStart, '')
    .replace(anyAddress, '<address>')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const words = withoutEcho(whole, said);
  // A very short local part would blank out half of the words.
  const unnamed =
    local.length < 3 ? words : words.replace(new RegExp(local.replace(patternCharacter, '\\$&'), 'giu'), '***');
  return unnamed.replace(longNumber, '****').slice(0, longestQuote).toWellFormed();
}
