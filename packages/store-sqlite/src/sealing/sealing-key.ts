import { hkdfSync } from 'node:crypto';

/** A secret under which a store keeps what it knows of people. What it is called stands in the store, so that its key is found again. */
export interface SealingKey {
  readonly id: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

/** The first key seals; every one opens what it has sealed. */
export type KeyRing = readonly [SealingKey, ...SealingKey[]];

/** The key that one run of a program seals with: drawn from a key of the ring and a salt that no other run has (RFC 5869). */
export function dataKeyOf({ secret }: SealingKey, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'posthorn data key', 32));
}
