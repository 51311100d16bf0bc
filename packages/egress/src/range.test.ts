import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressBytes } from './address.ts';
import { addressRange, isInRange } from './range.ts';

it.each([
  '10.0.0.0/33',
  '10.0.0.0/8/8',
  '10.0.0/8',
  '::1/129',
  'fe80::1%eth0',
  '10.0.0.0/',
  '/8',
  '',
  'x',
  '10.0.0.0/-1',
  '010.0.0.1',
])('%j is no range', (text) => {
  expect(addressRange(text)).toBeNull();
});

it('reads every spelling of an IPv6 address as Node does, and tells what lies in a range', () => {
  const near = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.nat(127), fc.ipV6());
  fc.assert(
    fc.property(near, ([address, bits, flip, other]) => {
      fc.pre(isIPv6(address) && isIPv6(other));
      const bytes = [...(addressBytes(address) ?? [])];
      expect(bytes).toHaveLength(16);
      bytes[flip >> 3] = (bytes[flip >> 3] ?? 0) ^ (0x80 >> (flip & 7));
      const list = new BlockList();
      list.addSubnet(address, bits, 'ipv6');
      const range = addressRange(`${address}/${bits}`);
      if (range === null) throw new Error('no range');
      expect(isInRange(range, addressBytes(other) ?? [])).toBe(list.check(other, 'ipv6'));
      expect(isInRange(range, bytes)).toBe(flip >= bits);
    }),
  );
});
