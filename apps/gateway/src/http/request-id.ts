import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';

const takenOver = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request, the same for all who ask: the caller's own if it can stand in a log, else one of ours. */
export function requestIdOf(context: Context): string {
  const known: unknown = context.get('requestId');
  if (typeof known === 'string') return known;
  const given = context.req.header('x-request-id');
  const requestId = given !== undefined && takenOver.test(given) ? given : randomUUID();
  context.set('requestId', requestId);
  return requestId;
}
