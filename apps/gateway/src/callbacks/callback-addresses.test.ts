import { expect, it } from 'vitest';
import { callbackAddresses } from './callback-addresses.ts';

const secret = Buffer.alloc(32, 1);
const main = { channel: 'sms', account: 'main' };
const twin = { channel: 'email', account: 'main' };
const other = { channel: 'sms', account: 'other' };
const lanes = [main, twin, other];
const tokenIn = (url: URL | null) => url?.pathname.split('/').at(-1) ?? '';

it('stand under the public URL, whatever its path', () => {
  const bare = callbackAddresses(secret, lanes, new URL('https://n.example.com'));
  expect(bare.urlOf(main)?.href).toMatch(/^https:\/\/n\.example\.com\/callbacks\/main\/[\w-]{32}$/);
  const deep = callbackAddresses(secret, lanes, new URL('https://n.example.com/posthorn'));
  expect(deep.urlOf(main)?.pathname).toBe(`/posthorn/callbacks/main/${tokenIn(bare.urlOf(main))}`);
  expect(callbackAddresses(secret, lanes, null).urlOf(main)).toBeNull();
});

it('are the same at every start, and others for another key', () => {
  const token = (key: Buffer) => tokenIn(callbackAddresses(key, lanes, new URL('https://n.example.com')).urlOf(main));
  expect(token(secret)).toBe(token(Buffer.from(secret)));
  expect(token(secret)).not.toBe(token(Buffer.alloc(32, 2)));
});

it('find their account by its token, also among accounts of one name', () => {
  const addresses = callbackAddresses(secret, lanes, new URL('https://n.example.com'));
  for (const lane of lanes) expect(addresses.find(lane.account, tokenIn(addresses.urlOf(lane)))).toEqual(lane);
});

it('find nobody by a foreign, shortened, lengthened or misspelt token', () => {
  const addresses = callbackAddresses(secret, lanes, new URL('https://n.example.com'));
  const token = tokenIn(addresses.urlOf(main));
  const wrong = [tokenIn(addresses.urlOf(other)), token.slice(1), `${token}A`, token.toLowerCase(), '', '\u{1F600}'];
  for (const text of wrong) expect(addresses.find('main', text), text).toBeNull();
  expect(addresses.find('nobody', token)).toBeNull();
});
