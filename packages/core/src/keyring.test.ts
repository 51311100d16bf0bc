import { describe, expect, it } from 'vitest';
import type { Project, Scope, StoredKey } from './access.ts';
import { newKeyId, newProjectId } from './ids.ts';
import { newKeyText } from './key-text.ts';
import { openKeyring } from './keyring.ts';

const operatorKey = 'an operator key that has no handle, of any text';
const home: Project = { key: 1, id: newProjectId(), name: 'default' };
const shop: Project = { key: 2, id: newProjectId(), name: 'shop' };
const now = 1_000;

function keyOf(more: Partial<StoredKey> = {}) {
  const { text, handle, hash } = newKeyText();
  const times = { createdAt: 0, expiresAt: null, revokedAt: null, usedAt: null };
  const scopes: readonly Scope[] = ['read'];
  const key: StoredKey = {
    id: newKeyId(),
    handle,
    hash,
    project: home,
    name: 'k',
    scopes,
    ratePerSecond: null,
    ...times,
    ...more,
  };
  return { key, text };
}

describe('a keyring', () => {
  it('knows the operator, who may do everything', () => {
    const keyring = openKeyring(operatorKey, home, []);
    const holder = keyring.check(operatorKey, now);
    expect(holder).toEqual({
      key: 'admin',
      project: home,
      rights: new Set(['notify', 'otp', 'read', 'manage', 'admin', 'operator']),
      ratePerSecond: null,
    });
    expect(keyring.check(operatorKey, now)).toBe(holder);
  });

  it.each([
    [home, ['read', 'manage'], ['read', 'manage']],
    [shop, ['notify'], ['notify']],
    [shop, ['admin'], ['notify', 'otp', 'read', 'manage', 'admin']],
    [home, ['admin'], ['notify', 'otp', 'read', 'manage', 'admin', 'operator']],
  ] as const)('gives a key of %j with %j its rights', (project, scopes, rights) => {
    const { key, text } = keyOf({ project, scopes, ratePerSecond: 3 });
    const keyring = openKeyring(operatorKey, home, [key]);
    expect(keyring.check(text, now)).toEqual({ key: key.id, project, rights: new Set(rights), ratePerSecond: 3 });
  });

  it('knows what has ended, and takes back no key', () => {
    const { key, text } = keyOf({ expiresAt: now });
    const { key: old, text: oldText } = keyOf({ revokedAt: 5 });
    const keyring = openKeyring(operatorKey, home, [key, old]);
    expect([keyring.check(text, now - 1), keyring.check(text, now)]).toEqual([expect.anything(), 'expired']);
    expect(keyring.check(oldText, now)).toBe('revoked');
    const { key: made, text: madeText } = keyOf();
    expect(keyring.check(madeText, now)).toBe('unknown');
    keyring.add(made);
    expect(keyring.check(madeText, now)).toMatchObject({ key: made.id });
    keyring.revoke(made.id);
    expect(keyring.check(madeText, now)).toBe('revoked');
  });

  it('takes a handle for no secret: neither another one’s secret nor half of its own is enough', () => {
    const { key, text } = keyOf();
    const { key: other, text: otherText } = keyOf();
    const keyring = openKeyring(operatorKey, home, [key, other]);
    for (const wrong of [
      text.slice(0, -1),
      `${text} `,
      text.slice(0, 21) + otherText.slice(21),
      text.toUpperCase(),
      '',
    ])
      expect(keyring.check(wrong, now)).toBe('unknown');
  });

  it('remembers the latest use of each key until it is written down', () => {
    const { key, text } = keyOf({ usedAt: 7 });
    const { key: idle } = keyOf();
    const keyring = openKeyring(operatorKey, home, [key, idle]);
    expect([keyring.usedAt(key.id), keyring.unwrittenUses()]).toEqual([null, []]);
    keyring.check(text, now);
    keyring.check(text, now + 1);
    const uses = [{ id: key.id, at: now + 1 }];
    expect([keyring.usedAt(key.id), keyring.unwrittenUses(), keyring.unwrittenUses()]).toEqual([now + 1, uses, uses]);
    keyring.check(text, now + 2);
    keyring.written(uses);
    expect(keyring.unwrittenUses()).toEqual([{ id: key.id, at: now + 2 }]);
    keyring.written(keyring.unwrittenUses());
    expect(keyring.unwrittenUses()).toEqual([]);
  });
});
