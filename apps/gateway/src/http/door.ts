import type { Context } from 'hono';
import type { Connections } from './connections.ts';
import { incomingOf } from './incoming.ts';
import { overloaded, refuseWhenLate } from './overload.ts';
import { HttpProblem } from './problems.ts';
import type { ApiRoute } from './route.ts';
import { securityHeaders } from './security-headers.ts';

/** What every request passes on its way in, before its key is looked at and its body read, and every answer takes along. */
export interface Door {
  readonly headers: Readonly<Record<string, string>>;
  /** Throws an `HttpProblem` when the request is not to be begun. */
  check(route: ApiRoute, context: Context): void;
}

export interface DoorTools {
  readonly publicUrl: URL | null;
  readonly connections: Pick<Connections, 'isSurplus'>;
  /** Whether the store has so much to do that nothing new should be begun. */
  isBehind(): boolean;
}

/** More are refused; Node would leave out what is beyond two thousand, and a request must not lose a part of it unseen. */
const mostHeaders = 100;

export function openDoor({ publicUrl, connections, isBehind }: DoorTools): Door {
  return {
    headers: securityHeaders(publicUrl),
    check(route, context) {
      const incoming = incomingOf(context);
      if (incoming !== undefined && incoming.rawHeaders.length > 2 * mostHeaders)
        throw new HttpProblem('headers_too_large', `send at most ${mostHeaders} headers`);
      if (route.evenUnderLoad) return;
      if (incoming !== undefined && connections.isSurplus(incoming.socket)) throw tooManyConnections();
      if (route.method !== 'GET' && isBehind()) throw overloaded('more waits to be stored than the disk takes');
      refuseWhenLate();
    },
  };
}

/** A door without limits, for routes that are tried by themselves. */
export const openHouse: Door = openDoor({
  publicUrl: null,
  connections: { isSurplus: () => false },
  isBehind: () => false,
});

function tooManyConnections(): HttpProblem {
  const { code, message, headers } = overloaded('too many connections are open');
  return new HttpProblem(code, message, { headers: { ...headers, connection: 'close' } });
}
