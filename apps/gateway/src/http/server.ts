import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { App } from './app.ts';
import { answerFault, answerMalformed } from './malformed.ts';

/** A listening server. */
export interface Listening {
  readonly url: string;
  /** Takes no new connection; those that are open end with their current request. */
  close(): Promise<void>;
}

/** A slow sender is cut off: headers within ten seconds, the whole request within fifteen. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 15_000;
const checkEveryMs = 5_000;
const mostConnections = 10_000;

/** Listens; rejects with a clear line when the address is taken or not ours. */
export async function listen(app: App, host: string, port: number): Promise<Listening> {
  const answer = getRequestListener(app.fetch, { errorHandler: answerFault });
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: 60_000,
      // A missing Host header is answered like every other fault of a request.
      requireHostHeader: false,
    },
    (incoming, outgoing) => void answer(incoming, outgoing),
  );
  answerMalformed(server);
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listenError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new Error(`port ${port} of ${host} is taken: stop what listens there, or set POSTHORN_PORT`, {
      cause: error,
    });
  if (code === 'EACCES')
    return new Error(`port ${port} needs more rights than this process has: set POSTHORN_PORT to 1024 or more`, {
      cause: error,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Error(`${host} is not an address of this machine: set POSTHORN_HOST`, { cause: error });
  return error;
}
