import { expect, it } from 'vitest';
import { numberIn } from './number.ts';

it.each([
  ['13800138000', '+8613800138000'],
  ['8613800138000', '+8613800138000'],
  ['+8613800138000', '+8613800138000'],
  ['008613800138000', '+8613800138000'],
  ['85261234567', '+85261234567'],
  ['+12025550101', '+12025550101'],
  ['0012025550101', '+12025550101'],
  // Eleven digits that begin like a mainland number, but for the plus.
  ['+14155550101', '+14155550101'],
  ['1381111****', null],
  ['12345', null],
  ['', null],
  ['+', null],
  ['whatsapp:+12025550101', null],
  ['+19005551234', null],
  ['9'.repeat(100_000), null],
])('%s is %s', (text, address) => {
  expect(numberIn(text)).toBe(address);
});
