import { eventually } from './api.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** A route of the running program, as it lists them itself. */
export interface ServedRoute {
  readonly method: string;
  /** With the names of its parameters: `/notifications/:id`. */
  readonly path: string;
  /** Null for what anyone may call. */
  readonly scope: string | null;
}

/** The environment of a gateway that lists its routes in its log. */
export const listsRoutes = { POSTHORN_LOG_LEVEL: 'debug' } as const;

/** All routes of a gateway that was started with `listsRoutes`; suites go over them, so that none is forgotten. */
export async function servedRoutes(gateway: GatewayProcess): Promise<readonly ServedRoute[]> {
  // The whole of it is one line: a part of it is no list.
  const line = await eventually(() => /"message":"serves ([^"]+)"/.exec(gateway.stderr())?.[1], 2_000);
  return line.split(', ').map((route) => {
    const [method = '', path = '', scope = ''] = route.split(' ');
    return { method, path, scope: scope === 'anyone' ? null : scope };
  });
}
