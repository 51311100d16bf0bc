import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/**
 * A vendor in a process of its own, so that it outlives every gateway: what it has taken is on the disk before it says
 * so. `node ledger-server.ts FILE` prints its port in its first line.
 */
const file = openSync(process.argv[2] as string, 'a', 0o600);

const server = createServer((request, response) => {
  // What did not arrive whole, because its sender was killed, is not taken.
  take(request).then(
    (holdMs) => setTimeout(() => response.end('taken'), holdMs),
    () => response.destroy(),
  );
});
// Connections that a killed gateway leaves behind are no reason to end.
server.on('clientError', (_error, socket) => socket.destroy());
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.once('SIGTERM', () => {
  closeSync(file);
  process.exit(0);
});

async function take(request: IncomingMessage): Promise<number> {
  const { holdMs, ...told } = (await json(request)) as { readonly holdMs: number };
  writeSync(file, `${JSON.stringify({ ...told, at: Date.now() })}\n`);
  fsyncSync(file);
  return holdMs;
}
