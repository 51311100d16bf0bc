import { createHash, createHmac } from 'node:crypto';

/** What SDK-HMAC-SHA256 covers. */
export interface SdkHmacRequest {
  readonly method: string;
  readonly url: URL;
  /** All headers that are signed, `host` and `x-sdk-date` among them; names in lower case. */
  readonly headers: Readonly<Record<string, string>> & { readonly 'x-sdk-date': string };
  readonly body: string;
}

export interface SdkHmacKey {
  readonly appKey: string;
  readonly appSecret: string;
}

/** The Authorization header of a request ("AK/SK signing and authentication"). */
export function sdkHmacAuthorization(request: SdkHmacRequest, { appKey, appSecret }: SdkHmacKey): string {
  const signed = `SDK-HMAC-SHA256\n${request.headers['x-sdk-date']}\n${sha256(canonicalForm(request))}`;
  const signature = createHmac('sha256', appSecret).update(signed).digest('hex');
  return `SDK-HMAC-SHA256 Access=${appKey}, SignedHeaders=${signedNames(request).join(';')}, Signature=${signature}`;
}

/** A request in the one spelling that both sides sign. Its path ends in "/", whether the request's does or not. */
export function canonicalForm(request: SdkHmacRequest): string {
  const { method, url, headers, body } = request;
  const path = url.pathname.split('/').map((part) => escaped(decodeURIComponent(part)));
  const query = [...url.searchParams].map((pair) => pair.map(escaped).join('=')).toSorted();
  const names = signedNames(request);
  const lines = names.map((name) => `${name}:${headers[name]?.trim()}\n`);
  const canonicalPath = url.pathname.endsWith('/') ? path.join('/') : `${path.join('/')}/`;
  return [method, canonicalPath, query.join('&'), lines.join(''), names.join(';'), sha256(body)].join('\n');
}

/** The moment of a signature: `20191115T033655Z`. */
export function sdkDate(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function signedNames({ headers }: SdkHmacRequest): readonly string[] {
  return Object.keys(headers).toSorted();
}

/** RFC 3986: what `encodeURIComponent` leaves is escaped too. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
