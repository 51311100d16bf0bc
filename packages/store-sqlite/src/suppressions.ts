import {
  type AddressFault,
  type HeardWish,
  type Kind,
  type Release,
  type StrikePolicy,
  type Suppress,
  type SuppressionReason,
  softStrikes,
  strikesOut,
  suppressedKind,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects } from './effects.ts';
import type { Lanes } from './lanes.ts';
import { kindPlace, reasonCodes } from './rows.ts';
import { openEnclosures } from './sealing/enclosure.ts';
import type { Secrecy } from './sealing/secrecy.ts';

/** Which addresses get nothing any more, and why. */
export interface Suppressions {
  suppress(input: Suppress): void;
  release(input: Release): number;
  /** A vendor asks to stop using the address of a delivery: for good, or after some strikes for a while. */
  blame(delivery: number, fault: Blame, now: number): boolean;
  /** The address of a delivery is alive: strikes against it are forgotten. */
  absolve(delivery: number): void;
  /** What a person wants, in every project. False when a later word is known, or it changes nothing. */
  heed(channel: string, wish: HeardWish, now: number): boolean;
}

interface Blame extends Pick<AddressFault, 'strength' | 'reason' | 'strikes'> {
  readonly masked: string | null;
  readonly detail: string | null;
  readonly at: number;
}

interface Held {
  readonly sequence: number;
  readonly reason: number;
  readonly at: number;
  readonly until: number | null;
}

/** One word about an address, whoever said it. */
interface Word {
  readonly project: number;
  readonly channel: string;
  readonly address: string;
  readonly masked: string | null;
  readonly kind: Kind | null;
  readonly reason: SuppressionReason;
  readonly detail: string | null;
  readonly at: number;
  readonly until: number | null;
}

/** The value whose hash an address is found under. */
export function suppressedAddress(channel: string, address: string): string {
  return `${channel}\0${address}`;
}

export function openSuppressions(db: Database, lanes: Lanes, { term, vault }: Secrecy, effects: Effects): Suppressions {
  const find = db.prepare<[number, number], Held>(
    'SELECT sequence, reason, at, until FROM suppressions WHERE term = ? AND kind = ?',
  );
  const replace = db.prepare(
    `INSERT INTO suppressions (project, term, kind, channel, masked, reason, detail, at, until)
     VALUES (@project, @term, @kind, @channel, @masked, @reason, @detail, @at, @until)
     ON CONFLICT (term, kind) DO UPDATE SET masked = coalesce(excluded.masked, masked), reason = excluded.reason,
       detail = excluded.detail, at = excluded.at, until = excluded.until`,
  );
  const end = db.prepare<{ term: number; kind: number | null; at: number }>(
    `UPDATE suppressions SET until = @at, at = @at WHERE term = @term AND (@kind IS NULL OR kind = @kind)
       AND (until IS NULL OR until > @at)`,
  );
  const projects = db.prepare<[], { key: number }>('SELECT key FROM projects');
  const strikes = openStrikes(db);
  const place = db.prepare<[number], { project: number; lane: number; notification: number; ordinal: number }>(
    'SELECT project, lane, notification, ordinal FROM deliveries WHERE key = ?',
  );
  const enclosures = openEnclosures(db, vault);
  const hash = (project: number, channel: string, address: string) =>
    term(project, 'suppression', suppressedAddress(channel, address));

  const write = ({ project, channel, address, ...word }: Word) => {
    replace.run({
      ...word,
      project,
      channel,
      term: hash(project, channel, address),
      kind: kindPlace(word.kind),
      reason: reasonCodes.of(word.reason),
    });
    effects.suppressed();
  };

  /** What came by itself neither overrules a later word nor shortens what holds for another reason. */
  const note = (word: Word, now: number): boolean => {
    const held = find.get(hash(word.project, word.channel, word.address), kindPlace(word.kind));
    if (held !== undefined) {
      if (held.at >= word.at) return false;
      const holds = held.until === null || held.until > now;
      const longer = held.until === null || (word.until !== null && held.until >= word.until);
      if (holds && longer && held.reason !== reasonCodes.of(word.reason)) return false;
    }
    write(word);
    return true;
  };

  return {
    suppress: ({ now, ...word }) => write({ ...word, at: now }),
    release({ project, channel, address, kind, now }) {
      const which = kind === undefined ? null : kindPlace(kind);
      return end.run({ term: hash(project, channel, address), kind: which, at: now }).changes;
    },
    blame(delivery, { strength, reason, masked, detail, at, strikes: policy = softStrikes }, now) {
      const found = place.get(delivery);
      if (found === undefined) return false;
      const address = enclosures(found.notification)?.addresses[found.ordinal - 1];
      // An address that was erased cannot be blamed any more.
      if (address === undefined) return false;
      const { project, lane } = found;
      const { channel } = lanes.lane(lane);
      const about = { project, channel, address, masked, detail, at };
      if (strength === 'hard' && policy === softStrikes)
        return note({ ...about, reason, kind: suppressedKind(reason), until: null }, now);
      if (!strikes.add(hash(project, channel, address), delivery, now, policy)) return false;
      const until = now + policy.restMs;
      return note({ ...about, at: now, reason: 'unreachable', kind: suppressedKind('unreachable'), until }, now);
    },
    absolve(delivery) {
      if (!strikes.areKept()) return;
      const found = place.get(delivery);
      if (found === undefined) return;
      const address = enclosures(found.notification)?.addresses[found.ordinal - 1];
      if (address !== undefined) strikes.forget(hash(found.project, lanes.lane(found.lane).channel, address));
    },
    heed(channel, { wish, address, masked, detail, at }, now) {
      const heeded = projects.all().map(({ key: project }) => {
        if (wish === 'resubscribe') return resubscribe({ project, channel, address, masked, at });
        const reason = wish === 'complaint' ? 'complaint' : 'unsubscribed';
        const word = {
          project,
          channel,
          address,
          masked,
          detail,
          at,
          reason,
          kind: suppressedKind(reason),
          until: null,
        } as const;
        return note(word, now);
      });
      return heeded.includes(true);
    },
  };

  /** Ends only what the person began, and is remembered even when there is nothing to end: an older STOP may still come. */
  function resubscribe(word: Pick<Word, 'project' | 'channel' | 'address' | 'masked' | 'at'>): boolean {
    const kind = suppressedKind('unsubscribed');
    const held = find.get(hash(word.project, word.channel, word.address), kindPlace(kind));
    if (held !== undefined && (held.at >= word.at || held.reason !== reasonCodes.of('unsubscribed'))) return false;
    write({ ...word, kind, reason: 'unsubscribed', detail: null, until: word.at });
    return held !== undefined && held.until === null;
  }
}

/** An address with more strikes than that would be suppressed by now, whatever the policy. */
const mostLookedAt = 1_000;

/** Counts deliveries that were strikes against their address: true when one more makes it enough. */
function openStrikes(db: Database) {
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO strikes (term, delivery, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const earlier = db
    .prepare<[number, number, number, number], number>(
      'SELECT at FROM strikes WHERE term = ? AND delivery <> ? AND at > ? LIMIT ?',
    )
    .pluck();
  const remove = db.prepare<[number]>('DELETE FROM strikes WHERE term = ?');
  // Nearly always there are none, and then nobody is looked for. That some are gone since is found out at the next start.
  let kept = db.prepare('SELECT 1 FROM strikes LIMIT 1').get() !== undefined;
  return {
    areKept: () => kept,
    forget: (term: number) => void remove.run(term),
    add(term: number, delivery: number, now: number, policy: StrikePolicy): boolean {
      kept = true;
      if (insert.run(term, delivery, now).changes === 0) return false;
      return strikesOut(earlier.all(term, delivery, now - policy.withinMs, mostLookedAt), now, policy);
    },
  };
}
