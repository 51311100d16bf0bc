import { newKeyId, newKeyText, openKeyring, type StoredKey } from '@posthorn/core';
import { manualClock, recordingLogger } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { openGuesses } from '../access/guesses.ts';
import { heldKeys } from './auth.ts';
import { HttpProblem } from './problems.ts';

const operatorKey = 'phk_admin_0123456789abcdef0123456789abcdef';
const project = { key: 1, id: 'prj_1' as never, name: 'default' };

function door() {
  const clock = manualClock();
  const keyring = openKeyring(operatorKey, project, []);
  const log = recordingLogger();
  let client = '';
  const authenticate = heldKeys(keyring, openGuesses(log), () => client, clock);
  /** What a header comes to: the key that it is, or the code and the text of the refusal. */
  const ask = (authorization: string | undefined, source = '192.0.2.1') => {
    client = source;
    try {
      return authenticate(authorization, {} as never).key;
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      return { code: error.code, detail: error.message, headers: error.headers };
    }
  };
  const add = (more: Partial<StoredKey> = {}) => {
    const { text, handle, hash } = newKeyText();
    const times = { createdAt: 0, expiresAt: null, revokedAt: null, usedAt: null };
    const about = { name: 'k', scopes: ['read'], ratePerSecond: null, ...times } as const;
    const key: StoredKey = { id: newKeyId(), handle, hash, project, ...about, ...more };
    keyring.add(key);
    return { ...key, text };
  };
  return { clock, keyring, ask, add, log };
}

const refused = (detail: string) => ({ code: 'unauthenticated', detail, headers: { 'www-authenticate': 'Bearer' } });
const invalid = refused('the key is not valid');

describe('a header', () => {
  it('is taken with the operator’s key and with a key of the store', () => {
    const { ask, add } = door();
    const { text, id } = add();
    expect([ask(`Bearer ${operatorKey}`), ask(`Bearer ${text}`)]).toEqual(['admin', id]);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', operatorKey, `bearer ${operatorKey}`, `Basic ${operatorKey}`])(
    'of %j has no key',
    (header) => {
      expect(door().ask(header)).toEqual(refused('send a key as "Authorization: Bearer <key>"'));
    },
  );

  it('of a wrong key is refused with the same words, whatever is wrong', () => {
    const { ask, add } = door();
    const { text, handle } = add();
    const other = add().text;
    for (const wrong of [
      `${operatorKey} `,
      ` ${operatorKey}`,
      text.slice(0, -1),
      `${text}x`,
      `phk_${handle}_${other.slice(21)}`,
      `phk_${handle}_`,
      `phk_${handle}`,
      'phk___proto__________',
      'phk_',
      '\0',
      'é'.repeat(5_000),
    ])
      expect(ask(`Bearer ${wrong}`)).toEqual(invalid);
  });

  it('of a key that has ended says so, and is no guess', () => {
    const { clock, keyring, ask, add } = door();
    const brief = add({ expiresAt: clock.now() + 1_000 });
    const { text, id } = add();
    clock.advance(999);
    expect(ask(`Bearer ${brief.text}`)).toBe(brief.id);
    clock.advance(1);
    keyring.revoke(id);
    for (let time = 0; time < 200; time++) {
      expect(ask(`Bearer ${brief.text}`)).toEqual(refused('the key has expired: ask for a new one'));
      expect(ask(`Bearer ${text}`)).toEqual(refused('the key was revoked: ask for a new one'));
    }
  });
});

describe('guessing', () => {
  const shut = (wait: string) => ({
    code: 'rate_limited',
    detail: 'too many keys that are not valid came from this address',
    headers: { 'retry-after': wait },
  });

  /** Tries so many keys, or one so many times. */
  const guesses = (ask: (header: string, source?: string) => unknown, count: number, source?: string, text?: string) =>
    Array.from({ length: count }, (_none, place) => ask(`Bearer ${text ?? `phk_${place}`}`, source));

  it('is answered 429 for a minute after 40 wrong keys within one, while good keys of the same address are taken', () => {
    const { clock, ask, log } = door();
    expect(guesses(ask, 40)).toEqual(Array(40).fill(invalid));
    const guess = () => ask('Bearer phk_wrong');
    expect(guess()).toEqual(shut('60'));
    clock.advance(59_000);
    expect([guess(), ask(`Bearer ${operatorKey}`), ask('Bearer phk_wrong', '192.0.2.2')]).toEqual([
      shut('1'),
      'admin',
      invalid,
    ]);
    clock.advance(1_000);
    expect(guess()).toEqual(invalid);
    expect(log.text()).toBe('too many keys that are not valid come from one address {"source":"192.0.2.1"}');
  });

  it('is not what a client does that goes on with one wrong key, unless it does it all the time', () => {
    const { ask } = door();
    expect(guesses(ask, 190, '192.0.2.1', 'phk_wrong')).toEqual(Array(190).fill(invalid));
    expect(guesses(ask, 20, '192.0.2.1', 'phk_wrong').at(-1)).toEqual(shut('60'));
  });

  it('is forgotten when it is slow, and requests without a key are none', () => {
    const { clock, ask } = door();
    for (let place = 0; place < 500; place++) {
      expect(ask(`Bearer phk_${place}`)).toEqual(invalid);
      expect(ask('')).not.toEqual(shut('60'));
      clock.advance(1_600);
    }
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['192.0.2.7', '192.0.2.8', false],
  ])('from %s counts for %s: %s', (first, second, same) => {
    const { ask } = door();
    guesses(ask, 41, first);
    expect(ask('Bearer phk_wrong', second)).toEqual(same ? shut('60') : invalid);
  });

  it('from ever new addresses pushes out the oldest, and nothing grows', () => {
    const { ask } = door();
    guesses(ask, 41, '192.0.2.1');
    const others = (net: number, count: number) => {
      for (let place = 0; place < count; place++) ask('Bearer phk_wrong', `198.${net}.${place >> 8}.${place & 255}`);
    };
    others(18, 9_999);
    expect(ask('Bearer phk_wrong', '192.0.2.1')).toEqual(shut('60'));
    others(19, 10_000);
    expect(ask('Bearer phk_wrong', '192.0.2.1')).toEqual(invalid);
  });
});
