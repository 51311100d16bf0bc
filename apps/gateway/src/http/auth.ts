import { hash, timingSafeEqual } from 'node:crypto';
import type { Project } from '@posthorn/store-sqlite';
import { HttpProblem } from './problems.ts';

/** What a key may do; `admin` includes the others. */
export type Scope = 'notify' | 'otp' | 'read' | 'manage' | 'admin';

/** Who is calling. */
export interface Caller {
  readonly project: Project;
  readonly scopes: ReadonlySet<Scope>;
}

/** Finds the caller of an Authorization header, or throws a 401. */
export type Authenticate = (authorization: string | undefined) => Caller;

/** Knows the one admin key. Only its hash is kept, and hashes are compared in constant time. */
export function adminKeyOnly(adminKey: string, project: Project): Authenticate {
  const expected = digest(adminKey);
  const admin: Caller = { project, scopes: new Set(['notify', 'otp', 'read', 'manage', 'admin']) };
  return (authorization) => {
    const key = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
    if (key.length > 0 && timingSafeEqual(digest(key), expected)) return admin;
    const detail = key.length > 0 ? 'the key is not valid' : 'send a key as "Authorization: Bearer <key>"';
    throw new HttpProblem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
  };
}

/** By way of a text: the buffer that `hash` itself would make costs more than the hash. */
function digest(key: string): Buffer {
  return Buffer.from(hash('sha256', key, 'latin1'), 'latin1');
}
