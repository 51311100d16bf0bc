import { randomBytes, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dataKeyNumber, seal, unseal } from './seal.ts';

const key = randomBytes(32);
const text = 'to 张伟 🎺 +8613800138000';
const sealed = seal(key, 7, 1, 'contents', 2 ** 52 + 1, text);

describe('a sealed text', () => {
  it.each(['', 'a', text, 'x'.repeat(300_000)])('opens with its key where it belongs', (one) => {
    const bytes = seal(key, 7, 2, 'inbox', 5, one);
    expect(unseal(key, 'inbox', 5, bytes)).toBe(one);
    expect(dataKeyNumber(bytes)).toBe(7);
  });

  it('hides the text, and is another one each time', () => {
    expect(sealed.includes('13800138000')).toBe(false);
    expect(seal(key, 7, 2, 'contents', 2 ** 52 + 1, text).equals(sealed)).toBe(false);
  });

  it.each([
    ['another key', randomBytes(32), 'contents', 2 ** 52 + 1],
    ['another table', key, 'remains', 2 ** 52 + 1],
    ['another row', key, 'contents', 2 ** 52],
    ['a row that is the same in its last 32 bits', key, 'contents', 1],
  ] as const)('does not open with %s', (_name, other, place, row) => {
    expect(unseal(other, place, row, sealed)).toBeNull();
  });

  it('does not open when any bit of count, text or tag was changed', () => {
    for (let place = 4; place < sealed.length; place++) {
      const changed = Buffer.from(sealed);
      changed[place] = (changed[place] as number) ^ (1 << (place % 8));
      expect(unseal(key, 'contents', 2 ** 52 + 1, changed), `byte ${place}`).toBeNull();
    }
    for (const short of [sealed.subarray(0, -1), sealed.subarray(0, 26)])
      expect(unseal(key, 'contents', 2 ** 52 + 1, short)).toBeNull();
    expect(dataKeyNumber(sealed.subarray(0, 25))).toBeNull();
  });

  it('is AES-256-GCM as anybody else does it', async () => {
    const { subtle } = webcrypto;
    const imported = await subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['decrypt']);
    const iv = Uint8Array.from(Buffer.concat([Buffer.alloc(6), sealed.subarray(4, 10)]));
    const additionalData = Uint8Array.from([1, 0, 0x10, 0, 0, 0, 0, 0, 1]);
    const opened = await subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      imported,
      Uint8Array.from(sealed.subarray(10)),
    );
    expect(Buffer.from(opened).toString()).toBe(text);
  });
});
