import { type DeliveryId, deliveryId, idMint } from '@posthorn/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { bounceAddresses, longestBase } from './bounce-address.ts';

const key = new Uint8Array(32).fill(1);
const id = 'dlv_01890000-0000-7000-8000-000000001000' as DeliveryId;
const ours = bounceAddresses('bounce@shop.example', key);

describe('an address for the bounces of one delivery', () => {
  it('is an address like any other, and tells the delivery again', () => {
    const at = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2090, 0, 1) });
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 0xfff }), (now, ordinal) => {
        const delivery = deliveryId(idMint().notification(now, ordinal), ordinal);
        const address = ours.of(delivery);
        expect(parseAddress(address)).toEqual({ ok: true, value: address });
        expect(ours.deliveryIn(address)).toBe(delivery);
      }),
    );
  });

  it('has a local part that SMTP takes, also with the longest base', () => {
    const address = bounceAddresses(`${'b'.repeat(longestBase)}@shop.example`, key).of(id);
    expect(address.indexOf('@')).toBe(64);
    expect(parseAddress(address).ok).toBe(true);
  });

  it('is found again when a mail server changed the case of its letters', () => {
    expect(ours.deliveryIn(ours.of(id).toUpperCase())).toBe(id);
    const upper = bounceAddresses('Bounce@Shop.Example', key);
    expect(upper.deliveryIn(upper.of(id).toLowerCase())).toBe(id);
  });

  const [local = '', domain] = ours.of(id).split('@');
  it.each([
    ['a signature by another key', bounceAddresses('bounce@shop.example', new Uint8Array(32).fill(2)).of(id)],
    [
      'another delivery with this signature',
      ours.of('dlv_01890000-0000-7000-8000-000000002000' as DeliveryId).slice(0, 35) + ours.of(id).slice(35),
    ],
    ['a cut token', `${local.slice(0, -1)}@${domain}`],
    ['a longer token', `${local}0@${domain}`],
    ['a letter that is no digit', `${local.slice(0, -1)}g@${domain}`],
    ['another domain', `${local}@evil.example`],
    ['another domain behind ours', `${local}@${domain}.evil.example`],
    ['another base', ours.of(id).replace('bounce', 'bounces')],
    ['no token', 'bounce@shop.example'],
    ['an empty token', 'bounce+@shop.example'],
    ['nothing', ''],
    ['a megabyte', `bounce+${'0'.repeat(1 << 20)}@shop.example`],
  ])('is not %s', (_what, text) => {
    expect(ours.deliveryIn(text)).toBeNull();
  });
});
