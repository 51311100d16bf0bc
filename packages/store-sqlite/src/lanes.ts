import type { Lane } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** The store's numbers of lanes. Lanes are few and never deleted, so all of them are kept in memory. */
export interface Lanes {
  /** The number of a lane; a new one is stored. Call it inside a transaction. */
  key(channel: string, account: string): number;
  lane(key: number): Lane;
  /** Forgets numbers that a rolled back transaction gave out. */
  reload(): void;
}

export function openLanes(db: Database): Lanes {
  const insert = db.prepare<[string, string]>('INSERT INTO lanes (channel, account) VALUES (?, ?)');
  const all = db.prepare<[], { key: number; channel: string; account: string }>(
    'SELECT key, channel, account FROM lanes',
  );
  const keys = new Map<string, Map<string, number>>();
  const byKey = new Map<number, Lane>();
  const remember = (key: number, channel: string, account: string) => {
    byKey.set(key, { channel, account });
    const accounts = keys.get(channel) ?? new Map<string, number>();
    keys.set(channel, accounts.set(account, key));
  };
  const reload = () => {
    keys.clear();
    byKey.clear();
    for (const { key, channel, account } of all.iterate()) remember(key, channel, account);
  };
  reload();
  return {
    reload,
    key(channel, account) {
      const known = keys.get(channel)?.get(account);
      if (known !== undefined) return known;
      const key = Number(insert.run(channel, account).lastInsertRowid);
      remember(key, channel, account);
      return key;
    },
    lane(key) {
      // Another connection may have stored it.
      if (!byKey.has(key)) reload();
      const lane = byKey.get(key);
      if (lane === undefined) throw new Error(`the store holds a delivery of lane ${key}, which is not in it`);
      return lane;
    },
  };
}
