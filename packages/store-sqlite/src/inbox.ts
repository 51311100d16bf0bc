import { type InboxMessage, placeOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import { deliveryPlace } from './rows.ts';
import { sealMessage } from './sealing/message.ts';
import type { Secrecy } from './sealing/secrecy.ts';

/** Messages kept for all sandbox accounts together; the oldest give way. */
const inboxCapacity = 10_000;

/** The sandbox's inbox. */
export function openInbox(db: Database, lanes: Lanes, { term, vault }: Secrecy) {
  const owner = db.prepare<[number, number], { project: number }>(
    // Without its content it was erased meanwhile.
    `SELECT project FROM notifications n WHERE key = ? AND salt = ?
       AND EXISTS (SELECT 1 FROM contents c WHERE c.notification = n.key)`,
  );
  const insert = db.prepare(
    `INSERT INTO inbox (project, delivery, lane, attempt, at, term, body)
     VALUES (@project, @delivery, @lane, @attempt, @at, @term, @body)`,
  );
  const trim = db.prepare<[number]>('DELETE FROM inbox WHERE sequence <= ?');
  const clear = db.prepare<[number]>('DELETE FROM inbox WHERE project = ?');
  return {
    keep(message: InboxMessage & { readonly at: number }): void {
      const { delivery, channel, account, address, attempt, at } = message;
      const { key, salt } = deliveryPlace(delivery);
      const project = owner.get(placeOf(delivery), salt)?.project;
      if (project === undefined) return;
      const { lastInsertRowid } = insert.run({
        project,
        delivery,
        lane: lanes.key(channel, account),
        attempt,
        at,
        term: term(project, 'address', address),
        body: sealMessage(vault, key, message),
      });
      trim.run(Number(lastInsertRowid) - inboxCapacity);
    },
    clear: ({ project }: { readonly project: number }): number => clear.run(project).changes,
  };
}
