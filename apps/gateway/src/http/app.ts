import { type Logger, type Right, StoreUnavailable } from '@posthorn/core';
import { type Context, Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { Authenticate, Caller } from './auth.ts';
import { type Door, openHouse } from './door.ts';
import { checkLength } from './json-body.ts';
import { HttpProblem, problemDocument, problemTable } from './problems.ts';
import { requestIdOf } from './request-id.ts';
import { type Answer, type ApiRoute, usualBodyLimit } from './route.ts';

export type App = Hono;

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const anybody: Caller = {
  key: 'admin',
  project: { key: 0, id: 'prj_' as never, name: '' },
  rights: new Set(),
  ratePerSecond: null,
};

/** The HTTP interface: a table of routes behind one door for ids, keys, errors and wrong methods. */
export function httpApp(
  routes: readonly ApiRoute[],
  authenticate: Authenticate,
  log: Logger,
  door: Door = openHouse,
): App {
  const app: App = new Hono();
  for (const route of routes) app.on(route.method, route.path, (context) => answer(route, context, authenticate, door));
  const methodsOf = methodsByPath(routes);
  app.notFound((context) => respond(context, unrouted(methodsOf(context.req.path)), door));
  app.onError((error, context) => respond(context, problemOf(error, context, log), door));
  return app;
}

async function answer(route: ApiRoute, context: Context, authenticate: Authenticate, door: Door): Promise<Response> {
  door.check(route, context);
  const caller = route.scope === null ? anybody : authenticate(context.req.header('authorization'), context);
  if (route.scope !== null && !caller.rights.has(route.scope)) {
    throw missingRight(route.scope);
  }
  // A body is refused by the routes that take none too; what is open to anyone says first whether it is there at all.
  if (route.scope !== null) checkLength(context, route.bodyLimit ?? usualBodyLimit);
  return responseOf(await route.handle(context, caller), context, door);
}

function missingRight(right: Right): HttpProblem {
  const needed = right === 'operator' ? 'an admin key of the default project' : `the scope ${right}`;
  return new HttpProblem('missing_scope', `this needs ${needed}`);
}

/** The one place that makes responses: complete at once, since a response that is changed afterwards costs twice. */
function responseOf({ status, body, headers }: Answer, context: Context, door: Door): Response {
  return new Response(body, { status, headers: { ...door.headers, ...headers, 'x-request-id': requestIdOf(context) } });
}

/** Asked only about requests that no route takes: a second route on every path would cost each request that one does. */
function methodsByPath(routes: readonly ApiRoute[]): (path: string) => readonly string[] {
  const router = new TrieRouter<string>();
  for (const { method, path } of routes) router.add('ALL', path, method);
  return (path) => router.match('ALL', path)[0].map(([method]) => method);
}

function unrouted(methods: readonly string[]): HttpProblem {
  if (methods.length === 0) return new HttpProblem('not_found', 'there is no such path');
  const allow = methods.includes('GET') ? ['HEAD', ...methods] : methods;
  return new HttpProblem('method_not_allowed', `use ${methods.join(' or ')}`, { headers: { allow: allow.join(', ') } });
}

function problemOf(error: Error, context: Context, log: Logger): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreUnavailable) {
    const retryAfter = error.code === 'overloaded' ? '1' : '5';
    return new HttpProblem(error.code, error.message, { headers: { 'retry-after': retryAfter } });
  }
  const trace = traceparent.exec(context.req.header('traceparent') ?? '')?.[1];
  log.error('a request met a fault of the gateway', {
    requestId: requestIdOf(context),
    trace,
    route: `${context.req.method} ${context.req.routePath}`,
    error: error.name,
    stack: error.stack,
  });
  return new HttpProblem('internal', 'the fault is logged under the id of this request');
}

function respond(context: Context, problem: HttpProblem, door: Door): Response {
  const { status } = problemTable[problem.code];
  const headers = { 'content-type': 'application/problem+json', ...problem.headers };
  const body = JSON.stringify(problemDocument(problem, requestIdOf(context)));
  return responseOf({ status, headers, body }, context, door);
}
