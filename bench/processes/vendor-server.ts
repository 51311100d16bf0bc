import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a vendor says to every message. */
export interface VendorScript {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A vendor that takes everything, keeps nothing and counts messages; access tokens it hands out without counting them. */
let taken = 0;
const token = JSON.stringify({ access_token: 'ya29.bench', expires_in: 3_599, token_type: 'Bearer' });

function serve({ status, type, body }: VendorScript): void {
  const server = createServer((request, answer) => {
    const isToken = request.url === '/token';
    request.resume().on('end', () => {
      if (!isToken) taken++;
      const text = isToken ? token : body;
      const headers = {
        'content-type': isToken ? 'application/json' : type,
        'content-length': Buffer.byteLength(text),
      };
      answer.writeHead(isToken ? 200 : status, headers).end(text);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', 1_024, () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

process.once('message', (script: VendorScript) => {
  process.on('message', () => process.send?.({ messages: taken }));
  serve(script);
});
process.once('disconnect', () => process.exit());
