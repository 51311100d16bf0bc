import { hash } from 'node:crypto';
import type { Logger } from '@posthorn/core';
import { addressBytes } from '@posthorn/egress';

/** Counts keys that are not known by where they come from, so that nobody can try one after the other for long. */
export interface Guesses {
  /** Such a key came from this address. Null while it may try on; else until when its wrong keys get no other answer. */
  note(address: string, text: string, now: number): number | null;
}

/**
 * So many within a minute, and a source is shut for a minute. A key has 256 random bits: this is against noise, not against
 * luck. A client that goes on with one key that is none is no guesser, so a repetition counts a fifth.
 */
const most = 40;
const repetition = 0.2;
const windowMs = 60_000;
const shutMs = 60_000;
/** Sources that are remembered; the one that was seen last the longest ago gives way. */
const mostSources = 10_000;

interface Source {
  readonly since: number;
  count: number;
  /** Keys that were tried, by a part of their hash. */
  readonly tried: Set<string>;
  shutUntil: number;
}

export function openGuesses(log: Logger): Guesses {
  const sources = new Map<string, Source>();

  const seen = (name: string, now: number): Source => {
    const before = sources.get(name);
    sources.delete(name);
    const goesOn =
      before !== undefined && (before.shutUntil === 0 ? now < before.since + windowMs : now < before.shutUntil);
    const source = goesOn ? before : { since: now, count: 0, tried: new Set<string>(), shutUntil: 0 };
    sources.set(name, source);
    if (sources.size > mostSources) sources.delete(sources.keys().next().value as string);
    return source;
  };

  return {
    note(address, text, now) {
      const name = sourceOf(address);
      const source = seen(name, now);
      if (now < source.shutUntil) return source.shutUntil;
      const key = hash('sha256', text, 'base64').slice(0, 6);
      source.count += source.tried.has(key) ? repetition : 1;
      source.tried.add(key);
      if (source.count <= most) return null;
      source.shutUntil = now + shutMs;
      source.tried.clear();
      // Said once for each time: a log must not grow with every guess.
      log.warn('too many keys that are not valid come from one address', { source: name });
      return source.shutUntil;
    },
  };
}

/** An IPv4 address alone; of IPv6 the /64, which one customer has to himself. */
function sourceOf(address: string): string {
  const bytes = addressBytes(address);
  if (bytes === null || bytes.length === 4) return address;
  return `${Buffer.from(bytes.slice(0, 8))
    .toString('hex')
    .replaceAll(/(.{4})(?=.)/g, '$1:')}::/64`;
}
