import type { Clock, KeyHolder, KeyRefusal, Keyring } from '@posthorn/core';
import type { Context } from 'hono';
import type { Guesses } from '../access/guesses.ts';
import type { ClientAddressOf } from './client-address.ts';
import { HttpProblem } from './problems.ts';
import { retryAfter } from './retry-after.ts';

/** Who is calling. */
export type Caller = KeyHolder;

/** Finds the caller of an Authorization header, or throws a 401. */
export type Authenticate = (authorization: string | undefined, context: Context) => Caller;

/** What is said of a key that is not taken. Whoever holds its secret may know what became of it. */
const refusals: Readonly<Record<KeyRefusal, string>> = {
  unknown: 'the key is not valid',
  expired: 'the key has expired: ask for a new one',
  revoked: 'the key was revoked: ask for a new one',
};

/** Knows the keys of the keyring. A source of many wrong ones waits; good keys of the same source are taken meanwhile. */
export function heldKeys(
  keyring: Pick<Keyring, 'check'>,
  guesses: Guesses,
  clientAddressOf: ClientAddressOf,
  clock: Clock,
): Authenticate {
  return (authorization, context) => {
    const text = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
    if (text.length === 0) throw unauthenticated('send a key as "Authorization: Bearer <key>"');
    const now = clock.now();
    const found = keyring.check(text, now);
    if (typeof found === 'object') return found;
    const shutUntil = found === 'unknown' ? guesses.note(clientAddressOf(context), text, now) : null;
    if (shutUntil === null) throw unauthenticated(refusals[found]);
    throw new HttpProblem('rate_limited', 'too many keys that are not valid came from this address', {
      headers: retryAfter(shutUntil, now),
    });
  };
}

function unauthenticated(detail: string): HttpProblem {
  return new HttpProblem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
}
