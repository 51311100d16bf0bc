import { type InboxMessage, placeOf, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';

/** Messages kept for all sandbox accounts together; the oldest give way. */
const inboxCapacity = 10_000;

/** The sandbox's inbox. */
export function openInbox(db: Database, lanes: Lanes) {
  const insert = db.prepare(
    `INSERT INTO inbox (project, delivery, lane, address, content, attempt, at)
     SELECT project, @delivery, @lane, @address, @content, @attempt, @at FROM notifications WHERE key = @key AND salt = @salt`,
  );
  const trim = db.prepare<[number]>('DELETE FROM inbox WHERE sequence <= ?');
  const clear = db.prepare<[number]>('DELETE FROM inbox WHERE project = ?');
  return {
    keep(message: InboxMessage & { readonly at: number }): void {
      const { changes, lastInsertRowid } = insert.run({
        delivery: message.delivery,
        key: placeOf(message.delivery),
        salt: saltOf(message.delivery),
        lane: lanes.key(message.channel, message.account),
        address: message.address,
        content: JSON.stringify(message.content),
        attempt: message.attempt,
        at: message.at,
      });
      if (changes > 0) trim.run(Number(lastInsertRowid) - inboxCapacity);
    },
    clear: ({ project }: { readonly project: number }): number => clear.run(project).changes,
  };
}
