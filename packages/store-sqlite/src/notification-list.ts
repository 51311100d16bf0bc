import {
  type NotificationQuery,
  type NotificationStatus,
  type NotificationSummary,
  notificationIdAt,
} from '@posthorn/core';
import { and, between, desc, eq, exists, getTableColumns, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { kindCodes, type Labels, priorityCodes, statuses } from './rows.ts';
import { deliveries, lanes, notifications } from './schema.ts';
import type { Enclosures } from './sealing/enclosure.ts';
import { metadataValue, type SearchTerm } from './search-terms.ts';

/** The deliveries of a notification have the keys that begin with its own. */
const ofNotification = between(
  deliveries.key,
  sql`${notifications.key}`,
  sql`${notifications.key} + ${notifications.deliveries} - 1`,
);

/** Looks into every bucket once, from the newest to the oldest; buckets that retention has emptied are stepped over. */
function found(term: number): SQL {
  return sql`${notifications.key} IN (
    WITH RECURSIVE bucket (n) AS (
      SELECT max(bucket) FROM search
      UNION ALL SELECT (SELECT max(older.bucket) FROM search older WHERE older.bucket < bucket.n) FROM bucket WHERE n IS NOT NULL)
    SELECT s.notification FROM bucket CROSS JOIN search s ON s.bucket = bucket.n AND s.term = ${term})`;
}

/** Lists a project's notifications, newest first; every condition narrows the others. */
export function openNotificationList(
  query: BetterSQLite3Database,
  term: SearchTerm,
  enclosures: Enclosures,
): (wanted: NotificationQuery) => readonly NotificationSummary[] {
  const onChannel = (channel: string): SQL =>
    exists(
      query
        .select({ one: sql`1` })
        .from(deliveries)
        .innerJoin(lanes, eq(lanes.key, deliveries.lane))
        .where(and(ofNotification, eq(lanes.channel, channel))),
    );

  return (wanted) => {
    const { project, before, status, kind, channel, address, tag, metadata = [], from, to } = wanted;
    const conditions: SQL[] = [eq(notifications.project, project)];
    if (before !== null) conditions.push(lt(notifications.key, before));
    if (status !== undefined) conditions.push(statusIs(status));
    if (kind !== undefined) conditions.push(eq(notifications.kind, kindCodes.of(kind)));
    if (channel !== undefined) conditions.push(onChannel(channel));
    if (address !== undefined) conditions.push(found(term(project, 'address', address)));
    if (tag !== undefined) conditions.push(found(term(project, 'tag', tag)));
    for (const [key, value] of metadata) conditions.push(found(term(project, 'metadata', metadataValue(key, value))));
    if (from !== undefined) conditions.push(gte(notifications.createdAt, from));
    if (to !== undefined) conditions.push(lt(notifications.createdAt, to));
    const rows = query
      .select({
        ...getTableColumns(notifications),
        underWay: underWay.mapWith(Boolean),
        soloSent: soloSent.mapWith(Boolean),
      })
      .from(notifications)
      .where(and(...conditions))
      .orderBy(desc(notifications.key))
      .limit(wanted.limit)
      .all();
    return rows.map((row) => ({
      sequence: row.key,
      id: notificationIdAt(row.key, row.salt),
      status: row.soloSent ? 'sent' : row.underWay ? 'sending' : statuses.word(row.status),
      kind: kindCodes.word(row.kind),
      priority: priorityCodes.word(row.priority),
      createdAt: row.createdAt,
      dueAt: row.dueAt,
      expiresAt: row.expiresAt,
      ...labelsOf(row.labelled === 1 ? enclosures(row.key) : null),
    }));
  };
}

/** What erasure, or damage, took away is shown as nothing. */
export function labelsOf(enclosure: Labels | null): Labels {
  return { metadata: enclosure?.metadata ?? {}, tags: enclosure?.tags ?? [] };
}

/** What went amiss has an index of its own; the planner uses it only when its condition stands in the query word for word. */
const amiss: ReadonlySet<NotificationStatus> = new Set(['failed', 'expired', 'uncertain']);

/** A claim does not rewrite its notification: one that is accepted is being sent when one of its deliveries is. */
const underWay = sql`notifications.status = 0 AND EXISTS (
  SELECT 1 FROM deliveries d
  WHERE d.key BETWEEN notifications.key AND notifications.key + notifications.deliveries - 1 AND d.state = 4)`;

/** Nor does the sending of an only delivery: what is stored then is what was before it. */
const soloSent = sql`(notifications.deliveries = 1 AND EXISTS (
  SELECT 1 FROM deliveries d WHERE d.key = notifications.key AND d.state = 7))`;

function statusIs(status: NotificationStatus): SQL {
  const exact = `status = ${statuses.of(status)}`;
  switch (status) {
    case 'accepted':
      return sql`notifications.status = 0 AND NOT (${underWay}) AND NOT ${soloSent}`;
    case 'sending':
      return sql`(notifications.status = 2 OR ${underWay}) AND NOT ${soloSent}`;
    case 'scheduled':
      return sql`notifications.status = 1 AND NOT ${soloSent}`;
    case 'sent':
      return sql`(notifications.status = 3 OR ${soloSent})`;
    default:
      return sql.raw(amiss.has(status) ? `(status = 5 OR status = 6 OR status = 8) AND ${exact}` : exact);
  }
}
