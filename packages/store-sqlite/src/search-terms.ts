import { hash } from 'node:crypto';
import type { Labels } from './rows.ts';

/** What a notification can be found by. */
type SearchField = 'address' | 'tag' | 'metadata';

/** Turns a value into the keyed hash it is stored and found under; without the key nobody can try numbers against it. */
export type SearchTerm = (project: number, field: SearchField, value: string) => Buffer;

const termBytes = 8;
/** Notifications whose terms share a bucket, as a power of two: few seeks for a search, few pages for an insert. */
export const bucketBits = 10;

/**
 * `secret` is a key of at least 32 bytes. Terms of different projects and fields never meet. The hash begins with the key
 * and is cut to 8 of its 32 bytes, so it cannot be lengthened without the key; an HMAC would cost twice as much here.
 */
export function searchTerms(secret: Buffer): SearchTerm {
  const key = secret.toString('hex');
  return (project, field, value) =>
    hash('sha256', `${key}\0${project}\0${field}\0${value}`, 'buffer').subarray(0, termBytes);
}

/** The value under which a metadata entry is found. */
export function metadataValue(key: string, value: string): string {
  return `${key}\0${value}`;
}

/** Every term of a notification, each once. */
export function termsOf(
  term: SearchTerm,
  project: number,
  { addresses, tags, metadata }: Labels & { readonly addresses: readonly string[] },
): readonly Buffer[] {
  return [
    ...[...new Set(addresses)].map((address) => term(project, 'address', address)),
    ...[...new Set(tags)].map((tag) => term(project, 'tag', tag)),
    ...Object.entries(metadata).map(([key, value]) => term(project, 'metadata', metadataValue(key, value))),
  ];
}
