import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';
import { controlCharacter, parseAddress } from './address.ts';

/** A sender as people write it: `Shop <no-reply@example.com>` (RFC 5322 §3.4, one mailbox). */
export interface Mailbox {
  /** Empty when there is none. */
  readonly name: string;
  readonly address: string;
}

const longestMailbox = 500;
/** `name <address>`; the name is judged apart. Neither part can contain a bracket, so there is one way to read it. */
const nameAndAddress = /^([^<>]*)<([^<>]+)>$/;
/** In a bare name these have a meaning of their own (RFC 5322 §3.2.3), and mail programs disagree about it. */
const special = /[()<>[\]:;@\\,"]/;
/** Overrides of the writing direction make a name read as another one. */
const directionOverride = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Reads one mailbox: `a@b.example`, `<a@b.example>`, `Name <a@b.example>` or `"Name, Inc." <a@b.example>`. The library
 * that writes the header gets name and address apart and so never has to parse what a caller wrote.
 */
export function parseMailbox(text: string): Result<Mailbox, AddressProblem> {
  if (text.length > longestMailbox) return invalid(`a sender has at most ${longestMailbox} characters`);
  if (controlCharacter.test(text) || directionOverride.test(text))
    return invalid('a sender has no line breaks, control characters or changes of the writing direction');
  const split = nameAndAddress.exec(text.trim());
  const name = split === null ? '' : parseName((split[1] ?? '').trim());
  if (name === null)
    return invalid('put a name with punctuation in double quotes: "Shop, Inc." <no-reply@example.com>');
  const address = parseAddress(split?.[2] ?? text);
  return address.ok ? ok({ name, address: address.value }) : address;
}

/** The name without its quotes; null when it would need some, or has quotes or backslashes inside them. */
function parseName(text: string): string | null {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  if (!isQuoted) return special.test(text) ? null : text;
  const name = text.slice(1, -1);
  return name.includes('"') || name.includes('\\') ? null : name.trim();
}

function invalid(detail: string): Result<never, AddressProblem> {
  return fail({ code: 'invalid_sender', detail });
}
