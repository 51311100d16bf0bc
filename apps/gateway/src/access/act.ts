import type { Act, Clock } from '@posthorn/core';
import type { Context } from 'hono';
import type { Caller } from '../http/auth.ts';
import { requestIdOf } from '../http/request-id.ts';

/** What a request does as an administrative act: whose key asks for it, on what. */
export function actOf(context: Context, { key }: Caller, clock: Clock, subject: string | null): Act {
  return { by: key, subject, requestId: requestIdOf(context), at: clock.now() };
}
