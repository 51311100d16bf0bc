import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';

/** The request as Node has it; missing where no server is: a route that is tried by itself. */
export function incomingOf(context: Context): IncomingMessage | undefined {
  return (context.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming;
}
