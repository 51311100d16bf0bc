import { describe, expect, it } from 'vitest';
import type { Outcome } from './outcome.ts';
import {
  disbelief,
  emptyTally,
  looksDead,
  openPruningGuard,
  type PruningPolicy,
  pruningFaults,
  strikesOut,
  type Tally,
  tallied,
} from './pruning.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const policy: PruningPolicy = {
  strikes: { most: 2, apartMs: day, withinMs: 30 * day, restMs: 30 * day },
  alarm: { windowMs: 10 * minute, leastSends: 50, mostDeadShare: 0.2, witnessMs: day },
};
const { strikes, alarm } = policy;
const start = Date.UTC(2026, 5, 1);

const accepted: Outcome = { kind: 'accepted', vendorId: null };
const refused = { kind: 'refused', because: 'address', code: 'x', detail: 'x' } as const;
const dead: Outcome = { ...refused, suppress: 'soft' };

describe('a strike', () => {
  it.each<[string, readonly number[], boolean]>([
    ['the first', [], false],
    ['a second within the same day', [start - day + 1], false],
    ['many within the same day', [start - 1, start - hour, start - 2 * hour], false],
    ['a second a day later', [start - day], true],
    ['one a day after, among others of today', [start - hour, start - 25 * hour], true],
    ['a second a month later', [start - 30 * day + 1], true],
    ['one whose first is forgotten', [start - 30 * day], false],
    ['one with an earlier one from the future, by a clock set back', [start + day], false],
  ])('%s: %s gives %s', (_name, earlier, out) => {
    expect(strikesOut(earlier, start, strikes)).toBe(out);
  });

  it('counts as many as the policy says, and none has to lie apart where it does not say so', () => {
    const three = { ...strikes, most: 3, apartMs: 0 };
    expect([strikesOut([start], start, three), strikesOut([start, start - 1], start, three)]).toEqual([false, true]);
  });
});

describe('what a vendor says of addresses', () => {
  /** So many outcomes of each kind, spread over a time. */
  function after(good: number, gone: number, spreadMs = minute, tally: Tally = emptyTally, from = start): Tally {
    const all = good + gone;
    return Array.from({ length: all }).reduce<Tally>((so, _one, place) => {
      const isGone = Math.floor(((place + 1) * gone) / all) > Math.floor((place * gone) / all);
      return tallied(so, isGone ? dead : accepted, from + Math.floor((place * spreadMs) / all), alarm);
    }, tally);
  }

  it('is believed while few look dead', () => {
    expect(disbelief(after(40, 10), start + minute, alarm)).toBeNull();
    expect(disbelief(after(400, 100), start + minute, alarm)).toBeNull();
  });

  it('is not believed when more than a share of enough sends look dead', () => {
    expect(disbelief(after(39, 11), start + minute, alarm)).toBe(
      '11 of 50 addresses of this account looked dead of late',
    );
    expect(disbelief(after(10, 39), start + minute, alarm)).toBeNull();
    expect(disbelief(after(10, 40), start + minute, alarm)).not.toBeNull();
  });

  it('is believed again when that is over', () => {
    const tally = after(10, 90);
    expect(disbelief(tally, start + 9 * minute, alarm)).not.toBeNull();
    expect(disbelief(tally, start + 11 * minute, alarm)).toBeNull();
    const healthy = after(100, 1, minute, tally, start + 11 * minute);
    expect(disbelief(healthy, start + 12 * minute, alarm)).toBeNull();
  });

  it('is not believed where nothing is accepted, however little is sent', () => {
    expect(disbelief(emptyTally, start, alarm)).not.toBeNull();
    expect(disbelief(after(0, 3), start, alarm)).toBe('nothing of this account was accepted of late');
    const once = tallied(after(0, 3), accepted, start, alarm);
    expect(disbelief(once, start + day, alarm)).toBeNull();
    expect(disbelief(once, start + day + 1, alarm)).not.toBeNull();
  });

  it('is not counted where it is about something else', () => {
    const silence: readonly Outcome[] = [
      { kind: 'uncertain', code: 'x', detail: 'x' },
      { kind: 'misconfigured', code: 'x', detail: 'x' },
      { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'x', detail: 'x' },
    ];
    expect(silence.reduce((so, outcome) => tallied(so, outcome, start, alarm), emptyTally)).toEqual(emptyTally);
    // A refusal of the content is a send that did not look dead.
    const others = Array.from({ length: 45 }).reduce<Tally>((so) => tallied(so, refused, start, alarm), after(10, 10));
    expect(disbelief(others, start + minute, alarm)).toBeNull();
    expect([looksDead(refused), looksDead(dead), looksDead(accepted)]).toEqual([false, true, false]);
  });

  it('takes no more room with more sends, and survives a clock that is set back', () => {
    const tally = after(9_000, 1_000, 60 * minute);
    expect(tally.slices.length).toBeLessThanOrEqual(11);
    const back = tallied(tally, accepted, start - hour, alarm);
    expect(disbelief(back, start - hour, alarm)).toBeNull();
    expect(back.slices).toHaveLength(1);
  });
});

describe('a guard', () => {
  it('remembers each account for itself', () => {
    const guard = openPruningGuard(policy);
    expect(guard.heard('push/a', accepted, start)).toBeNull();
    expect(guard.heard('push/a', dead, start)).toBeNull();
    expect(guard.heard('push/b', dead, start)).toBe('nothing of this account was accepted of late');
  });
});

it('a policy that cannot be kept is told at once', () => {
  expect(pruningFaults(policy)).toEqual([]);
  const broken = {
    strikes: { most: 0, apartMs: day, withinMs: day, restMs: 0 },
    alarm: { windowMs: 0, leastSends: 0, mostDeadShare: 2, witnessMs: 0 },
  };
  expect(pruningFaults(broken)).toHaveLength(5);
  expect(pruningFaults({ ...policy, strikes: { ...strikes, withinMs: 31 * day } })).toHaveLength(1);
});
