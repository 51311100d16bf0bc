import type { Right } from '@posthorn/core';
import type { Context } from 'hono';
import type { Caller } from './auth.ts';

/** What a handler answers; `app.ts` alone makes responses of it. */
export interface Answer {
  readonly status: number;
  /** Null for none. */
  readonly body: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

type Handle<Answering> = (context: Context, caller: Caller) => Answering | Promise<Answering>;

/** One row of the API: its method, its path in Hono's notation, who may call it, what answers. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Null for what anyone may call. */
  readonly scope: Right | null;
  /** In bytes, where it is not the usual one. */
  readonly bodyLimit?: number;
  /** Who watches this process is not told to come back later. */
  readonly evenUnderLoad?: boolean;
  /** Throws `HttpProblem` to answer with a problem. */
  readonly handle: Handle<Answer>;
}

/** In bytes. */
export const usualBodyLimit = 256 * 1024;

/** A row that needs a key; the handler gets the caller it belongs to. */
export function guarded(method: ApiRoute['method'], path: string, scope: Right, handle: Handle<Answer>): ApiRoute {
  return { method, path, scope, handle };
}

export function open(
  method: ApiRoute['method'],
  path: string,
  handle: (context: Context) => Answer | Promise<Answer>,
): ApiRoute {
  return { method, path, scope: null, handle };
}

/** A row for those who watch this process: answered also when there is too much to do. */
export function watching(route: ApiRoute): ApiRoute {
  return { ...route, evenUnderLoad: true };
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonText(JSON.stringify(value), status, headers);
}

/** JSON that is text already. */
export function jsonText(body: string, status: number, headers: Readonly<Record<string, string>>): Answer {
  return { status, body, headers: { 'content-type': 'application/json', ...headers } };
}
