import { manualClock } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import { caller } from '../../doubles/caller.ts';
import { type CallerRates, ratedCallers } from './key-rate.ts';
import { HttpProblem } from './problems.ts';

const other = { key: 2, id: 'prj_2' as never, name: 'other' };
const callers = new Map([
  ['a', caller()],
  ['b', caller()],
  ['slow', caller({ ratePerSecond: 1 })],
  ['hasty', caller({ ratePerSecond: 100 })],
  ['stranger', caller({ project: other })],
]);

function door(rates: Partial<CallerRates>) {
  const clock = manualClock();
  const refused = new HttpProblem('unauthenticated', 'the key is not valid');
  const authenticate = ratedCallers(
    (authorization) => {
      const found = callers.get(authorization ?? '');
      if (found === undefined) throw refused;
      return found;
    },
    { perKeyPerSecond: null, perProjectPerSecond: null, ...rates },
    clock,
  );
  /** What a caller gets: nothing to complain about, or how long to wait. */
  const ask = (key: string) => {
    try {
      expect(authenticate(key, {} as never)).toBe(callers.get(key));
      return null;
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      return error.code === 'rate_limited' ? Number(error.headers['retry-after']) : error.code;
    }
  };
  return { clock, ask };
}

it("lets a key make a second's worth of requests at once, then its rate, each key apart", () => {
  const { clock, ask } = door({ perKeyPerSecond: 2 });
  expect([ask('a'), ask('a'), ask('a'), ask('b')]).toEqual([null, null, 1, null]);
  clock.advance(500);
  expect([ask('a'), ask('a')]).toEqual([null, 1]);
  clock.advance(60_000);
  expect([ask('a'), ask('a'), ask('a')]).toEqual([null, null, 1]);
});

it('says in whole seconds when to come again', () => {
  const { clock, ask } = door({ perKeyPerSecond: 1 / 60 });
  expect([ask('a'), ask('a')]).toEqual([null, 60]);
  clock.advance(58_500);
  expect(ask('a')).toBe(2);
});

it('counts nothing for keys that are not valid', () => {
  const { ask } = door({ perKeyPerSecond: 1 });
  expect([ask('nobody'), ask('nobody')]).toEqual(['unauthenticated', 'unauthenticated']);
});

it("holds a key to the lower of its own rate and everybody's", () => {
  const { ask } = door({ perKeyPerSecond: 2 });
  expect([ask('slow'), ask('slow')]).toEqual([null, 1]);
  expect([ask('hasty'), ask('hasty'), ask('hasty')]).toEqual([null, null, 1]);
  expect([door({}).ask('slow'), door({}).ask('hasty')]).toEqual([null, null]);
  const { ask: askAlone } = door({});
  expect([askAlone('slow'), askAlone('slow')]).toEqual([null, 1]);
});

it('holds all keys of a project together to a rate, and no other project', () => {
  const { ask } = door({ perProjectPerSecond: 2 });
  expect([ask('a'), ask('b'), ask('a'), ask('b'), ask('stranger')]).toEqual([null, null, 1, 1, null]);
});

it('does not count what it refuses itself: who asks too often waits no longer for it', () => {
  const { clock, ask } = door({ perKeyPerSecond: 1, perProjectPerSecond: 1 });
  expect([ask('a'), ask('a'), ask('b'), ask('a'), ask('b')]).toEqual([null, 1, 1, 1, 1]);
  clock.advance(1_000);
  expect([ask('b'), ask('b')]).toEqual([null, 1]);
});

it("does not count what the other rate refuses: a hasty key takes nothing of its project's", () => {
  const { ask } = door({ perProjectPerSecond: 2 });
  expect([ask('slow'), ask('slow'), ask('slow'), ask('a')]).toEqual([null, 1, 1, null]);
});
