import { createECDH, createPublicKey, verify } from 'node:crypto';
import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import { type DoubleReply, type SeenRequest, testTools, vendorDouble } from '@posthorn/testkit';
import type { Content } from '../src/content.ts';
import { webpush } from '../src/providers/webpush/webpush.ts';
import { subscriptionText } from '../src/subscription.ts';
import { browser } from './browser.ts';

const ecdh = createECDH('prime256v1');
ecdh.generateKeys();
export const settings = {
  publicKey: ecdh.getPublicKey('base64url'),
  // A number with leading zeroes is shorter in bytes, and not in its text.
  privateKey: Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url'),
  subject: 'mailto:push@shop.example',
} as const;

/** Where the visitor's browser subscribed; the double stands in for it. `c4n4ry` must never be seen in an outcome or a log. */
export const pushOrigin = 'https://push.example';
export const visitor = browser(`${pushOrigin}/send/c4n4ry?v=1`);

const notification = idMint().notification(1_800_000_000_000);
export const delivery: OutgoingDelivery<Content> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'push',
  address: subscriptionText(visitor.subscription),
  content: { title: 'c4n4ry-title', body: 'c4n4ry-body', data: { order: 'c4n4ry-data' } },
  attempt: 1,
  kind: 'transactional',
  priority: 'high',
  expiresAt: null,
};

export const accepts = (): DoubleReply => ({
  status: 201,
  headers: { location: `${pushOrigin}/messages/m-17` },
  body: '',
});

export interface Claims {
  readonly aud: string;
  readonly exp: number;
  readonly sub: string;
}

/** The claims of a rightly signed VAPID header of our key; null for any other. */
export function claimsOf({ headers }: SeenRequest): Claims | null {
  const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(String(headers.authorization)) ?? [];
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (key !== settings.publicKey || signature === '') return null;
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)];
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const signed = Buffer.from(`${header}.${claims}`);
  const trusted = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
  return trusted && alg === 'ES256' ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : null;
}

/** What a push service finds wrong with a request, by the RFCs; null when it may pass. */
function complaintOf(request: SeenRequest, now: number): DoubleReply | null {
  const { headers, body } = request;
  const claims = claimsOf(request);
  const status = (code: number): DoubleReply => ({ status: code, body: 'no' });
  if (claims === null) return status(401);
  const left = claims.exp - now / 1_000;
  if (claims.aud !== pushOrigin || left <= 0 || left > 86_400 || !/^(mailto|https):/.test(claims.sub))
    return status(403);
  if (!/^\d{1,8}$/.test(String(headers['ttl'])) || headers['content-encoding'] !== 'aes128gcm') return status(400);
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers['topic'] ?? 't'))) return status(400);
  if (!/^(very-low|low|normal|high)$/.test(String(headers['urgency'] ?? 'normal'))) return status(400);
  return body.length > 4_096 ? status(413) : null;
}

const closers: (() => unknown)[] = [];

/** The provider, connected to a push service on this machine. */
export async function connect(
  reply: (request: SeenRequest) => DoubleReply = accepts,
  {
    cutsEarly,
    path = '',
    ...options
  }: Partial<Parameters<typeof testTools>[0]> & { cutsEarly?: () => boolean; path?: string } = {},
) {
  const now = options.clock?.now ?? Date.now;
  const double = await vendorDouble({
    reply: (request) => complaintOf(request, now()) ?? reply(request),
    ...(cutsEarly && { cutsEarly }),
  });
  const tools = testTools({ endpoint: new URL(double.origin + path), ...options });
  const provider = await webpush.open(settings, tools);
  let listening = true;
  const hangUp = async () => {
    if (listening) await double.close();
    listening = false;
    // Until the client has seen its idle connections end.
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  closers.push(hangUp, async () => provider.close?.());
  const send = (ms = 1_500, what: OutgoingDelivery<Content> = delivery) => provider.send(what, AbortSignal.timeout(ms));
  return { double, provider, tools, send, hangUp };
}

/** Ends what `connect` began, after each test. */
export async function disconnect(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
