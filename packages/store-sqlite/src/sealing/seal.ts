import { createCipheriv, createDecipheriv } from 'node:crypto';

/** What a sealed text belongs to: it can be opened there alone, and so not be moved to another row or table. */
export type SealedPlace = 'key' | 'contents' | 'remains' | 'inbox';

const placeNumbers: Readonly<Record<SealedPlace, number>> = { key: 0, contents: 1, remains: 2, inbox: 3 };

/**
 * A sealed text: 4 bytes with the number of its data key, 6 bytes with the count of what that key had sealed before, the
 * text in AES-256-GCM, and its tag of 16 bytes. The count is the nonce: a data key belongs to one run of one program, so
 * none comes twice under it (NIST SP 800-38D, 8.2.1), which random ones only promise for some billions of texts.
 */
const numberBytes = 4;
const countBytes = 6;
const headerBytes = numberBytes + countBytes;
const tagBytes = 16;
const nonceBytes = 12;
const cipher = 'aes-256-gcm';
const tagged = { authTagLength: tagBytes } as const;

/** Reused, since both are copied when they are handed over. */
const nonce = Buffer.alloc(nonceBytes);
const bound = Buffer.alloc(9);

export function seal(
  dataKey: Buffer,
  number: number,
  count: number,
  place: SealedPlace,
  row: number,
  text: string,
): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32BE(number, 0);
  header.writeUIntBE(count, numberBytes, countBytes);
  header.copy(nonce, nonceBytes - countBytes, numberBytes);
  const sealing = createCipheriv(cipher, dataKey, nonce, tagged);
  sealing.setAAD(boundTo(place, row));
  const sealed = sealing.update(text, 'utf8');
  sealing.final();
  return Buffer.concat([header, sealed, sealing.getAuthTag()]);
}

/** The number of the data key that sealed it; null when it is too short to be sealed by any. */
export function dataKeyNumber(sealed: Buffer): number | null {
  return sealed.length < headerBytes + tagBytes ? null : sealed.readUInt32BE(0);
}

/** The text; null when these bytes were not sealed by this key at this place. */
export function unseal(dataKey: Buffer, place: SealedPlace, row: number, sealed: Buffer): string | null {
  sealed.copy(nonce, nonceBytes - countBytes, numberBytes, headerBytes);
  const opening = createDecipheriv(cipher, dataKey, nonce, tagged);
  opening.setAAD(boundTo(place, row));
  opening.setAuthTag(sealed.subarray(-tagBytes));
  const text = opening.update(sealed.subarray(headerBytes, -tagBytes));
  try {
    opening.final();
  } catch {
    return null;
  }
  return text.toString('utf8');
}

function boundTo(place: SealedPlace, row: number): Buffer {
  bound[0] = placeNumbers[place];
  bound.writeUInt32BE(Math.floor(row / 2 ** 32), 1);
  bound.writeUInt32BE(row % 2 ** 32, 5);
  return bound;
}
