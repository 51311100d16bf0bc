import { manualClock } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import type { Caller } from './auth.ts';
import { ratedKeys } from './key-rate.ts';
import { HttpProblem } from './problems.ts';

const caller: Caller = { project: { key: 1, id: 'prj_1' as never, name: 'default' }, scopes: new Set() };

function door(perSecond: number) {
  const clock = manualClock();
  const refused = new HttpProblem('unauthenticated', 'the key is not valid');
  const authenticate = ratedKeys(
    (authorization) => {
      if (authorization === 'nobody') throw refused;
      return caller;
    },
    perSecond,
    clock,
  );
  /** What a caller gets: nothing to complain about, or how long to wait. */
  const ask = (key: string) => {
    try {
      expect(authenticate(key)).toBe(caller);
      return null;
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      return error.code === 'rate_limited' ? Number(error.headers['retry-after']) : error.code;
    }
  };
  return { clock, ask };
}

it("lets a key make a second's worth of requests at once, then its rate, each key apart", () => {
  const { clock, ask } = door(2);
  expect([ask('a'), ask('a'), ask('a'), ask('b')]).toEqual([null, null, 1, null]);
  clock.advance(500);
  expect([ask('a'), ask('a')]).toEqual([null, 1]);
  clock.advance(60_000);
  expect([ask('a'), ask('a'), ask('a')]).toEqual([null, null, 1]);
});

it('says in whole seconds when to come again', () => {
  const { clock, ask } = door(1 / 60);
  expect([ask('a'), ask('a')]).toEqual([null, 60]);
  clock.advance(58_500);
  expect(ask('a')).toBe(2);
});

it('counts nothing for keys that are not valid', () => {
  const { ask } = door(1);
  expect([ask('nobody'), ask('nobody')]).toEqual(['unauthenticated', 'unauthenticated']);
});
