import { createHash, createHmac } from 'node:crypto';
import type { SeenRequest } from '@posthorn/testkit';

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The signature of Aliyun ("V3 request signature", ACS3-HMAC-SHA256), written down from its page. */
export function verifyAcs3(
  request: SeenRequest,
  secret: string,
): 'ok' | 'IncompleteSignature' | 'SignatureDoesNotMatch' {
  const authorization = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  if (authorization === null) return 'IncompleteSignature';
  const [, , names = '', given] = authorization;
  const url = new URL(request.url, 'http://double');
  const query = [...url.searchParams]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map(encoded).join('='));
  const digest = sha256(request.body);
  if (request.headers['x-acs-content-sha256'] !== digest) return 'SignatureDoesNotMatch';
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query.join('&'), headers.join(''), names, digest].join('\n');
  const signature = createHmac('sha256', secret).update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`);
  return signature.digest('hex') === given ? 'ok' : 'SignatureDoesNotMatch';
}
