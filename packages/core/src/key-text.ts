import { hash, randomBytes } from 'node:crypto';

/**
 * The text of a key: `phk_`, a handle of 16 hexadecimal digits that says which key it is, and 256 random bits that prove it.
 * So much chance needs no slow hash, and nobody guesses it.
 */
export interface KeyText {
  readonly text: string;
  readonly handle: string;
  readonly hash: Uint8Array;
}

const prefix = 'phk_';
const handleBytes = 8;
const secretBytes = 32;
const handleEnd = prefix.length + 2 * handleBytes;

export function newKeyText(): KeyText {
  const handle = randomBytes(handleBytes).toString('hex');
  const text = `${prefix}${handle}_${randomBytes(secretBytes).toString('base64url')}`;
  return { text, handle, hash: hashOfKey(text) };
}

/** The handle of a text that is a key; of any other text something that is none. */
export function handleOf(text: string): string {
  return text.slice(prefix.length, handleEnd);
}

/** What may be shown of a key, so that its holder knows it again. */
export function shownKey(handle: string): string {
  return `${prefix}${handle}_…`;
}

/** SHA-256, by way of a text: the buffer that `hash` itself would make costs more than the hash. */
export function hashOfKey(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'latin1'), 'latin1');
}
