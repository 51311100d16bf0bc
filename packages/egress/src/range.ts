import { type AddressBytes, addressBytes } from './address.ts';

/** A CIDR range; a single address is one with all of its bits. */
export interface AddressRange {
  readonly bytes: AddressBytes;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, `fc00::/7` or an address; null when it is neither. */
export function addressRange(text: string): AddressRange | null {
  const [address = '', length, ...more] = text.split('/');
  const bytes = address.includes('%') ? null : addressBytes(address);
  if (bytes === null || more.length > 0) return null;
  const most = bytes.length * 8;
  if (length === undefined) return { bytes, bits: most };
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? { bytes, bits: Number(length) } : null;
}

/** Whether the address, or all of the range with these first bytes and bits, lies in the range. */
export function isInRange(range: AddressRange, bytes: AddressBytes, bits = bytes.length * 8): boolean {
  if (bytes.length !== range.bytes.length || bits < range.bits) return false;
  const whole = range.bits >> 3;
  for (let place = 0; place < whole; place++) if (bytes[place] !== range.bytes[place]) return false;
  const left = range.bits & 7;
  if (left === 0) return true;
  const mask = (0xff << (8 - left)) & 0xff;
  return ((bytes[whole] ?? 0) & mask) === ((range.bytes[whole] ?? 0) & mask);
}
