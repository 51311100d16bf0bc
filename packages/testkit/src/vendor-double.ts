import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a vendor double saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** What a double does with a request: answer, or misbehave as real vendors and networks do. */
export type DoubleReply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  /** Takes the request and never answers. */
  | { readonly fault: 'silent' }
  /** Sends the headers, then nothing more. */
  | { readonly fault: 'stalled-body' }
  /** Reads the whole request, then cuts the connection: it may have acted on it. */
  | { readonly fault: 'reset-after-body' }
  /** Answers 200 with a body of a gigabyte. */
  | { readonly fault: 'huge' };

export interface VendorDouble {
  readonly port: number;
  readonly origin: string;
  /** Every request that arrived, hidden retries included. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface DoubleScript {
  /** Answers a request that arrived whole; it may verify signatures. */
  reply(request: SeenRequest): DoubleReply;
  /** Asked when only the headers are there; true cuts the connection before the body is read. */
  cutsEarly?(): boolean;
}

/** An HTTP server on a loopback port that plays a vendor. */
export async function vendorDouble(script: DoubleScript): Promise<VendorDouble> {
  const requests: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing, requests, script));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}`, requests, close: () => closeServer(server) };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requests: SeenRequest[],
  script: DoubleScript,
): Promise<void> {
  const head = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
  if (script.cutsEarly?.()) {
    requests.push({ ...head, body: Buffer.alloc(0) });
    incoming.socket.destroy();
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const request = { ...head, body: Buffer.concat(parts) };
  requests.push(request);
  answer(incoming, outgoing, script.reply(request));
}

function answer(incoming: IncomingMessage, outgoing: ServerResponse, reply: DoubleReply): void {
  if (!('fault' in reply)) {
    outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
    return;
  }
  if (reply.fault === 'stalled-body')
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{');
  if (reply.fault === 'huge') pour(outgoing);
  if (reply.fault === 'reset-after-body') incoming.socket.destroy();
}

/** Writes as long as the other side reads, up to a gigabyte. */
function pour(outgoing: ServerResponse): void {
  const chunk = Buffer.alloc(1 << 20, 0x20);
  let left = 1 << 10;
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (left-- > 0 && !outgoing.destroyed) {
      if (!outgoing.write(chunk)) {
        outgoing.once('drain', more);
        return;
      }
    }
    outgoing.end();
  };
  more();
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
