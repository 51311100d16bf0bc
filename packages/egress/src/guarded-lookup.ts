import { isIPv6, type LookupFunction } from 'node:net';
import type { EgressTarget } from '@posthorn/core';
import { type EgressGuard, hostOf } from './guard.ts';
import type { ResolveName } from './name-lookup.ts';

/** Why no connection was made although the name is known. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

interface LookupTools {
  readonly guard: EgressGuard;
  readonly resolve: ResolveName;
}

/**
 * Looks the name up for one connection and hands over only what may be reached, so that the address that was checked is the
 * one connected to, whatever the name leads to a moment later. Node does not ask for a host that is an address itself:
 * that one `guard.forbids` has seen.
 */
export function guardedLookup(
  target: EgressTarget,
  signal: AbortSignal,
  { guard, resolve }: LookupTools,
): LookupFunction {
  return (_hostname, options, done) => {
    const pick = (addresses: readonly string[]) => {
      const reasons = addresses.map((address) => guard.forbidsAddress(address, target));
      const reachable = addresses.filter((_, place) => reasons[place] === null);
      const [first] = reachable;
      if (first === undefined) throw new ForbiddenAddress(reasons[0] ?? 'the name leads to no address');
      return { first, reachable: reachable.map((address) => ({ address, family: familyOf(address) })) };
    };
    resolve(hostOf(target.url), signal)
      .then(pick)
      .then(
        ({ first, reachable }) => (options.all === true ? done(null, reachable) : done(null, first, familyOf(first))),
        (error: NodeJS.ErrnoException) => done(error, []),
      );
  };
}

function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}
