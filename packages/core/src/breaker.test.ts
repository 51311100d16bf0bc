import { describe, expect, it } from 'vitest';
import { allowance, type Breaker, begin, closedBreaker, observe, release, stepAside } from './breaker.ts';

const misconfigured = { kind: 'misconfigured' } as const;
const uncertain = { kind: 'uncertain' } as const;
const accepted = { kind: 'accepted' } as const;
const refused = { kind: 'refused' } as const;
const deferred = (scope: string, retryAfterMs: number | null = null) => ({
  kind: 'deferred' as const,
  scope,
  retryAfterMs,
});

/** The breaker after a probe that began at its time and came to `outcome` at once. */
const probed = (breaker: Breaker, outcome: Parameters<typeof observe>[1]) =>
  observe(begin(breaker, 1, breaker.probeAt), outcome, breaker.probeAt);

describe('opens', () => {
  it('at once on a misconfiguration', () => {
    const breaker = observe(closedBreaker, misconfigured, 100);
    expect(breaker).toMatchObject({ state: 'open', probeAt: 1_100 });
  });

  it.each([['an uncertain attempt', uncertain] as const, ['a busy account', deferred('account')] as const])(
    'on the fifth in a row of %s',
    (_name, fault) => {
      let breaker = closedBreaker;
      const states = [1, 2, 3, 4, 5].map((at) => {
        breaker = observe(breaker, fault, at);
        return breaker.state;
      });
      expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
    },
  );

  it.each([['accepted', accepted] as const, ['refused', refused] as const])(
    'not when a vendor that works came in between: %s',
    (_name, outcome) => {
      let breaker = closedBreaker;
      for (const next of [uncertain, uncertain, uncertain, uncertain, outcome, uncertain, uncertain])
        breaker = observe(breaker, next, 0);
      expect(breaker.state).toBe('closed');
    },
  );

  it.each(['address', 'delivery'])('never on what is about one %s', (scope) => {
    let breaker = closedBreaker;
    for (let at = 0; at < 100; at++) breaker = observe(breaker, deferred(scope, 3_600_000), at);
    expect(breaker).toEqual(closedBreaker);
  });

  it('never on doubt about one address, each of which is a server of its own', () => {
    let breaker = closedBreaker;
    for (let at = 0; at < 100; at++) breaker = observe(breaker, { kind: 'uncertain', scope: 'address' }, at);
    expect(breaker).toEqual(closedBreaker);
  });

  it('at once, and for as long as asked, when the vendor asks the whole account to wait', () => {
    expect(observe(closedBreaker, deferred('account', 30_000), 100)).toMatchObject({ state: 'open', probeAt: 30_100 });
    expect(observe(closedBreaker, deferred('account', 1e12), 100)).toMatchObject({ probeAt: 86_400_100 });
    expect(observe(closedBreaker, deferred('account', -7), 100)).toMatchObject({ probeAt: 1_100 });
  });

  it('and waits for the longest of several who ask at the same time', () => {
    let breaker = observe(closedBreaker, deferred('account', 10_000), 0);
    breaker = observe(breaker, deferred('account', 30_000), 5);
    breaker = observe(breaker, deferred('account', 20_000), 10);
    expect(breaker).toMatchObject({ state: 'open', probeAt: 30_005, openings: 1 });
  });
});

describe('while open', () => {
  const open = observe(closedBreaker, misconfigured, 0);

  it('lets nothing through before the probe, then one', () => {
    expect(allowance(open, 10, 999)).toBe(0);
    expect(allowance(open, 10, 1_000)).toBe(1);
    expect(allowance(open, 0, 1_000)).toBe(0);
  });

  it('lets nothing through beside the probe', () => {
    expect(allowance(begin(open, 1, 1_000), 10, 100_000)).toBe(0);
  });

  it('does not take for a probe what was claimed before it opened', () => {
    expect(begin(open, 8, 0).state).toBe('open');
    expect(begin(open, 0, 1_000).state).toBe('open');
  });

  it('is not kept open longer by what was under way when it opened', () => {
    const later = [misconfigured, uncertain, deferred('account')].reduce((b, fault) => observe(b, fault, 10), open);
    expect(later).toMatchObject({ state: 'open', probeAt: 1_000, openings: 1 });
  });

  it('doubles its wait with every failed probe, up to a minute', () => {
    const waits: number[] = [];
    let breaker = open;
    for (let round = 0; round < 9; round++) {
      const { probeAt } = breaker;
      breaker = probed(breaker, round % 2 === 0 ? misconfigured : uncertain);
      waits.push(breaker.probeAt - probeAt);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it.each([['is about its address', deferred('address')] as const, ['is about itself', deferred('delivery')] as const])(
    'lets another probe go when what came of the first %s',
    (_name, outcome) => {
      const after = probed(open, outcome);
      expect(after).toMatchObject({ state: 'open', openings: 1 });
      expect(allowance(after, 10, after.probeAt)).toBe(1);
    },
  );

  it('lets another probe go when the first never left', () => {
    expect(allowance(release(begin(open, 1, 1_000)), 10, 1_000)).toBe(1);
  });
});

describe('after a good probe', () => {
  const recovering = probed(observe(closedBreaker, misconfigured, 0), accepted);

  it('is closed, and forgets how often it had opened', () => {
    expect(recovering.state).toBe('closed');
    expect(observe(recovering, misconfigured, 50_000)).toMatchObject({ state: 'open', probeAt: 51_000 });
  });

  it('takes up its work slowly: what may be under way doubles with every round', () => {
    const rounds: number[] = [];
    let breaker = recovering;
    for (let round = 0; round < 6; round++) {
      const count = allowance(breaker, 1_000, 0);
      rounds.push(count);
      breaker = begin(breaker, count, 0);
      if (count < 1_000) expect(allowance(breaker, 1_000, 0)).toBe(0);
      for (let sent = 0; sent < count; sent++) breaker = observe(breaker, accepted, 0);
    }
    expect(rounds).toEqual([2, 4, 8, 16, 32, 1_000]);
  });

  it.each([
    ['deferred for one address', deferred('address')] as const,
    ['one fault', uncertain] as const,
    ['nothing tried', null] as const,
  ])('is not stuck when a slow start meets %s', (_name, outcome) => {
    let breaker = begin(recovering, 2, 0);
    for (let sent = 0; sent < 2; sent++) breaker = outcome === null ? release(breaker) : observe(breaker, outcome, 0);
    expect(allowance(breaker, 1_000, 0)).toBe(2);
  });
});

describe('stepAside', () => {
  const open = observe(closedBreaker, misconfigured, 0);

  it('puts a failed probe behind the next two, and further each time', () => {
    const waits = [0, 1, 2, 3].map((times) => stepAside(open, times, 0) - open.probeAt);
    expect(waits).toEqual([3_000, 6_000, 12_000, 24_000]);
  });

  it('never for longer than ten minutes, however often', () => {
    for (const times of [20, 1_000, Number.MAX_SAFE_INTEGER])
      expect(stepAside(open, times, 0)).toBe(open.probeAt + 600_000);
  });
});
