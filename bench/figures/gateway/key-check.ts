import { join } from 'node:path';
import { type Keyring, newKeyId, newKeyText, openKeyring, type StoredKey } from '@posthorn/core';
import { openStore } from '@posthorn/store-sqlite';
import type { Figure, Measurement } from '../../figure.ts';

const storedKeys = 10_000;
/** Checks of one sample: enough that the clock's own cost does not count. */
const checks = 2_000;
const operatorKey = `phk_admin_${'0'.repeat(43)}`;

export const keyCheck: Figure = {
  name: 'key-check',
  about: 'what it costs a request to find out whose its key is, with ten thousand keys in the store',
  async measure(run) {
    const texts: string[] = [];
    const keyring = await filledKeyring(join(run.folder(), 'posthorn.db'), texts);
    const sorts = {
      'a check of a good key': texts,
      'of a known key with a wrong secret': texts.map((text) => `${text.slice(0, -4)}AAAA`),
      'of a key that is not known': texts.map(() => newKeyText().text),
      "of the operator's key": [operatorKey],
    };
    const samples = Object.keys(sorts).map((): number[] => []);
    // The sorts take turns, so that a slow moment falls on all.
    for (let sample = 0; sample < 10 * run.effort.rounds; sample++)
      Object.values(sorts).forEach((keys, place) => {
        samples[place]?.push(costOf(keyring, keys, sample));
      });
    const measurements = Object.keys(sorts).map(
      (what, place): Measurement => ({
        what,
        unit: 'µs',
        values: samples[place] ?? [],
        ...(place === 0 && { goal: 'key-check' }),
      }),
    );
    const known = texts.filter((text) => typeof keyring.check(text, Date.now()) === 'object').length;
    return { measurements, counts: [{ what: 'keys that are known', expected: storedKeys, found: known }] };
  },
};

/** The keyring of a store, as the gateway opens it. */
async function filledKeyring(path: string, texts: string[]): Promise<Keyring> {
  const now = Date.now();
  const store = openStore({
    path,
    searchKey: Buffer.alloc(32, 7),
    keys: [{ id: 'bench', secret: Buffer.alloc(32) }],
    now,
  });
  const act = { by: 'admin', subject: null, requestId: null, at: now };
  const keys = Array.from({ length: storedKeys }, (_none, place): StoredKey => {
    const { text, handle, hash } = newKeyText();
    texts.push(text);
    const times = { createdAt: now, expiresAt: null, revokedAt: null, usedAt: null };
    const about = { name: `key ${place}`, scopes: ['notify'], ratePerSecond: null } as const;
    return { id: newKeyId(), handle, hash, project: store.defaultProject, ...about, ...times };
  });
  const together = 1_000;
  for (let start = 0; start < keys.length; start += together)
    await Promise.all(keys.slice(start, start + together).map((key) => store.access.makeKey({ key, act })));
  const keyring = openKeyring(operatorKey, store.defaultProject, store.accessReader.everyKey());
  store.close();
  return keyring;
}

/** Microseconds of one check. */
function costOf(keyring: Keyring, keys: readonly string[], sample: number): number {
  const start = performance.now();
  for (let check = 0; check < checks; check++)
    keyring.check(keys[(sample * checks + check) % keys.length] as string, Date.now());
  return ((performance.now() - start) * 1_000) / checks;
}
