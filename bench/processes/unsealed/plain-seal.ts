/** The layout of the store's own `seal.ts` without its cipher: rows are as long, and nothing is hidden. */
const headerBytes = 10;
const tagBytes = 16;

export function seal(
  _dataKey: Buffer,
  number: number,
  _count: number,
  _place: string,
  _row: number,
  text: string,
): Buffer {
  const sealed = Buffer.alloc(headerBytes + Buffer.byteLength(text) + tagBytes);
  sealed.writeUInt32BE(number, 0);
  sealed.write(text, headerBytes);
  return sealed;
}

export function dataKeyNumber(sealed: Buffer): number | null {
  return sealed.length < headerBytes + tagBytes ? null : sealed.readUInt32BE(0);
}

export function unseal(_dataKey: Buffer, _place: string, _row: number, sealed: Buffer): string | null {
  return sealed.toString('utf8', headerBytes, sealed.length - tagBytes);
}
