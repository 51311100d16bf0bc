import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { App } from './app.ts';
import type { Connections } from './connections.ts';
import type { Door } from './door.ts';
import { answerFault, answerMalformed } from './malformed.ts';
import { boundedPipelines } from './pipelines.ts';
import { unreadRests } from './unread-rest.ts';

/** A listening server. */
export interface Listening {
  readonly url: string;
  /** Takes no new connection; those that are open end with their current request. */
  close(): Promise<void>;
}

/** A slow sender is cut off: headers within ten seconds, the whole request within fifteen, the time between two looks included. */
const checkEveryMs = 1_000;
const headersTimeoutMs = 10_000 - checkEveryMs;
const requestTimeoutMs = 15_000 - checkEveryMs;
/** A connection on which nothing moves: between requests, or (Node looks twice then) since its client reads no more of an answer. */
const idleTimeoutMs = 60_000;

/** What a server is made of. */
export interface ServerTools {
  readonly app: App;
  readonly door: Pick<Door, 'headers'>;
  readonly connections: Pick<Connections, 'watch'>;
}

/** Listens; rejects with a clear line when the address is taken or not ours. */
export async function listen(
  { app, door: { headers }, connections }: ServerTools,
  host: string,
  port: number,
): Promise<Listening> {
  const answer = getRequestListener(app.fetch, {
    errorHandler: (error) => answerFault(error, headers),
    autoCleanupIncoming: false,
  });
  const leaveRest = unreadRests();
  const isBegun = boundedPipelines();
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: idleTimeoutMs,
      // A missing Host header is answered like every other fault of a request.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      if (!isBegun(incoming, outgoing)) return;
      leaveRest(incoming, outgoing);
      void answer(incoming, outgoing);
    },
  );
  server.timeout = idleTimeoutMs;
  // Their size is bounded, and the door counts them; Node itself would leave out what is over its limit.
  server.maxHeadersCount = 0;
  answerMalformed(server, headers);
  connections.watch(server);
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
