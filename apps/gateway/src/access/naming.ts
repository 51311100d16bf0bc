import { z } from 'zod';

/** What people call a key or a project: it is shown in lists, terminals and logs, so it has no character that does something there. */
export const name = z
  .string()
  .min(1, 'must not be empty')
  .max(100, 'must be at most 100 characters')
  .regex(
    /^(?:[^\p{C}\p{Z}](?:[^\p{C}]*[^\p{C}\p{Z}])?)?$/u,
    'must have no control character, and no space at its ends',
  );

/** The id of a project in a query or a body. */
export const projectId = z.string().max(50);
