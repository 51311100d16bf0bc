import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptId,
  codeId,
  deliveryFamily,
  deliveryId,
  eventId,
  firstMessageOf,
  idDigits,
  idMint,
  isCodeId,
  isDeliveryId,
  isNotificationId,
  maxFamilyOrdinal,
  notificationIdAt,
  placeOf,
  saltOf,
} from './ids.ts';

/** RFC 9562, section 5.7. */
const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const now = Date.UTC(2026, 5, 1, 12, 0, 0, 7);

describe('idMint', () => {
  it('makes UUIDv7 that carry their time', () => {
    const id = idMint().notification(now);
    expect(id.slice(0, 4)).toBe('ntf_');
    expect(id.slice(4)).toMatch(uuidv7);
    expect(Number.parseInt(idDigits(id).slice(0, 12), 16)).toBe(now);
    expect(isNotificationId(id)).toBe(true);
  });

  it('makes 10,000 ids within one millisecond: all different, and in order', () => {
    const mint = idMint();
    const ids = Array.from({ length: 10_000 }, () => mint.notification(now));
    expect(new Set(ids).size).toBe(10_000);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id.slice(4)).toMatch(uuidv7);
  });

  it('keeps its order when the clock steps back', () => {
    const mint = idMint();
    const ids = [now, now - 3 * 86_400_000, now - 1, now, now + 1, 0].map((at) => mint.notification(at));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps its order whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: now - 10, max: now + 10 }), { maxLength: 200 }), (times) => {
        const mint = idMint();
        const ids = times.map((at) => mint.notification(at));
        expect([...ids].sort()).toEqual(ids);
      }),
    );
  });

  it('makes other ids than another mint in the same millisecond', () => {
    const [one, other] = [idMint(), idMint()];
    const ids = Array.from({ length: 500 }, () => [one.notification(now), other.notification(now)]).flat();
    expect(new Set(ids).size).toBe(1_000);
  });

  it('gives every notification and its deliveries places of their own, in order and beside the time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: now - 3, max: now + 3 }), fc.integer({ min: 1, max: 4095 }))),
        (wishes) => {
          const mint = idMint({ firstPlace: placeOf(idMint().notification(now)) });
          let free = Number.NEGATIVE_INFINITY;
          for (const [at, deliveries] of wishes) {
            const id = mint.notification(at, deliveries);
            expect(placeOf(id)).toBeGreaterThanOrEqual(free);
            expect(placeOf(deliveryId(id, 1))).toBe(placeOf(id));
            free = placeOf(id) + deliveries;
          }
        },
      ),
    );
    expect(placeOf(idMint().notification(now + 1)) - placeOf(idMint().notification(now))).toBe(4_096);
    expect(Number.isSafeInteger(placeOf(idMint().notification(Date.UTC(2093, 0))))).toBe(true);
  });

  it('repeats itself with the same chance', () => {
    const sevens = () => idMint({ fill: (bytes) => void bytes.fill(7) });
    expect(sevens().notification(now)).toBe(sevens().notification(now));
  });
});

describe('a family of ids', () => {
  const notification = idMint().notification(now);

  it('counts deliveries and their attempts in one UUID', () => {
    const delivery = deliveryId(notification, 2);
    const attempt = attemptId(delivery, 3);
    expect(delivery).toBe(`dlv_${notification.slice(4, -6)}002000`);
    expect(attempt).toBe(`att_${notification.slice(4, -6)}002003`);
    for (const id of [delivery, attempt]) expect(id.slice(4)).toMatch(uuidv7);
  });

  it('is read back from a delivery: the inverse of naming it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: maxFamilyOrdinal }), fc.nat(2 ** 45), (ordinal, at) => {
        const family = { notification: idMint().notification(at), ordinal };
        const id = deliveryId(family.notification, ordinal);
        expect(isDeliveryId(id)).toBe(true);
        expect(deliveryFamily(id)).toEqual(family);
      }),
    );
  });

  it('refuses to count further than its digits go', () => {
    expect(deliveryId(notification, maxFamilyOrdinal)).toMatch(/fff000$/);
    expect(() => deliveryId(notification, maxFamilyOrdinal + 1)).toThrow(RangeError);
  });

  it('sorts as its members were counted', () => {
    const ids = Array.from({ length: 300 }, (_, place) => deliveryId(notification, place + 1));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('reading ids', () => {
  const notification = idMint().notification(now);

  it('takes an id to its digits and back', () => {
    expect(idDigits(notification)).toMatch(/^[0-9a-f]{32}$/);
    expect(notificationIdAt(placeOf(notification), saltOf(notification))).toBe(notification);
  });

  it.each([
    ['another prefix', deliveryId(notification, 1)],
    ['a member of the family', `ntf_${deliveryId(notification, 1).slice(4)}`],
    ['capitals', notification.toUpperCase()],
    ['another version of UUID', notification.replace(/-7/, '-4')],
    ['no dashes', `ntf_${idDigits(notification)}`],
    ['something behind it', `${notification} `],
    ['nothing', ''],
  ])('does not take for a notification: %s', (_name, text) => {
    expect(isNotificationId(text)).toBe(false);
  });

  it('takes the id of a code to its first message and back', () => {
    const id = codeId(notification);
    expect([id.slice(0, 4), isCodeId(id), firstMessageOf(id)]).toEqual(['otp_', true, notification]);
    for (const other of [notification, `otp_${deliveryId(notification, 1).slice(4)}`, `${id} `, 'otp_'])
      expect(isCodeId(other)).toBe(false);
  });

  it('does not take an attempt or a notification for a delivery', () => {
    const delivery = deliveryId(notification, 1);
    expect(isDeliveryId(notification)).toBe(false);
    expect(isDeliveryId(`dlv_${attemptId(delivery, 1).slice(4)}`)).toBe(false);
  });
});

describe('eventId', () => {
  it('is a UUIDv7 that sorts as the feed does', () => {
    const ids = [1, 2, 255, 256, 2 ** 40].map((sequence) => eventId(now, sequence));
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id.slice(4)).toMatch(uuidv7);
  });
});
