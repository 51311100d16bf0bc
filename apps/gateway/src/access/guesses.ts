import type { Logger } from '@posthorn/core';
import { addressBytes } from '../egress/address.ts';

/** Counts keys that are not known by where they come from, so that nobody can try one after the other for long. */
export interface Guesses {
  /** One more such key came from this address. Null while it may try on; else until when its wrong keys get no other answer. */
  note(address: string, now: number): number | null;
}

/** So many within a minute, and a source is shut for a minute. A key has 256 random bits: this is against noise, not against luck. */
const most = 50;
const windowMs = 60_000;
const shutMs = 60_000;
/** Sources that are remembered; the one that was seen last the longest ago gives way. */
const mostSources = 10_000;

interface Source {
  readonly since: number;
  readonly count: number;
  readonly shutUntil: number | null;
}

export function openGuesses(log: Logger): Guesses {
  const sources = new Map<string, Source>();
  return {
    note(address, now) {
      const name = sourceOf(address);
      const source = noted(sources.get(name), now);
      sources.delete(name);
      sources.set(name, source);
      if (sources.size > mostSources) sources.delete(sources.keys().next().value as string);
      // Said once, when it is shut: a log must not grow with every guess.
      if (source.shutUntil === now + shutMs && source.count === most + 1)
        log.warn('too many keys that are not valid come from one address', { source: name });
      return source.shutUntil;
    },
  };
}

function noted(before: Source | undefined, now: number): Source {
  if (before?.shutUntil != null && before.shutUntil > now) return { ...before, count: before.count + 1 };
  const goesOn = before !== undefined && before.shutUntil === null && before.since + windowMs > now;
  const count = goesOn ? before.count + 1 : 1;
  return { since: goesOn ? before.since : now, count, shutUntil: count > most ? now + shutMs : null };
}

/** An IPv4 address alone; of IPv6 the /64, which one customer has to himself. */
function sourceOf(address: string): string {
  const bytes = addressBytes(address);
  if (bytes === null) return address;
  const isMapped =
    bytes.length === 16 && bytes.every((byte, place) => byte === (place < 10 ? 0 : place < 12 ? 255 : byte));
  if (bytes.length === 4 || isMapped) return [...bytes.slice(-4)].join('.');
  return `${Buffer.from(bytes.slice(0, 8))
    .toString('hex')
    .replaceAll(/(.{4})(?=.)/g, '$1:')}::/64`;
}
