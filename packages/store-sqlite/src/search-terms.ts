import { hash } from 'node:crypto';
import type { Labels } from './rows.ts';

/** What is hashed, so that equal texts of different meaning never meet. */
type SearchField =
  | 'address'
  | 'tag'
  | 'metadata'
  | 'quota'
  | 'limit'
  | 'suppression'
  | 'conversion'
  | 'flow'
  | 'ordering';

/** What of a notification it is found by. */
export interface Searchable extends Labels {
  readonly project: number;
  readonly addresses: readonly string[];
}

/** Turns a value into the keyed hash it is stored and found under; without the key nobody can try numbers against it. */
export type SearchTerm = (project: number, field: SearchField, value: string) => number;

/** Hexadecimal digits of a hash that a safe integer holds: 52 bits. */
const termDigits = 13;

/**
 * `secret` is a key of at least 32 bytes. Terms of different projects and fields never meet. The hash begins with the key
 * and is cut to 52 of its 256 bits, so it cannot be lengthened without the key; an HMAC would cost five times as much here.
 */
export function searchTerms(secret: Uint8Array): SearchTerm {
  const key = Buffer.from(secret).toString('hex');
  return (project, field, value) =>
    Number.parseInt(hash('sha256', `${key}\0${project}\0${field}\0${value}`, 'hex').slice(0, termDigits), 16);
}

/** A keyed hash that is long enough for two values never to meet: what it stands for is known by nothing else. */
export type Digest = (project: number, field: 'idempotency' | 'fingerprint' | 'person', value: string) => string;

/** Characters of Base64 that say 132 bits. */
const digestLength = 22;

export function digests(secret: Uint8Array): Digest {
  const key = Buffer.from(secret).toString('hex');
  return (project, field, value) =>
    hash('sha256', `${key}\0${project}\0${field}\0${value}`, 'base64url').slice(0, digestLength);
}

/** The value under which a metadata entry is found. */
export function metadataValue(key: string, value: string): string {
  return `${key}\0${value}`;
}

/** Every term of a notification, each once. */
export function termsOf(term: SearchTerm, { project, addresses, tags, metadata }: Searchable): readonly number[] {
  return [
    ...unique(addresses).map((address) => term(project, 'address', address)),
    ...unique(tags).map((tag) => term(project, 'tag', tag)),
    ...Object.entries(metadata).map(([key, value]) => term(project, 'metadata', metadataValue(key, value))),
  ];
}

function unique(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)];
}
