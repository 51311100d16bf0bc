import { ECDH } from 'node:crypto';
import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';

/** A browser's consent to be pushed to, as `JSON.stringify(subscription)` gives it (W3C Push API; RFC 8291, section 2). */
export interface Subscription {
  /** Where its push service takes messages for it. Chosen by whoever made the subscription: a stranger. */
  readonly endpoint: URL;
  /** The browser's public key: an uncompressed point on P-256. */
  readonly p256dh: Buffer;
  /** The secret it shares with us: 16 bytes. */
  readonly auth: Buffer;
}

/** Longer than any push service's addresses, and short enough for a header, a log and a column. */
const longestEndpoint = 2_048;
const keyBytes = 65;
const authBytes = 16;

/** Reads the JSON text of a subscription. What a browser adds to it (`expirationTime`) means nothing here. */
export function readSubscription(text: string): Result<Subscription, AddressProblem> {
  const { endpoint, keys } = objectOf(jsonOf(text));
  const { p256dh, auth } = objectOf(keys);
  const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null;
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return refused('the endpoint of a web push subscription is an https address without a password');
  url.hash = '';
  if (url.href.length > longestEndpoint)
    return refused(`the endpoint of a web push subscription has at most ${longestEndpoint} characters`);
  const key = bytesOf(p256dh, keyBytes);
  if (key === null || !isOnCurve(key)) return refused('keys.p256dh of a web push subscription is a point on P-256');
  const secret = bytesOf(auth, authBytes);
  if (secret === null) return refused(`keys.auth of a web push subscription has ${authBytes} bytes`);
  return ok({ endpoint: url, p256dh: key, auth: secret });
}

/** Its one normal form: these fields in this order. */
export function subscriptionText({ endpoint, p256dh, auth }: Subscription): string {
  const keys = { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') };
  return JSON.stringify({ endpoint: endpoint.href, keys });
}

function refused(detail: string): Result<Subscription, AddressProblem> {
  return fail({ code: 'invalid_subscription', detail });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Base64url as browsers write it, or plain base64 as some of their libraries do. */
function bytesOf(text: unknown, length: number): Buffer | null {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length ? bytes : null;
}

function isOnCurve(point: Buffer): boolean {
  if (point[0] !== 0x04) return false;
  try {
    ECDH.convertKey(point, 'prime256v1');
    return true;
  } catch {
    return false;
  }
}
