import type { Database } from 'better-sqlite3';
import { openBlanking } from './blanking.ts';
import { openEnclosure, sealEnclosure } from './enclosure.ts';
import type { Vault } from './vault.ts';

/** Takes away the texts of notifications and keeps whom they went to, with their labels. */
export function openReduction(db: Database, vault: Vault): (notifications: readonly number[]) => void {
  const find = db.prepare<[number], { body: Buffer }>('SELECT body FROM contents WHERE notification = ?');
  const remove = db.prepare<[number]>('DELETE FROM contents WHERE notification = ?');
  const insert = db.prepare<[number, Buffer]>('INSERT INTO remains (notification, body) VALUES (?, ?)');
  const blank = openBlanking(db);
  return (notifications) => {
    const found = notifications.flatMap((key) => {
      const row = find.get(key);
      return row === undefined ? [] : [{ key, enclosure: openEnclosure(vault, 'contents', key, row.body) }];
    });
    for (const { key } of found) blank(key);
    for (const { key, enclosure } of found) {
      if (enclosure !== null) insert.run(key, sealEnclosure(vault, key, { ...enclosure, content: null }));
      remove.run(key);
    }
  };
}
