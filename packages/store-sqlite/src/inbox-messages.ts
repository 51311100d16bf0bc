import { type DeliveryId, deliveryFamily, type InboxQuery, type InboxView } from '@posthorn/core';
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Lanes } from './lanes.ts';
import { inbox } from './schema.ts';

/** What sandbox accounts kept, newest first. */
export function inboxMessages(query: BetterSQLite3Database, lanes: Lanes, wanted: InboxQuery): readonly InboxView[] {
  const { project, before, channel, address, limit } = wanted;
  const conditions: SQL[] = [eq(inbox.project, project)];
  if (before !== null) conditions.push(lt(inbox.sequence, before));
  if (address !== undefined) conditions.push(eq(inbox.address, address));
  if (channel !== undefined) conditions.push(sql`${inbox.lane} IN (SELECT key FROM lanes WHERE channel = ${channel})`);
  const rows = query
    .select()
    .from(inbox)
    .where(and(...conditions))
    .orderBy(desc(inbox.sequence))
    .limit(limit)
    .all();
  return rows.map(({ sequence, delivery, lane, address: to, content, attempt, at }) => {
    const id = delivery as DeliveryId;
    return {
      sequence,
      delivery: id,
      notification: deliveryFamily(id).notification,
      ...lanes.lane(lane),
      address: to,
      content: JSON.parse(content) as unknown,
      attempt,
      at,
    };
  });
}
