import { describe, expect, it } from 'vitest';
import { idMint } from './ids.ts';
import { accountAfter, accountsFor, drawOf, type Route } from './route.ts';

const never = () => {
  throw new Error('an ordered route needs no chance');
};

describe('accountsFor', () => {
  const route: Route = { default: ['a', 'b'], otp: ['c'], marketing: { weighted: { x: 3, y: 1, off: 0 } } };

  it('takes the order of the kind, else the default', () => {
    expect(accountsFor(route, 'otp', null, never)).toEqual(['c']);
    expect(accountsFor(route, 'transactional', null, never)).toEqual(['a', 'b']);
  });

  it('lets the accounts of the step win', () => {
    expect(accountsFor(route, 'marketing', ['z', 'a'], never)).toEqual(['z', 'a']);
  });

  it('names every account once, so that nothing is handed over to where it came from', () => {
    expect(accountsFor({ default: ['a', 'b', 'a'] }, 'otp', null, never)).toEqual(['a', 'b']);
    expect(accountsFor(route, 'otp', ['a', 'a'], never)).toEqual(['a']);
  });

  it('draws a weighted order in which everyone with a weight comes once', () => {
    for (const chance of [0, 0.5, 0.75, 0.999_999]) {
      const order = accountsFor(route, 'marketing', null, () => chance);
      expect([...order].sort()).toEqual(['x', 'y']);
    }
    expect(accountsFor(route, 'marketing', null, () => 0)).toEqual(['x', 'y']);
    expect(accountsFor(route, 'marketing', null, () => 0.75)).toEqual(['y', 'x']);
  });
});

describe('drawOf', () => {
  const mint = idMint({
    fill: (bytes) => {
      for (let place = 0; place < bytes.length; place++) bytes[place] = (place * 167 + 13) & 0xff;
    },
  });
  const ids = Array.from({ length: 20_000 }, (_, place) => mint.notification(1_750_000_000_000 + (place >> 3)));
  const firsts = (weighted: Record<string, number>) => {
    const counts: Record<string, number> = {};
    for (const id of ids) {
      const [first = ''] = accountsFor({ default: { weighted } }, 'otp', null, drawOf(id));
      counts[first] = (counts[first] ?? 0) + 1;
    }
    return counts;
  };

  it.each([[{ a: 70, b: 30 }], [{ a: 1, b: 1, c: 2 }], [{ a: 0.1, b: 0.9 }]])(
    'shares the first try by %o',
    (weights) => {
      const sum = Object.values(weights).reduce((all, weight) => all + weight, 0);
      const counts = firsts(weights);
      for (const [account, weight] of Object.entries(weights)) {
        // Four standard deviations of 20,000 draws are less than this.
        expect((counts[account] ?? 0) / ids.length).toBeCloseTo(weight / sum, 1.5);
        expect(Math.abs((counts[account] ?? 0) / ids.length - weight / sum)).toBeLessThan(0.015);
      }
    },
  );

  it('gives a notification the same order at every attempt', () => {
    const weighted = { a: 1, b: 1, c: 1, d: 1 };
    for (const id of ids.slice(0, 100)) {
      const draw = () => accountsFor({ default: { weighted } }, 'otp', null, drawOf(id));
      expect(draw()).toEqual(draw());
    }
  });
});

describe('accountAfter', () => {
  it.each([
    ['a', 'b'],
    ['b', 'c'],
    ['c', null],
    ['stranger', null],
  ])('after %s comes %s', (current, next) => {
    expect(accountAfter(['a', 'b', 'c'], current)).toBe(next);
  });

  it('is nobody on an empty route', () => {
    expect(accountAfter([], 'a')).toBeNull();
  });
});
