import { randomUUID } from 'node:crypto';
import { type Logger, StoreUnavailable } from '@posthorn/core';
import { type Context, Hono } from 'hono';
import type { Authenticate, Caller } from './auth.ts';
import { HttpProblem, problemDocument, problemTable } from './problems.ts';
import type { ApiRoute } from './route.ts';

type Variables = { requestId: string };
export type App = Hono<{ Variables: Variables }>;

const takenOver = /^[A-Za-z0-9._-]{1,128}$/;
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const anybody: Caller = { project: { key: 0, id: 'prj_' as never, name: '' }, scopes: new Set() };

/** The HTTP interface: a table of routes behind one door for ids, keys, errors and wrong methods. */
export function httpApp(routes: readonly ApiRoute[], authenticate: Authenticate, log: Logger): App {
  const app: App = new Hono<{ Variables: Variables }>();
  app.use('*', async (context, next) => {
    const given = context.req.header('x-request-id');
    const requestId = given !== undefined && takenOver.test(given) ? given : randomUUID();
    context.set('requestId', requestId);
    await next();
    context.res.headers.set('x-request-id', requestId);
  });
  for (const route of routes) app.on(route.method, route.path, (context) => answer(route, context, authenticate));
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, () => {
      const allow = methods.includes('GET') ? ['HEAD', ...methods] : methods;
      throw new HttpProblem('method_not_allowed', `use ${methods.join(' or ')}`, {
        headers: { allow: allow.join(', ') },
      });
    });
  }
  app.notFound((context) => respond(context, new HttpProblem('not_found', 'there is no such path')));
  app.onError((error, context) => respond(context, problemOf(error, context, log)));
  return app;
}

function answer(route: ApiRoute, context: Context, authenticate: Authenticate): Response | Promise<Response> {
  if (route.scope === null) return route.handle(context, anybody);
  const caller = authenticate(context.req.header('authorization'));
  if (!caller.scopes.has(route.scope)) throw new HttpProblem('missing_scope', `this needs the scope ${route.scope}`);
  return route.handle(context, caller);
}

function methodsByPath(routes: readonly ApiRoute[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...Map.groupBy(routes, ({ path }) => path)].map(([path, group]) => [path, group.map(({ method }) => method)]),
  );
}

function problemOf(error: Error, context: Context, log: Logger): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreUnavailable) {
    const retryAfter = error.code === 'overloaded' ? '1' : '5';
    return new HttpProblem(error.code, error.message, { headers: { 'retry-after': retryAfter } });
  }
  const trace = traceparent.exec(context.req.header('traceparent') ?? '')?.[1];
  log.error('a request met a fault of the gateway', {
    requestId: context.get('requestId') as string,
    trace,
    route: `${context.req.method} ${context.req.routePath}`,
    error: error.name,
    stack: error.stack,
  });
  return new HttpProblem('internal', 'the fault is logged under the id of this request');
}

function respond(context: Context, problem: HttpProblem): Response {
  const document = problemDocument(problem, context.get('requestId') as string);
  return new Response(JSON.stringify(document), {
    status: problemTable[problem.code].status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
  });
}
