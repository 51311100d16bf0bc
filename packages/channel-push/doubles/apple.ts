import { generateKeyPairSync, verify } from 'node:crypto';
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import { type DoubleReply, testTools } from '@posthorn/testkit';
import type { Content } from '../src/content.ts';
import { apns } from '../src/providers/apns/apns.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const settings = {
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  key: signingKey,
  topic: 'example.shop',
  environment: 'production',
} as const;
/** `c4n4ry` and what is derived from it must never be seen in an outcome or a log. */
export const appleToken = '0123456789abcdef'.repeat(4);

const notification = idMint().notification(1_800_000_000_000);
export const delivery: OutgoingDelivery<Content> = {
  id: deliveryId(notification, 3),
  notification,
  channel: 'push',
  address: appleToken,
  content: { title: 'c4n4ry-title', body: 'c4n4ry-body', data: { order: 'c4n4ry-data' } },
  attempt: 1,
  kind: 'transactional',
  priority: 'high',
  expiresAt: null,
};

export interface SeenPush {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Which connection it came on, from 0. */
  readonly connection: number;
}

/** What the double does with a request: HTTP's behaviours, and those that HTTP/2 has for itself. */
export type AppleReply =
  | DoubleReply
  /** Refuses the stream: nothing was done with it. */
  | { readonly fault: 'refused-stream' }
  /** Says that it did not look at this stream any more, with or without a fault of ours, and ends the connection. */
  | { readonly fault: 'goaway-before'; readonly code: number }
  /** Says that this is the last stream it looks at, and answers it. */
  | { readonly fault: 'goaway-after' };

export interface AppleDouble {
  readonly origin: string;
  readonly pushes: readonly SeenPush[];
  /** How many connections were made. */
  connections(): number;
  pings(): number;
  /** The provider tokens that came, each once. */
  tokens(): readonly string[];
  close(): Promise<void>;
}

export function reason(
  status: number,
  name: string,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): DoubleReply {
  return { status, headers, body: JSON.stringify({ reason: name, ...more }) };
}

export const accepts = (): AppleReply => ({ status: 200, headers: { 'apns-id': delivery.id.slice(4) }, body: '' });

/** Whether a provider token is of our team and key, rightly signed, and neither old nor of the future. */
function isTrusted(authorization: string | undefined, now: number): boolean {
  const [header = '', claims = '', signature = ''] = (authorization ?? '').replace(/^bearer /, '').split('.');
  if (signature === '') return false;
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { iss, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const signed = Buffer.from(`${header}.${claims}`);
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return (
    verify('sha256', signed, key, Buffer.from(signature, 'base64url')) &&
    alg === 'ES256' &&
    kid === settings.keyId &&
    iss === settings.teamId &&
    Math.abs(now / 1_000 - iat) < 3_600
  );
}

/** APNs as far as its documentation tells: what is wrong with a request, or null. */
function complaintOf({ path, headers, body }: SeenPush, now: number): DoubleReply | null {
  const { authorization, 'apns-topic': topic, 'apns-push-type': type, 'apns-priority': priority = '10' } = headers;
  if (authorization === undefined) return reason(403, 'MissingProviderToken');
  if (!isTrusted(authorization, now)) return reason(403, 'InvalidProviderToken');
  if (!/^\/3\/device\/[0-9a-f]{64,200}$/.test(path)) return reason(400, 'BadDeviceToken');
  if (topic === undefined) return reason(400, 'MissingTopic');
  if (type !== 'alert' && type !== 'background') return reason(400, 'InvalidPushType');
  if (type === 'background' && priority === '10') return reason(400, 'BadPriority');
  if (Buffer.byteLength(String(headers['apns-collapse-id'])) > 64) return reason(400, 'BadCollapseId');
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(headers['apns-id'])))
    return reason(400, 'BadMessageId');
  if (Buffer.byteLength(body) > 4_096) return reason(413, 'PayloadTooLarge');
  return JSON.parse(body).aps === undefined ? reason(400, 'PayloadEmpty') : null;
}

/** APNs over HTTP/2 on a loopback port. */
async function appleDouble(
  reply: (push: SeenPush) => AppleReply,
  { cutsEarly = () => false, now = Date.now }: { cutsEarly?: () => boolean; now?: () => number } = {},
): Promise<AppleDouble> {
  const pushes: SeenPush[] = [];
  const sessions: ServerHttp2Session[] = [];
  let pings = 0;
  const server = createServer();
  server.on('session', (session) => {
    sessions.push(session);
    session.on('ping', () => pings++);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const connection = sessions.indexOf(stream.session as ServerHttp2Session);
    const head = { path: String(headers[':path']), headers, connection };
    if (cutsEarly()) {
      pushes.push({ ...head, body: '' });
      stream.session?.destroy();
      return;
    }
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const push = { ...head, body: Buffer.concat(parts).toString() };
      pushes.push(push);
      answer(stream as ServerHttp2Stream, complaintOf(push, now()) ?? reply(push));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pushes,
    connections: () => sessions.length,
    pings: () => pings,
    tokens: () => [...new Set(pushes.map(({ headers }) => String(headers.authorization)))],
    async close() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(stream: ServerHttp2Stream, reply: AppleReply): void {
  const { session } = stream;
  if (!('fault' in reply)) {
    stream.respond({ ':status': reply.status, ...reply.headers });
    stream.end(reply.body);
    return;
  }
  switch (reply.fault) {
    case 'silent':
      return;
    case 'stalled-body':
      stream.respond({ ':status': 400 });
      stream.write('{');
      return;
    case 'reset-after-body':
      session?.destroy();
      return;
    case 'huge':
      pour(stream);
      return;
    case 'refused-stream':
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    case 'goaway-before':
      // Streams of a client have odd numbers; Node takes 0 for the last one it knows, so the first stream cannot be denied.
      session?.goaway(reply.code, (stream.id ?? 0) - 2);
      return;
    case 'goaway-after':
      session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0);
      setTimeout(() => answer(stream, accepts()), 20);
  }
}

/** Writes as long as the other side reads, up to a gigabyte. */
function pour(stream: ServerHttp2Stream): void {
  const chunk = Buffer.alloc(1 << 20, 0x20);
  let left = 1 << 10;
  stream.respond({ ':status': 400 });
  const more = () => {
    while (left-- > 0 && !stream.destroyed) {
      if (!stream.write(chunk)) {
        stream.once('drain', more);
        return;
      }
    }
    stream.end();
  };
  more();
}

const closers: (() => unknown)[] = [];

/** The provider, connected to a double. */
export async function connect(
  reply: (push: SeenPush) => AppleReply = accepts,
  {
    cutsEarly,
    path = '',
    ...options
  }: Partial<Parameters<typeof testTools>[0]> & { cutsEarly?: () => boolean; path?: string } = {},
) {
  const now = options.clock?.now ?? Date.now;
  const double = await appleDouble(reply, { now, ...(cutsEarly && { cutsEarly }) });
  const tools = testTools({ endpoint: new URL(double.origin + path), ...options });
  const provider = await apns.open(settings, tools);
  let listening = true;
  const hangUp = async () => {
    if (listening) await double.close();
    listening = false;
    // Until the client has seen its connection end.
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
