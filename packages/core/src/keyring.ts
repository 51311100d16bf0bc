import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type KeyUse, type Project, type Scope, type StoredKey, scopes } from './access.ts';
import type { KeyId } from './ids.ts';
import { handleOf, hashOfKey } from './key-text.ts';

/**
 * A scope, or what goes beyond a project: `operator`, which an `admin` key of the default project has. It makes projects
 * and sees what they share.
 */
export type Right = Scope | 'operator';

/** Who holds a key. The same object for every request with it. */
export interface KeyHolder {
  /** The id of the key; `admin` for the operator's own, which is kept outside the store; `cli` for who has the store itself. */
  readonly key: KeyId | 'admin' | 'cli';
  readonly project: Project;
  readonly rights: ReadonlySet<Right>;
  /** Most requests a second with it; null for what the configuration says. */
  readonly ratePerSecond: number | null;
}

/** What became of a key that is not taken. Only `unknown` may be a guess: the others are known by their secret. */
export type KeyRefusal = 'unknown' | 'expired' | 'revoked';

/** All keys, in memory: a check costs a hash and a look into a map, and asks no store. */
export interface Keyring {
  /** Whose key it is. The same work is done for a key that is not known as for a wrong secret. */
  check(text: string, now: number): KeyHolder | KeyRefusal;
  add(key: StoredKey): void;
  /** Takes effect with the next check. */
  revoke(id: KeyId): void;
  /** When a key was last used since the start; null for not since then. */
  usedAt(id: KeyId): number | null;
  /** The latest use of each key that was used since it was written down. */
  unwrittenUses(): readonly KeyUse[];
  written(uses: readonly KeyUse[]): void;
}

interface Entry {
  readonly id: KeyId;
  readonly hash: Uint8Array;
  readonly expiresAt: number;
  readonly holder: KeyHolder;
  revoked: boolean;
  usedAt: number;
  writtenAt: number;
}

/** The keys of the store, and the operator's own, of the default project. */
export function openKeyring(operatorKey: string, defaultProject: Project, keys: readonly StoredKey[]): Keyring {
  const operatorHash = hashOfKey(operatorKey);
  const operator: KeyHolder = {
    key: 'admin',
    project: defaultProject,
    rights: new Set<Right>([...scopes, 'operator']),
    ratePerSecond: null,
  };
  // What an unknown key is compared with, so that nobody learns by the time it takes which handles there are.
  const nobody = randomBytes(operatorHash.length);
  const byHandle = new Map<string, Entry>();
  const byId = new Map<KeyId, Entry>();

  const add = (key: StoredKey) => {
    const entry: Entry = {
      id: key.id,
      hash: key.hash,
      expiresAt: key.expiresAt ?? Number.POSITIVE_INFINITY,
      holder: holderOf(key, defaultProject),
      revoked: key.revokedAt !== null,
      usedAt: 0,
      writtenAt: 0,
    };
    byHandle.set(key.handle, entry);
    byId.set(key.id, entry);
  };
  for (const key of keys) add(key);

  return {
    check(text, now) {
      const given = hashOfKey(text);
      const entry = byHandle.get(handleOf(text));
      const isOperator = timingSafeEqual(given, operatorHash);
      const isKey = timingSafeEqual(given, entry?.hash ?? nobody);
      if (isOperator) return operator;
      if (!isKey || entry === undefined) return 'unknown';
      if (entry.revoked) return 'revoked';
      if (entry.expiresAt <= now) return 'expired';
      entry.usedAt = now;
      return entry.holder;
    },
    add,
    revoke(id) {
      const entry = byId.get(id);
      if (entry !== undefined) entry.revoked = true;
    },
    usedAt: (id) => byId.get(id)?.usedAt || null,
    unwrittenUses: () =>
      [...byId.values()]
        .filter(({ usedAt, writtenAt }) => usedAt > writtenAt)
        .map(({ id, usedAt }) => ({ id, at: usedAt })),
    written(uses) {
      for (const { id, at } of uses) {
        const entry = byId.get(id);
        if (entry !== undefined) entry.writtenAt = at;
      }
    },
  };
}

function holderOf({ id, project, scopes: given, ratePerSecond }: StoredKey, defaultProject: Project): KeyHolder {
  const isAdmin = given.includes('admin');
  const rights = new Set<Right>(isAdmin ? scopes : given);
  if (isAdmin && project.key === defaultProject.key) rights.add('operator');
  return { key: id, project, rights, ratePerSecond };
}
