import { expect, test } from 'vitest';
import { retryAfterOf } from './retry-after.ts';

const now = Date.UTC(2026, 10, 1, 12);

test.each<[unknown, number | null]>([
  [undefined, null],
  ['120', 120_000],
  [' 0 ', 0],
  // However absurd: what becomes of it is bounded where it is used.
  ['1000000000000', 1e15],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Sun, 01 Nov 2026 12:02:00 GMT', 120_000],
  ['Sun, 01 Nov 2026 11:00:00 GMT', 0],
  ['-5 bananas', null],
  ['', null],
  [['1'], null],
])('%j is %s ms', (value, expected) => {
  expect(retryAfterOf({ 'retry-after': value }, now)).toBe(expected);
});
