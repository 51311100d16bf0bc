import { createHash, createHmac } from 'node:crypto';

/** What TC3-HMAC-SHA256 covers. The path is always "/", and there is no query. */
export interface Tc3Request {
  /** The Host header, as it goes out. */
  readonly host: string;
  readonly contentType: string;
  readonly body: string;
  /** Seconds since the Unix epoch, as in X-TC-Timestamp; the vendor takes 5 minutes of difference. */
  readonly timestamp: number;
}

export interface Tc3Key {
  readonly secretId: string;
  readonly secretKey: string;
}

/** The Authorization header of a request ("Signature method v3" of its API). */
export function tc3Authorization({ host, contentType, body, timestamp }: Tc3Request, key: Tc3Key): string {
  const day = new Date(timestamp * 1_000).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const scope = `${day}/sms/tc3_request`;
  const names = 'content-type;host';
  const canonical = ['POST', '/', '', `content-type:${contentType}`, `host:${host}`, '', names, sha256(body)].join(
    '\n',
  );
  const signed = ['TC3-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const dayKey = hmac(hmac(hmac(`TC3${key.secretKey}`, day), 'sms'), 'tc3_request');
  const signature = hmac(dayKey, signed).toString('hex');
  return `TC3-HMAC-SHA256 Credential=${key.secretId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
