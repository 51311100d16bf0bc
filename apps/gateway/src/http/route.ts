import type { Context } from 'hono';
import type { Caller, Scope } from './auth.ts';

/** One row of the API: its method, its path in Hono's notation, who may call it, what answers. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Null for what anyone may call. */
  readonly scope: Scope | null;
  /** Throws `HttpProblem` to answer with a problem. */
  handle(context: Context, caller: Caller): Response | Promise<Response>;
}

/** A row that needs a key; the handler gets the caller it belongs to. */
export function guarded(
  method: ApiRoute['method'],
  path: string,
  scope: Scope,
  handle: (context: Context, caller: Caller) => Response | Promise<Response>,
): ApiRoute {
  return { method, path, scope, handle };
}

export function open(
  method: ApiRoute['method'],
  path: string,
  handle: (context: Context) => Response | Promise<Response>,
): ApiRoute {
  return { method, path, scope: null, handle };
}
