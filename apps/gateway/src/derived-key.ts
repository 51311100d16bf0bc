import { hkdfSync } from 'node:crypto';

/** One key per purpose from the root key of a data directory, so that none says anything about another (RFC 5869). */
export function derivedKey(root: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `posthorn ${purpose}`, 32));
}
