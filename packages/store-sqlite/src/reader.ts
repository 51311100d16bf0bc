import {
  attemptId,
  type DeliveryId,
  type DeliveryView,
  deliveryFamily,
  deliveryId,
  type NotificationId,
  type NotificationStatus,
  type NotificationView,
  notificationIdAt,
  placeOf,
  type Reader,
  saltOf,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { and, asc, between, eq, inArray, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { openAllowances } from './allowances.ts';
import { amissConditions, amissParameters } from './amiss.ts';
import { attemptView, type EventRow, eventView } from './event-views.ts';
import { hashedIdempotency } from './idempotency.ts';
import { inboxMessages } from './inbox-messages.ts';
import type { Lanes } from './lanes.ts';
import { labelsOf, openNotificationList } from './notification-list.ts';
import { decodePlan, decodeSkipped, kindCodes, priorityCodes, states, statuses } from './rows.ts';
import { deliveries, events, idempotency, notifications } from './schema.ts';
import { type Enclosure, type Enclosures, openEnclosures } from './sealing/enclosure.ts';
import type { ReadingSecrecy } from './sealing/secrecy.ts';
import { openSnapshots } from './snapshots.ts';
import { openSuppressionReads } from './suppression-reads.ts';

type DeliveryRow = typeof deliveries.$inferSelect;
type NotificationRow = typeof notifications.$inferSelect;

/** Answers readers straight from the database, each from one snapshot: whole, whatever another connection commits meanwhile. */
export function openReader(db: Database, lanes: Lanes, secrecy: ReadingSecrecy): Reader {
  const reader = openReads(db, lanes, secrecy);
  const snapshot = openSnapshots(db);
  return {
    notifications: snapshot(reader.notifications),
    notification: snapshot(reader.notification),
    delivery: snapshot(reader.delivery),
    attempts: snapshot(reader.attempts),
    content: snapshot(reader.content),
    answered: snapshot(reader.answered),
    amiss: snapshot(reader.amiss),
    inbox: snapshot(reader.inbox),
    backlog: snapshot(reader.backlog),
    hasSuppressions: snapshot(reader.hasSuppressions),
    suppression: snapshot(reader.suppression),
    suppressions: snapshot(reader.suppressions),
    ownerOf: snapshot(reader.ownerOf),
    addressOf: snapshot(reader.addressOf),
    allowances: snapshot(openAllowances(db, secrecy.term)),
  };
}

function openReads(db: Database, lanes: Lanes, secrecy: ReadingSecrecy): Omit<Reader, 'allowances'> {
  const { term, digest, vault } = secrecy;
  const query = drizzle({ client: db });
  const enclosures = openEnclosures(db, vault);
  const families = openFamilies(query);
  const list = openNotificationList(query, term, enclosures);
  return {
    ...openSuppressionReads(db, term, enclosures),
    notifications: list,
    notification(project, id) {
      const row = families.notification(project, id);
      return row === undefined
        ? null
        : notificationView(row, enclosures(row.key), families.deliveries(row), families.events(row.key), lanes);
    },
    delivery(project, id) {
      const found = families.delivery(project, id);
      if (found === null) return null;
      const { notification, delivery } = found;
      return deliveryView(delivery, notification, enclosures(notification.key), lanes);
    },
    attempts(project, id) {
      const found = families.delivery(project, id);
      if (found === null) return [];
      const { notification, delivery } = found;
      const tried = families
        .events(notification.key)
        .filter(({ ordinal, token }) => ordinal === delivery.ordinal && token !== null);
      // Of two records of one attempt the later knows better; so a map by token, in the order of the feed.
      const latest = new Map(tried.map((event) => [event.token as number, event]));
      return [...latest]
        .sort(([a], [b]) => a - b)
        .map(([token, event]) => attemptView(attemptId(id, token), event, lanes));
    },
    content(project, id) {
      const found = families.delivery(project, id);
      if (found === null) return undefined;
      const { notification, delivery } = found;
      return enclosures(notification.key)?.content?.[lanes.lane(delivery.lane).channel];
    },
    answered(project, asked) {
      const { key, fingerprint } = hashedIdempotency(digest, project, asked);
      const first = query
        .select({ fingerprint: idempotency.fingerprint, answer: idempotency.answer })
        .from(idempotency)
        .where(and(eq(idempotency.project, project), eq(idempotency.key, key)))
        .get();
      return first?.fingerprint === fingerprint ? first.answer : null;
    },
    amiss: openAmiss(db, query, lanes, enclosures),
    inbox: (wanted) => inboxMessages(query, lanes, secrecy, wanted),
    backlog() {
      const rows = query
        .select({ lane: deliveries.lane, queued: sql<number>`count(*)` })
        .from(deliveries)
        .where(sql`state = 2`)
        .groupBy(deliveries.lane)
        .all();
      return rows.map(({ lane, queued }) => ({ lane: lanes.lane(lane), queued }));
    },
  };
}

/** A notification with what belongs to it, by prepared statements: an ad hoc query costs twenty times as much. */
function openFamilies(query: BetterSQLite3Database) {
  const byId = query
    .select()
    .from(notifications)
    .where(
      and(
        eq(notifications.key, sql.placeholder('key')),
        eq(notifications.salt, sql.placeholder('salt')),
        eq(notifications.project, sql.placeholder('project')),
      ),
    )
    .prepare();
  const members = query
    .select()
    .from(deliveries)
    .where(between(deliveries.key, sql.placeholder('first'), sql.placeholder('last')))
    .orderBy(asc(deliveries.key))
    .prepare();
  const feed = query
    .select()
    .from(events)
    .where(eq(events.notification, sql.placeholder('notification')))
    .orderBy(asc(events.sequence))
    .prepare();
  const notification = (project: number, id: NotificationId) =>
    byId.get({ key: placeOf(id), salt: saltOf(id), project });
  const family = ({ key, deliveries: count }: NotificationRow) => members.all({ first: key, last: key + count - 1 });
  return {
    notification,
    deliveries: family,
    events: (key: number) => feed.all({ notification: key }),
    delivery(project: number, id: DeliveryId) {
      const named = deliveryFamily(id);
      const row = notification(project, named.notification);
      const delivery = row && family(row).find(({ ordinal }) => ordinal === named.ordinal);
      return delivery ? { delivery, notification: row } : null;
    },
  };
}

function notificationView(
  row: NotificationRow,
  enclosure: Enclosure | null,
  members: readonly DeliveryRow[],
  feed: readonly EventRow[],
  lanes: Lanes,
): NotificationView {
  const id = notificationIdAt(row.key, row.salt);
  const first = members[0];
  return {
    sequence: row.key,
    id,
    status: statusNow(statuses.word(row.status), members),
    kind: kindCodes.word(row.kind),
    priority: priorityCodes.word(row.priority),
    createdAt: row.createdAt,
    dueAt: row.dueAt,
    expiresAt: row.expiresAt,
    orderingKey: enclosure?.orderingKey ?? null,
    plan: decodePlan(row, first ? lanes.lane(first.lane).channel : ''),
    skipped: decodeSkipped(row.skipped),
    deliveries: members.map((member) => deliveryView(member, row, enclosure, lanes)),
    timeline: feed.map((event) => eventView(event, id, row.project, lanes)),
    ...labelsOf(enclosure),
  };
}

/**
 * Neither a claim nor the sending of an only delivery rewrites the notification: whether something is being sent, or was,
 * is seen at its deliveries.
 */
function statusNow(stored: NotificationStatus, members: readonly DeliveryRow[]): NotificationStatus {
  if (members.length === 1 && members[0]?.state === states.of('sent')) return 'sent';
  const sending = stored === 'accepted' && members.some(({ state }) => state === states.of('sending'));
  return sending ? 'sending' : stored;
}

function deliveryView(
  row: DeliveryRow,
  notification: NotificationRow,
  enclosure: Enclosure | null,
  lanes: Lanes,
): DeliveryView {
  const notificationId = notificationIdAt(notification.key, notification.salt);
  const { step, code, detail, vendorId, parts, sentAt, finishedAt } = row;
  return {
    id: deliveryId(notificationId, row.ordinal),
    notification: notificationId,
    step,
    ...lanes.lane(row.lane),
    address: enclosure?.addresses[row.ordinal - 1] ?? null,
    status: states.word(row.state),
    code,
    detail,
    attempts: row.attempts,
    vendorId,
    parts,
    createdAt: notification.createdAt,
    nextAttemptAt: row.dueAt,
    sentAt,
    finishedAt,
  };
}

function openAmiss(db: Database, query: BetterSQLite3Database, lanes: Lanes, enclosures: Enclosures): Reader['amiss'] {
  const count = db.prepare<Record<string, unknown>, { count: number; reached: number | null }>(
    `SELECT count(*) AS count, sum(EXISTS (SELECT 1 FROM notifications n JOIN deliveries o ON o.key BETWEEN n.key AND n.key + n.deliveries - 1
       WHERE n.key = d.notification AND o.state IN (7, 8))) AS reached FROM deliveries d WHERE ${amissConditions}`,
  );
  const first = db.prepare<Record<string, unknown>, { key: number }>(
    `SELECT d.key FROM deliveries d WHERE ${amissConditions} ORDER BY d.key LIMIT @limit`,
  );
  return (filter, sample) => {
    const parameters = amissParameters(filter);
    const totals = count.get(parameters);
    const keys = first.all({ ...parameters, limit: sample }).map(({ key }) => key);
    const rows = query
      .select()
      .from(deliveries)
      .innerJoin(notifications, eq(notifications.key, deliveries.notification))
      .where(inArray(deliveries.key, keys))
      .orderBy(asc(deliveries.key))
      .all();
    return {
      count: totals?.count ?? 0,
      reached: totals?.reached ?? 0,
      sample: rows.map((row) =>
        deliveryView(row.deliveries, row.notifications, enclosures(row.notifications.key), lanes),
      ),
    };
  };
}
