import {
  type AttemptId,
  type AttemptView,
  attemptId,
  type DeliveryId,
  type DeliveryView,
  deliveryFamily,
  deliveryId,
  type NotificationId,
  type NotificationStatus,
  type NotificationView,
  notificationIdAt,
  type PostedEvent,
  placeOf,
  type Reader,
  saltOf,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { and, asc, between, eq, inArray, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { openAllowances } from './allowances.ts';
import { amissConditions, amissParameters } from './amiss.ts';
import { inboxMessages } from './inbox-messages.ts';
import type { Lanes } from './lanes.ts';
import { openNotificationList } from './notification-list.ts';
import {
  decodeLabels,
  decodePlan,
  decodeSkipped,
  eventCodes,
  kindCodes,
  outcomeCodes,
  priorityCodes,
  states,
  statuses,
} from './rows.ts';
import { contents, deliveries, events, idempotency, notifications } from './schema.ts';
import type { SearchTerm } from './search-terms.ts';
import { openSnapshots } from './snapshots.ts';
import { openSuppressionReads } from './suppression-reads.ts';

type DeliveryRow = typeof deliveries.$inferSelect;
type NotificationRow = typeof notifications.$inferSelect;
type EventRow = typeof events.$inferSelect;

/** Answers readers straight from the database, each from one snapshot: whole, whatever another connection commits meanwhile. */
export function openReader(db: Database, lanes: Lanes, term: SearchTerm): Reader {
  const reader = openReads(db, lanes, term);
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
    allowances: snapshot(openAllowances(db, term)),
  };
}

function openReads(db: Database, lanes: Lanes, term: SearchTerm): Omit<Reader, 'allowances'> {
  const query = drizzle({ client: db });
  const families = openFamilies(query);
  const list = openNotificationList(query, term);
  return {
    ...openSuppressionReads(db, term),
    notifications: list,
    notification(project, id) {
      const row = families.notification(project, id);
      return row === undefined
        ? null
        : notificationView(row, families.deliveries(row), families.events(row.key), lanes);
    },
    delivery(project, id) {
      const found = families.delivery(project, id);
      return found === null ? null : deliveryView(found.delivery, found.notification, lanes);
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
      const row = query.select().from(contents).where(eq(contents.notification, notification.key)).get();
      const byChannel = row === undefined ? {} : (JSON.parse(row.body) as Readonly<Record<string, unknown>>);
      return byChannel[lanes.lane(delivery.lane).channel];
    },
    answered: (project, key) =>
      query
        .select({ fingerprint: idempotency.fingerprint, answer: idempotency.answer })
        .from(idempotency)
        .where(and(eq(idempotency.project, project), eq(idempotency.key, key)))
        .get() ?? null,
    amiss: openAmiss(db, query, lanes),
    inbox: (wanted) => inboxMessages(query, lanes, wanted),
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
    orderingKey: row.orderingKey,
    plan: decodePlan(row, first ? lanes.lane(first.lane).channel : ''),
    skipped: decodeSkipped(row.skipped),
    deliveries: members.map((member) => deliveryView(member, row, lanes)),
    timeline: feed.map((event) => eventView(event, id, row.project, lanes)),
    ...decodeLabels(row.labels),
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

function deliveryView(row: DeliveryRow, notification: NotificationRow, lanes: Lanes): DeliveryView {
  const notificationId = notificationIdAt(notification.key, notification.salt);
  const { step, address, code, detail, vendorId, parts, sentAt, finishedAt } = row;
  return {
    id: deliveryId(notificationId, row.ordinal),
    notification: notificationId,
    step,
    ...lanes.lane(row.lane),
    address,
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

function eventView(row: EventRow, notification: NotificationId, project: number, lanes: Lanes): PostedEvent {
  const lane = row.lane === null ? null : lanes.lane(row.lane);
  return {
    sequence: row.sequence,
    type: eventCodes.word(row.type),
    at: row.at,
    project,
    notification,
    delivery: row.ordinal === null ? null : deliveryId(notification, row.ordinal),
    channel: lane?.channel ?? null,
    account: lane?.account ?? null,
    code: row.code,
    detail: row.detail,
    nextAttemptAt: row.nextAt,
    status: row.status === null ? null : statuses.word(row.status),
  };
}

/** The attempt that an event tells the end of. */
function attemptView(id: AttemptId, event: EventRow, lanes: Lanes): AttemptView {
  const { at, lane, triedLane, startedAt, outcome, code, detail } = event;
  return {
    id,
    ...lanes.lane((triedLane ?? lane) as number),
    startedAt: startedAt as number,
    endedAt: at,
    outcome: outcomeCodes.word(outcome as number),
    code,
    detail,
  };
}

function openAmiss(db: Database, query: BetterSQLite3Database, lanes: Lanes): Reader['amiss'] {
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
      sample: rows.map((row) => deliveryView(row.deliveries, row.notifications, lanes)),
    };
  };
}
