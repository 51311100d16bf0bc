import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What a vendor says to every message. */
export interface VendorScript {
  /** HTTP/1.1 when left out. */
  readonly protocol?: 'http2';
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A vendor that takes everything, keeps nothing and counts messages; access tokens it hands out without counting them. */
let taken = 0;
const token = JSON.stringify({ access_token: 'ya29.bench', expires_in: 3_599, token_type: 'Bearer' });

function serve({ protocol, status, type, body }: VendorScript): void {
  const taking = (request: IncomingMessage | Http2ServerRequest, answer: Answering) => {
    const isToken = request.url === '/token';
    request.resume().on('end', () => {
      if (!isToken) taken++;
      const text = isToken ? token : body;
      const headers = {
        'content-type': isToken ? 'application/json' : type,
        'content-length': Buffer.byteLength(text),
      };
      answer.writeHead(isToken ? 200 : status, headers);
      answer.end(text);
    });
  };
  const server = protocol === 'http2' ? createHttp2Server(taking) : createHttp1Server(taking);
  server.listen(0, '127.0.0.1', 1_024, () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

/** What both protocols' answers can do. */
interface Answering {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(text: string): unknown;
}

function createHttp1Server(taking: RequestListener) {
  const server = createServer(taking);
  server.keepAliveTimeout = 60_000;
  return server;
}

process.once('message', (script: VendorScript) => {
  process.on('message', () => process.send?.({ messages: taken }));
  serve(script);
});
process.once('disconnect', () => process.exit());
