import type { DeliveryId } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { unsubscribeLinks } from './unsubscribe-links.ts';

const secret = Buffer.alloc(32, 1);
const publicUrl = new URL('https://n.example.com/posthorn');
const links = unsubscribeLinks(secret, publicUrl);
const wish = {
  lane: { channel: 'email', account: 'relay' },
  delivery: 'dlv_01890000-0000-7000-8000-000000001000' as DeliveryId,
  address: 'li@shop.example',
};
const tokenOf = (url: URL | undefined) => url?.pathname.split('/').at(-1) ?? '';
const token = tokenOf(links.urlOf?.(wish));

describe('a link', () => {
  it('stands under the public URL, whatever its path, and says who wants no more of what', () => {
    expect(links.urlOf?.(wish).href).toMatch(/^https:\/\/n\.example\.com\/posthorn\/unsubscribe\/[\w-]+$/);
    expect(links.read(token)).toEqual(wish);
    const chinese = { ...wish, address: '张三"\\\n@xn--r8jz45g.jp' };
    expect(links.read(tokenOf(links.urlOf?.(chinese)))).toEqual(chinese);
  });

  it('is the same at every attempt and every start, and another one for whatever differs', () => {
    const of = (own: object, key = secret) => tokenOf(unsubscribeLinks(key, publicUrl).urlOf?.({ ...wish, ...own }));
    expect(of({}, Buffer.from(secret))).toBe(token);
    const others = [
      of({}, Buffer.alloc(32, 2)),
      of({ delivery: 'dlv_01890000-0000-7000-8000-000000002000' }),
      of({ address: 'Li@shop.example' }),
      of({ lane: { channel: 'email', account: 'other' } }),
    ];
    // Not even its beginning: the nonce is another one.
    expect(new Set([token, ...others].map((text) => text.slice(0, 16))).size).toBe(5);
  });

  it('shows neither the address nor the delivery, nor how long the address is', () => {
    const bytes = Buffer.from(token, 'base64url').toString('latin1');
    for (const word of ['li@', 'shop', 'dlv_', '01890000', 'relay']) expect(bytes + token).not.toContain(word);
    expect(tokenOf(links.urlOf?.({ ...wish, address: 'li.si@shop.example' })).length).toBe(token.length);
  });

  it('is not made without a public URL, or where it would be sent over an open line', () => {
    expect(unsubscribeLinks(secret, null).urlOf).toBeNull();
    expect(unsubscribeLinks(secret, new URL('http://n.example.com')).urlOf).toBeNull();
    expect(unsubscribeLinks(secret, null).read(token)).toEqual(wish);
  });
});

describe('a token of somebody else', () => {
  const changed = Buffer.from(token, 'base64url');
  it.each<readonly [what: string, text: string]>([
    ['by another key', tokenOf(unsubscribeLinks(Buffer.alloc(32, 2), publicUrl).urlOf?.(wish))],
    ['that was cut', token.slice(0, -1)],
    ['that grew', `${token}AAAA`],
    ['of nothing', ''],
    ['of a few bytes', 'AAAA'],
    ['of zeros', Buffer.alloc(200).toString('base64url')],
    ['of a megabyte', 'A'.repeat(1 << 20)],
    ['that is a path', '../../healthz'],
    ['in another script', '退订'],
  ])('%s says nothing', (_what, text) => {
    expect(links.read(text)).toBeNull();
  });

  it('says nothing with any bit changed', () => {
    for (let at = 0; at < changed.length; at++) {
      const bytes = Buffer.from(changed);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      expect(links.read(bytes.toString('base64url')), String(at)).toBeNull();
    }
  });
});
