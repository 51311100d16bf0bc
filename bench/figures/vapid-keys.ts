import { createECDH, type ECDH } from 'node:crypto';

export function freshKeys(): ECDH {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return ecdh;
}

/** A key pair as the tools of web push print it: the point, and the number in 32 bytes. */
export function vapidKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const ecdh = freshKeys();
  const number = Buffer.alloc(32);
  const bytes = ecdh.getPrivateKey();
  bytes.copy(number, number.length - bytes.length);
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey: number.toString('base64url') };
}
