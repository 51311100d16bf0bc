/** What is used of the library, which has no types of its own. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  export function encrypt(
    plaintext: Buffer,
    secrets: { version: 'aes128gcm'; dh: string; privateKey: ECDH; salt: string; authSecret: string },
  ): Buffer;
}
