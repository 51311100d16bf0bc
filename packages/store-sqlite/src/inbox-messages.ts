import { type DeliveryId, deliveryFamily, type InboxQuery, type InboxView } from '@posthorn/core';
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Lanes } from './lanes.ts';
import { deliveryPlace } from './rows.ts';
import { inbox } from './schema.ts';
import { openMessage } from './sealing/message.ts';
import type { ReadingSecrecy } from './sealing/secrecy.ts';

/** What sandbox accounts kept, newest first. */
export function inboxMessages(
  query: BetterSQLite3Database,
  lanes: Lanes,
  { term, vault }: ReadingSecrecy,
  wanted: InboxQuery,
): readonly InboxView[] {
  const { project, before, channel, address, limit } = wanted;
  const conditions: SQL[] = [eq(inbox.project, project)];
  if (before !== null) conditions.push(lt(inbox.sequence, before));
  if (address !== undefined) conditions.push(eq(inbox.term, term(project, 'address', address)));
  if (channel !== undefined) conditions.push(sql`${inbox.lane} IN (SELECT key FROM lanes WHERE channel = ${channel})`);
  const rows = query
    .select()
    .from(inbox)
    .where(and(...conditions))
    .orderBy(desc(inbox.sequence))
    .limit(limit)
    .all();
  return rows.map(({ sequence, delivery, lane, attempt, at, body }) => {
    const id = delivery as DeliveryId;
    const message = openMessage(vault, deliveryPlace(id).key, body);
    return {
      sequence,
      delivery: id,
      notification: deliveryFamily(id).notification,
      ...lanes.lane(lane),
      address: message?.address ?? null,
      content: message?.content,
      attempt,
      at,
    };
  });
}
