import type { Caller } from '../src/http/auth.ts';

/** Somebody with a key of a project that may do nothing yet. */
export function caller(more: Partial<Caller> = {}): Caller {
  const project = { key: 1, id: 'prj_019b76da-a800-7000-8000-000000000001' as never, name: 'default' };
  return { key: 'admin', project, rights: new Set(), ratePerSecond: null, ...more };
}
