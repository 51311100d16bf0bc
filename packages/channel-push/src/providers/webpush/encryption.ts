import { createCipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';
import type { Subscription } from '../../subscription.ts';

/** What RFC 8291 wants new for every message: a key pair and a salt. */
export interface OneTimeSecrets {
  readonly ecdh: ECDH;
  readonly salt: Buffer;
}

const recordBytes = 4_096;
const headerBytes = 86;
const tagBytes = 16;
/** Marks the last record (RFC 8188, section 2). */
const lastRecord = 0x02;
/** Every push service takes 4096 bytes (RFC 8030, section 7.2); this is what is left of them for the message. */
export const plaintextLimit = recordBytes - headerBytes - tagBytes - 1;

/** The message as only the browser of the subscription can read it: RFC 8291 over one record of RFC 8188 (`aes128gcm`). */
export function encrypted(
  plaintext: Uint8Array,
  { p256dh, auth }: Pick<Subscription, 'p256dh' | 'auth'>,
  { ecdh, salt }: OneTimeSecrets = oneTimeSecrets(),
): Buffer {
  const ours = ecdh.getPublicKey();
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, ours]);
  const secret = derived(ecdh.computeSecret(p256dh), auth, keyInfo, 32);
  const key = derived(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derived(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const sealed = [cipher.update(plaintext), cipher.update(Uint8Array.of(lastRecord)), cipher.final()];
  return Buffer.concat([headerOf(salt, ours), ...sealed, cipher.getAuthTag()]);
}

function oneTimeSecrets(): OneTimeSecrets {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return { ecdh, salt: randomBytes(16) };
}

function derived(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}

/** RFC 8188, section 2.1; the key id is our public key (RFC 8291, section 4). */
function headerOf(salt: Buffer, publicKey: Buffer): Buffer {
  const sizes = Buffer.alloc(5);
  sizes.writeUInt32BE(recordBytes);
  sizes.writeUInt8(publicKey.length, 4);
  return Buffer.concat([salt, sizes, publicKey]);
}
