import { generateKeyPairSync, verify } from 'node:crypto';
import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import { type DoubleReply, type SeenRequest, testTools, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import type { Content } from '../src/content.ts';
import { fcm } from '../src/providers/fcm/fcm.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const serviceAccount = JSON.stringify({
  type: 'service_account',
  project_id: 'shop-1',
  private_key_id: 'kid-1',
  private_key: pem,
  client_email: 'sender@shop-1.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
});
/** `c4n4ry` marks what must never be seen in an outcome or a log. */
export const accessToken = 'ya29.c4n4ry-access-token';
export const deviceToken = `dT3_k-9QSfe0:APA91b${'xY7_z-'.repeat(22)}`;
export const sendPath = '/v1/projects/shop-1/messages:send';

const notification = idMint().notification(1_800_000_000_000);
export const delivery: OutgoingDelivery<Content> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'push',
  address: deviceToken,
  content: { title: 'c4n4ry-title', body: 'c4n4ry-body', data: { order: 'c4n4ry-data' } },
  attempt: 1,
  kind: 'transactional',
  priority: 'high',
  expiresAt: null,
};

/** How Google behaves in a test, where it is not to behave well. */
export interface Google {
  readonly send?: (request: SeenRequest) => DoubleReply;
  readonly token?: (request: SeenRequest) => DoubleReply;
  readonly cutsEarly?: () => boolean;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): DoubleReply {
  return { status, headers, body: JSON.stringify(body) };
}

export function accepts(): DoubleReply {
  return json(200, { name: 'projects/shop-1/messages/0:1500' });
}

/** An error of FCM v1 in full, with the detail that names it. */
export function fcmError(
  status: number,
  canonical: string,
  errorCode: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): DoubleReply {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }];
  return json(status, { error: { code: status, message, status: canonical, details } }, headers);
}

/** An access token for a rightly signed assertion, and for no other. */
export function grant(request: SeenRequest): DoubleReply {
  const form = new URLSearchParams(request.body.toString());
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const trusted =
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
    verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')) &&
    iss === 'sender@shop-1.iam.gserviceaccount.com' &&
    aud === 'https://oauth2.googleapis.com/token' &&
    scope === 'https://www.googleapis.com/auth/firebase.messaging' &&
    exp - iat === 3_600;
  return trusted
    ? json(200, { access_token: accessToken, expires_in: 3_599, token_type: 'Bearer' })
    : json(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
}

/** Google's token endpoint and FCM on one port. A message is taken only with the token that was granted. */
export function googleDouble({ send = accepts, token = grant, cutsEarly }: Google = {}): Promise<VendorDouble> {
  return vendorDouble({
    reply(request) {
      if (request.url.endsWith('/token')) return token(request);
      const known = request.headers.authorization === `Bearer ${accessToken}` && request.url.endsWith(sendPath);
      return known ? send(request) : fcmError(401, 'UNAUTHENTICATED', 'UNSPECIFIED_ERROR', 'who are you?');
    },
    ...(cutsEarly === undefined ? {} : { cutsEarly }),
  });
}

export const sends = (double: VendorDouble) => double.requests.filter(({ url }) => url.endsWith(sendPath));
export const tokens = (double: VendorDouble) => double.requests.filter(({ url }) => url.endsWith('/token'));

const closers: (() => Promise<void>)[] = [];

/** The provider with the real SDK, connected to a double. */
export async function connect(
  script: Google = {},
  { path = '', ...options }: { timeoutMs?: number; concurrency?: number; path?: string; endpoint?: URL } = {},
) {
  const double = await googleDouble(script);
  const tools = testTools({ endpoint: new URL(`${double.origin}${path}`), ...options });
  const provider = await fcm.open({ serviceAccount }, tools);
  let listening = true;
  const hangUp = async () => {
    if (listening) await double.close();
    listening = false;
    // Until the client has seen its idle connections end.
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  closers.push(hangUp, async () => provider.close?.());
  const send = (ms = 1_500, what = delivery) => provider.send(what, AbortSignal.timeout(ms));
  return { double, provider, tools, send, hangUp };
}

/** Ends what `connect` began, after each test. */
export async function disconnect(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
