import { createHmac } from 'node:crypto';
import type { CodeId } from '@posthorn/core';

/** Under which names a store of codes knows what belongs to a project: keyed hashes, so that it learns neither numbers nor codes. */
export interface CodeNames {
  /** The handle of a code's id. */
  ofId(project: number, id: CodeId): string;
  /** The handle of an address in its normal form; `key` is its key in `to`. Purposes have nothing to do with each other. */
  ofAddress(project: number, purpose: string, key: string, address: string): string;
  /** Whose wrong tries are counted together. */
  ofPerson(project: number, key: string, address: string): string;
  /** A code as it is tried by a handle: the same digits are another digest by every other one. */
  digest(handle: string, code: string): string;
}

/** Characters of 132 of the hash's 256 bits: nobody finds two values that have the same. */
const nameLength = 22;

/** Where the milliseconds of an id stand. */
const idTime = [4, 17] as const;

export function codeNames(key: Uint8Array): CodeNames {
  const name = (...parts: readonly (string | number)[]) =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url').slice(0, nameLength);
  return {
    // It begins with the time of the id, so that a store which keeps names in order has the young ones side by side.
    ofId: (project, id) => `${id.slice(...idTime)}${name('id', project, id)}`,
    ofAddress: (project, purpose, addressKey, address) => name('address', project, purpose, addressKey, address),
    ofPerson: (project, addressKey, address) => name('person', project, addressKey, address),
    digest: (handle, code) => name('code', handle, code),
  };
}
