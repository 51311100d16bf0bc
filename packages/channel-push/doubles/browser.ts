import { createDecipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';
import type { Subscription } from '../src/subscription.ts';

export interface Browser {
  readonly subscription: Subscription;
  /** Decrypts a body as a browser does: with its own keys, the sender's key and the salt read from the header. Throws as one gives up. */
  read(body: Buffer): string;
}

/** A browser that has subscribed at an endpoint. It knows HKDF only as RFC 5869 writes it, by HMAC: another way than the provider's. */
export function browser(endpoint: string): Browser {
  const ecdh = createECDH('prime256v1');
  const p256dh = ecdh.generateKeys();
  const auth = randomBytes(16);
  return {
    subscription: { endpoint: new URL(endpoint), p256dh, auth },
    read(body) {
      const salt = body.subarray(0, 16);
      const keyEnd = 21 + body.readUInt8(20);
      const sender = body.subarray(21, keyEnd);
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, sender]);
      const secret = expand(extract(auth, ecdh.computeSecret(sender)), info);
      const keys = extract(salt, secret);
      const key = expand(keys, Buffer.from('Content-Encoding: aes128gcm\0')).subarray(0, 16);
      const nonce = expand(keys, Buffer.from('Content-Encoding: nonce\0')).subarray(0, 12);
      const decipher = createDecipheriv('aes-128-gcm', key, nonce);
      decipher.setAuthTag(body.subarray(-16));
      const record = Buffer.concat([decipher.update(body.subarray(keyEnd, -16)), decipher.final()]);
      if (body.length > body.readUInt32BE(16) || record.at(-1) !== 0x02) throw new Error('not one last record');
      return record.subarray(0, -1).toString();
    },
  };
}

function extract(salt: Buffer, secret: Buffer): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}

/** The first 32 bytes. */
function expand(key: Buffer, info: Buffer): Buffer {
  return createHmac('sha256', key).update(info).update(Uint8Array.of(1)).digest();
}
