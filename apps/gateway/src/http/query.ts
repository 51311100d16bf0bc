import type { Problem, Schema } from '@posthorn/core';
import { validate } from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import { invalidRequest } from './problems.ts';

/** How many items a list answers with: `?limit=`. */
export const limitParameter = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 100, 'limit is 1 to 100')
  .default(50);
export const cursorParameter = z.string().max(200).optional();

/** The query of a request by a strict schema. A parameter that is unknown, or given twice, is refused: never ignored. */
export function readQuery<Output>(context: Context, schema: Schema<Output>): Output {
  const given = context.req.queries();
  const repeated = Object.keys(given).filter((key) => (given[key]?.length ?? 0) > 1);
  const problems: Problem[] = repeated.map((key) => ({
    pointer: `/${key}`,
    code: 'repeated',
    detail: 'give this parameter once',
  }));
  const checked = validate(schema, context.req.query());
  if (!checked.ok) problems.push(...checked.failure);
  if (!checked.ok || problems.length > 0) throw invalidRequest(problems);
  return checked.value;
}
