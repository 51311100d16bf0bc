import { createHmac } from 'node:crypto';

/** Key bytes of a secret as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes; null when it is not one. */
export function secretKey(secret: string): Buffer | null {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (text === undefined) return null;
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === text ? key : null;
}

/** The three headers of Standard Webhooks 1.0.0: the id stays over all attempts, the time is this attempt's. */
export function signedHeaders(
  id: string,
  now: number,
  body: string,
  key: Buffer | null,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const marks = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (key === null) return marks;
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...marks, 'webhook-signature': `v1,${mac}` };
}
