import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import type { SignJWT } from 'jose';

/** The key pair that subscriptions are made for, in base64url as its tools print it: a point on P-256 and a number. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Who sends: the Authorization header for a push service (RFC 8292). */
export interface Vapid {
  headerFor(origin: string): Promise<string>;
}

/** Push services take a day at most; half of it leaves room for clocks that differ. */
const lifetimeMs = 12 * 3_600_000;
const renewAfterMs = lifetimeMs / 2;
/** There are a handful of push services. Strangers name them, so what is remembered of them has an end. */
const mostOrigins = 200;

/** `Jwt` is jose's, which is not loaded before an account is opened. */
export function openVapid(keys: VapidKeys, subject: string, Jwt: typeof SignJWT, now: () => number): Vapid {
  const key = keyOf(keys);
  const signed = new Map<string, { readonly header: Promise<string>; readonly issuedAt: number }>();
  const sign = async (origin: string, issuedAt: number) => {
    const token = await new Jwt({ aud: origin, sub: subject })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setExpirationTime(Math.floor((issuedAt + lifetimeMs) / 1_000))
      .sign(key);
    return `vapid t=${token}, k=${keys.publicKey}`;
  };
  return {
    headerFor(origin) {
      const issuedAt = now();
      const known = signed.get(origin);
      const age = issuedAt - (known?.issuedAt ?? Number.NEGATIVE_INFINITY);
      // A clock that was set back leaves a signature that is good for too long.
      if (known !== undefined && age >= 0 && age < renewAfterMs) return known.header;
      const [oldest] = signed.keys();
      if (signed.size >= mostOrigins && oldest !== undefined) signed.delete(oldest);
      const header = sign(origin, issuedAt);
      signed.delete(origin);
      signed.set(origin, { header, issuedAt });
      return header;
    },
  };
}

/** Whether these are the two halves of one key pair. */
export function belongTogether({ publicKey, privateKey }: VapidKeys): boolean {
  const ecdh = createECDH('prime256v1');
  try {
    ecdh.setPrivateKey(privateKey, 'base64url');
  } catch {
    return false;
  }
  return ecdh.getPublicKey('base64url') === publicKey;
}

function keyOf({ publicKey, privateKey }: VapidKeys): KeyObject {
  const point = Buffer.from(publicKey, 'base64url');
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)];
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d: privateKey }, format: 'jwk' });
}
