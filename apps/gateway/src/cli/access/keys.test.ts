import { describe, expect, it } from 'vitest';
import { readArguments } from '../arguments.ts';
import { WrongUsage } from '../usage.ts';
import { keyWish } from './keys.ts';
import { keyFor, readGatewayUrl } from './remote.ts';

const now = Date.UTC(2026, 0, 1);
const wish = (words: string) => keyWish(readArguments(`keys create ${words}`.split(' ')), now);

describe('keys create', () => {
  it.each([
    ['x --scopes read,notify', { name: 'x', scopes: ['read', 'notify'] }],
    ['--name x --scopes read,notify', { name: 'x', scopes: ['read', 'notify'] }],
    ['--name x --scopes read --rate 5/s', { name: 'x', scopes: ['read'], rate: '5/s' }],
    ['--name x --scopes read --expires 90d', { name: 'x', scopes: ['read'], expiresAt: '2026-04-01T00:00:00.000Z' }],
    [
      '--name x --scopes read --expires 2027-01-01T08:00:00+08:00',
      { name: 'x', scopes: ['read'], expiresAt: '2027-01-01T00:00:00.000Z' },
    ],
  ])('%s asks for so much', (words, body) => {
    expect(wish(words)).toEqual(body);
  });

  it.each([
    ['--scopes read', 'keys create needs a NAME'],
    ['one --name two --scopes read', 'the key is called "one" and "two"'],
    ['--name x', 'keys create needs --scopes, one or more of notify,otp,read,manage,admin'],
    ['--name x --scopes read,notfiy', 'there is no scope "notfiy": did you mean "notify"?'],
    ['--name x --scopes read,', 'there is no scope ""'],
    ['--name x --scopes read --expires soon', '--expires must be a duration such as 90d'],
    ['--name x --scopes read --expires 99999999d', '--expires must be a duration such as 90d'],
    ['--name x --scopes read --rate fast', '--rate must be a rate such as'],
  ])('%s is wrong usage', (words, detail) => {
    expect(() => wish(words)).toThrow(WrongUsage);
    expect(() => wish(words)).toThrow(detail);
  });
});

describe('the address of a gateway', () => {
  it.each(['http://127.0.0.1:8080', 'https://notify.example.com/', 'https://example.com/posthorn'])(
    'may be %s',
    (text) => {
      expect(readGatewayUrl(text)).toBeInstanceOf(URL);
    },
  );

  it.each(['gateway', 'ftp://x', 'https://u:p@x', 'https://x/?a', 'https://x/#a', ''])('is not %j', (text) => {
    expect(() => readGatewayUrl(text)).toThrow(WrongUsage);
  });

  it('needs a key', () => {
    const environment = { dataDir: '/nowhere', adminKey: null } as Parameters<typeof keyFor>[1];
    expect(() => keyFor(null, environment)).toThrow('--url needs an admin key');
    expect(keyFor('phk_x', environment)).toBe('phk_x');
  });
});
