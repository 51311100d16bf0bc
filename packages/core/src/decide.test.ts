import { describe, expect, it } from 'vitest';
import {
  type Decision,
  decide,
  decideOutsideWindow,
  decideOverLimit,
  decideOverQuota,
  furtherLookUps,
  type Settlement,
} from './decide.ts';
import { guarantees } from './notification.ts';
import type { Outcome } from './outcome.ts';

const now = 1_000_000;
const retry = { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 };
const told = { code: 'told', detail: 'in words' };

const outcomes: readonly Outcome[] = [
  { kind: 'accepted', vendorId: 'v-1' },
  { kind: 'accepted', vendorId: null, parts: 3 },
  ...(['address', 'content', 'blocked'] as const).map((because) => ({ kind: 'refused' as const, because, ...told })),
  ...(['delivery', 'address', 'account'] as const).flatMap((scope) =>
    [null, 5_000].map((retryAfterMs) => ({ kind: 'deferred' as const, scope, retryAfterMs, ...told })),
  ),
  { kind: 'deferred', scope: 'address', elsewhere: true, retryAfterMs: 5_000, ...told },
  { kind: 'misconfigured', ...told },
  { kind: 'uncertain', ...told },
];

/** One situation: an outcome with all that the decision depends on. */
interface Situation {
  readonly outcome: Outcome;
  readonly facts: Decision;
}

const parkedUntil = now + 2_000;
const soon = now + 10;
const late = now + 3_600_000;

const flags = [false, true].flatMap((asks) => [false, true].map((doubtful) => ({ asks, doubtful })));

const situations: readonly Situation[] = outcomes.flatMap((outcome) =>
  guarantees.flatMap((guarantee) =>
    (['retry', 'hold'] as const).flatMap((onUncertain) =>
      [1, 2, 3, 5, 6].flatMap((attempt) =>
        [null, 'b'].flatMap((nextAccount) =>
          [null, soon, late].flatMap((expiresAt) =>
            flags.map((flag) => ({
              outcome,
              facts: {
                now,
                attempt,
                retry,
                guarantee,
                onUncertain,
                expiresAt,
                account: 'current',
                nextAccount,
                firstAccount: 'first',
                ...flag,
                parkedUntil,
                random: () => 0.5,
              },
            })),
          ),
        ),
      ),
    ),
  ),
);

const triesLeft = ({ facts }: Situation) => facts.attempt < retry.maxAttempts;
const inTime = ({ facts }: Situation) => facts.expiresAt !== soon;
const mayRepeat = ({ facts }: Situation) => facts.guarantee === 'at-least-once' && facts.onUncertain === 'retry';
const looksUp = ({ facts }: Situation) => facts.asks && facts.attempt < retry.maxAttempts + furtherLookUps;
const goesOn = (s: Situation) => (mayRepeat(s) && triesLeft(s)) || looksUp(s);
const tooLate = ({ facts }: Situation): Settlement => ({ to: facts.doubtful ? 'uncertain' : 'expired', ...told });
const movesOn = ({ outcome }: Situation) =>
  outcome.kind === 'deferred' && (outcome.scope === 'account' || outcome.elsewhere === true);
const elsewhere = (situation: Situation) => movesOn(situation) && situation.facts.nextAccount !== null;
/** Half of the exponential limit, since chance is fixed at one half. */
const backoff = ({ facts }: Situation) => 500 * 2 ** (facts.attempt - 1);
const asked = ({ outcome }: Situation) => (outcome.kind === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0);

type Rule = readonly [
  name: string,
  kind: Outcome['kind'],
  when: (situation: Situation) => boolean,
  then: (situation: Situation) => Settlement,
];

const rules: readonly Rule[] = [
  [
    'accepted: sent, with what the vendor said',
    'accepted',
    () => true,
    ({ outcome }) => ({
      to: 'sent',
      vendorId: outcome.kind === 'accepted' ? outcome.vendorId : null,
      parts: outcome.kind === 'accepted' ? (outcome.parts ?? null) : null,
    }),
  ],
  ['refused: failed for good, whatever is left', 'refused', () => true, () => ({ to: 'failed', ...told })],
  ['deferred, tries used up: dead', 'deferred', (s) => !triesLeft(s), () => ({ to: 'dead', ...told })],
  [
    'deferred account, or a limit of its vendor alone, another one is free: over there at once, the attempt counts',
    'deferred',
    (s) => triesLeft(s) && elsewhere(s),
    () => ({ to: 'queued', account: 'b', spent: true, ...told }),
  ],
  [
    'deferred, time left: again after what was asked and a jitter; another account only when this one has to wait',
    'deferred',
    (s) => triesLeft(s) && !elsewhere(s) && inTime(s),
    (s) => ({
      to: 'retrying',
      at: now + asked(s) + backoff(s),
      account: movesOn(s) ? 'first' : 'current',
      ...told,
    }),
  ],
  [
    'deferred beyond its expiry: expired now, or uncertain when an earlier attempt may have arrived',
    'deferred',
    (s) => triesLeft(s) && !elsewhere(s) && !inTime(s),
    tooLate,
  ],
  [
    'misconfigured, another account is free: over there at once, no attempt spent',
    'misconfigured',
    ({ facts }) => facts.nextAccount !== null,
    () => ({ to: 'queued', account: 'b', spent: false, ...told }),
  ],
  [
    'misconfigured, nobody else: parked until the breaker lets it, however many tries it had',
    'misconfigured',
    (s) => s.facts.nextAccount === null && inTime(s),
    () => ({ to: 'parked', at: parkedUntil, account: 'first', ...told }),
  ],
  [
    'misconfigured, nobody else before its expiry: expired now, or uncertain when an earlier attempt may have arrived',
    'misconfigured',
    (s) => s.facts.nextAccount === null && !inTime(s),
    tooLate,
  ],
  [
    'uncertain, may not be repeated, and the vendor cannot be asked (any more): never again',
    'uncertain',
    (s) => !mayRepeat(s) && !looksUp(s),
    () => ({ to: 'uncertain', ...told }),
  ],
  [
    'uncertain, tries and look-ups used up: nobody knows, so not dead',
    'uncertain',
    (s) => mayRepeat(s) && !triesLeft(s) && !looksUp(s),
    () => ({ to: 'uncertain', ...told }),
  ],
  [
    'uncertain, may be repeated or looked up: on the same account, which may know our key',
    'uncertain',
    (s) => goesOn(s) && inTime(s),
    (s) => ({ to: 'retrying', at: now + backoff(s), account: 'current', ...told }),
  ],
  [
    'uncertain, to be repeated or looked up, but not in time: nobody knows, so not expired',
    'uncertain',
    (s) => goesOn(s) && !inTime(s),
    () => ({ to: 'uncertain', ...told }),
  ],
];

describe('decide', () => {
  it.each(rules)('%s', (_name, kind, when, then) => {
    const matching = situations.filter((situation) => situation.outcome.kind === kind && when(situation));
    expect(matching.length).toBeGreaterThan(0);
    for (const situation of matching) {
      expect(decide(situation.outcome, situation.facts), JSON.stringify(situation)).toEqual(then(situation));
    }
  });

  it('has exactly one rule for every situation', () => {
    expect(situations.length).toBe(outcomes.length * 2 * 2 * 5 * 2 * 3 * 4);
    for (const situation of situations) {
      const names = rules.filter(([, kind, when]) => kind === situation.outcome.kind && when(situation));
      expect(
        names.map(([name]) => name),
        JSON.stringify(situation),
      ).toHaveLength(1);
    }
  });

  it('comes to an end whatever a vendor that is asked says: the look-ups are counted', () => {
    for (const { outcome, facts } of situations.filter((one) => one.outcome.kind === 'uncertain')) {
      let asked = facts.attempt;
      while (decide(outcome, { ...facts, attempt: asked }).to === 'retrying') asked++;
      expect(asked).toBeLessThanOrEqual(Math.max(facts.attempt, retry.maxAttempts + furtherLookUps));
    }
  });

  it('ends what could only be tried at the very moment of its expiry', () => {
    const [{ facts } = {} as Situation] = situations;
    const outcome: Outcome = { kind: 'deferred', scope: 'delivery', retryAfterMs: null, ...told };
    const at = (expiresAt: number) => decide(outcome, { ...facts, attempt: 1, expiresAt }).to;
    expect([at(now + 500), at(now + 501)]).toEqual(['expired', 'retrying']);
  });

  it('keeps an absurd wait of a vendor within a day', () => {
    const [{ facts } = {} as Situation] = situations;
    for (const [retryAfterMs, waitMs] of [
      [1e12, 86_400_000],
      [Number.POSITIVE_INFINITY, 86_400_000],
      [-5, 1_000],
      [0, 1_000],
      [Number.NaN, 0],
    ] as const) {
      const outcome: Outcome = { kind: 'deferred', scope: 'delivery', retryAfterMs, ...told };
      const settlement = decide(outcome, { ...facts, attempt: 1, expiresAt: null, random: () => 0 });
      expect(settlement, String(retryAfterMs)).toMatchObject({ to: 'retrying', at: now + waitMs });
    }
  });
});

describe('a delivery over the quota of its account', () => {
  const [{ facts } = {} as Situation] = situations;
  const free = { ...facts, expiresAt: null };
  const quota = { code: 'quota', detail: expect.any(String) as string };

  it('goes to the next account at once, and no attempt is spent', () => {
    for (const expiresAt of [null, now + 5]) {
      const settlement = decideOverQuota(now + 60_000, { ...free, expiresAt, nextAccount: 'b' });
      expect(settlement).toEqual({ to: 'queued', account: 'b', spent: false, ...quota });
    }
  });

  it('is parked until the quota allows it when there is none', () => {
    const settlement = decideOverQuota(now + 60_000, { ...free, nextAccount: null });
    expect(settlement).toEqual({ to: 'parked', at: now + 60_000, account: 'first', ...quota });
  });

  it('ends now when its time is over before, as uncertain when an earlier attempt may have arrived', () => {
    const at = (expiresAt: number, doubtful: boolean) =>
      decideOverQuota(now + 60_000, { ...free, nextAccount: null, expiresAt, doubtful }).to;
    expect([at(now + 60_000, false), at(now + 60_000, true), at(now + 60_001, true)]).toEqual([
      'expired',
      'uncertain',
      'parked',
    ]);
  });
});

describe('a delivery over a limit, or outside its window', () => {
  const [{ facts } = {} as Situation] = situations;
  const free = { ...facts, expiresAt: null, nextAccount: 'b' };

  it.each(['rate_limited', 'budget_exhausted'] as const)('is parked with %s: no other account may send it', (code) => {
    const settlement = decideOverLimit(code, now + 60_000, free);
    expect(settlement).toEqual({ to: 'parked', at: now + 60_000, account: 'first', code, detail: expect.any(String) });
  });

  it('is scheduled for when the window opens, on its account', () => {
    expect(decideOutsideWindow(now + 60_000, { ...free, account: 'current' })).toEqual({
      to: 'scheduled',
      at: now + 60_000,
      account: 'current',
      code: 'outside_window',
      detail: expect.any(String),
    });
  });

  it('ends now when its time is over before, as uncertain when an earlier attempt may have arrived', () => {
    const ends = (expiresAt: number, doubtful: boolean) => {
      const told = { ...free, expiresAt, doubtful };
      return [decideOverLimit('rate_limited', now + 9, told).to, decideOutsideWindow(now + 9, told).to];
    };
    expect(ends(now + 9, false)).toEqual(['expired', 'expired']);
    expect(ends(now + 9, true)).toEqual(['uncertain', 'uncertain']);
    expect(ends(now + 10, true)).toEqual(['parked', 'scheduled']);
  });
});
