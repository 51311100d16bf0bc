import { createHmac, timingSafeEqual } from 'node:crypto';
import { type DeliveryId, idDigits, isDeliveryId } from '@posthorn/core';

/** Where the bounces of an account go: an address of its own for each delivery, so that a bounce names its delivery (VERP). */
export interface BounceAddresses {
  of(delivery: DeliveryId): string;
  /** The delivery that an address of ours is of; null for any other text, a made-up token included. */
  deliveryIn(text: string): DeliveryId | null;
}

/** Hexadecimal digits of an id that differ between deliveries: neither its version nor the count of attempts at its end. */
const idLength = 28;
/** 64 bits: whoever guesses has to send a mail for each guess. */
const macLength = 16;
/** RFC 5321 §4.5.3.1.1 */
const longestLocalPart = 64;
/** Most characters before the `+`. */
export const longestBase = longestLocalPart - 1 - idLength - macLength;

/**
 * `bounce+TOKEN@example.com`. Everybody may write to such an address, and a bounce suppresses: the token has a signature,
 * since the delivery's id alone stands in the message for all who get it forwarded. Hexadecimal, because mail servers on the
 * way back may change the case of letters.
 */
export function bounceAddresses(base: string, key: Uint8Array): BounceAddresses {
  const at = base.lastIndexOf('@');
  const domain = base.slice(at + 1).toLowerCase();
  const head = `${base.slice(0, at).toLowerCase()}+`;
  const macOf = (digits: string) =>
    createHmac('sha256', key).update(`bounce ${digits}`).digest('hex').slice(0, macLength);
  return {
    of(delivery) {
      const digits = shortOf(delivery);
      return `${base.slice(0, at)}+${digits}${macOf(digits)}@${domain}`;
    },
    deliveryIn(text) {
      const address = text.toLowerCase();
      const token = address.slice(head.length, address.lastIndexOf('@'));
      if (address !== `${head}${token}@${domain}` || !tokenShape.test(token)) return null;
      const digits = token.slice(0, idLength);
      const isOurs = timingSafeEqual(Buffer.from(token.slice(idLength)), Buffer.from(macOf(digits)));
      return isOurs ? deliveryOf(digits) : null;
    },
  };
}

const tokenShape = new RegExp(`^[0-9a-f]{${idLength + macLength}}$`);

function shortOf(delivery: DeliveryId): string {
  const digits = idDigits(delivery);
  return digits.slice(0, 12) + digits.slice(13, 29);
}

function deliveryOf(short: string): DeliveryId | null {
  const digits = `${short.slice(0, 12)}7${short.slice(12)}000`;
  const id = `dlv_${digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
  return isDeliveryId(id) ? id : null;
}
