import type { CallbackRequest } from '@posthorn/core';
import type { Context } from 'hono';
import { readBytes } from '../http/json-body.ts';
import { below } from './callback-addresses.ts';

/** No vendor sends more in one piece. */
const bodyLimit = 1024 * 1024;

/**
 * A request as its vendor made it. Its address is told under the public URL, which signatures cover: behind a proxy this
 * process sees another one. Any body is taken, whatever it says of itself.
 */
export async function readCallbackRequest(
  context: Context,
  method: CallbackRequest['method'],
  publicUrl: URL | null,
  now: number,
): Promise<CallbackRequest> {
  const seen = new URL(context.req.url);
  const path = seen.pathname.slice(1) + seen.search;
  return {
    method,
    url: publicUrl === null ? seen : below(publicUrl, path),
    headers: context.req.header(),
    body: method === 'GET' ? new Uint8Array() : new Uint8Array(await readBytes(context, bodyLimit)),
    receivedAt: now,
  };
}
