import {
  attemptId,
  type DeliveryId,
  type DeliveryView,
  deliveryFamily,
  deliveryId,
  eventId,
  type InboxQuery,
  type InboxView,
  type NotificationId,
  type NotificationStatus,
  type NotificationView,
  notificationIdOf,
  type PostedEvent,
  type Reader,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { and, asc, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { amissConditions, amissParameters } from './amiss.ts';
import type { Lanes } from './lanes.ts';
import { openNotificationList } from './notification-list.ts';
import {
  decodeLabels,
  decodePlan,
  decodeSkipped,
  eventCodes,
  idBytes,
  kindCodes,
  outcomeCodes,
  priorityCodes,
  states,
  statuses,
} from './rows.ts';
import { attempts, deliveries, events, idempotency, inbox, notifications } from './schema.ts';
import type { SearchTerm } from './search-terms.ts';

type DeliveryRow = typeof deliveries.$inferSelect;
type NotificationRow = typeof notifications.$inferSelect;
type EventRow = typeof events.$inferSelect;

/** Answers readers straight from the database; between two commits it is always whole. */
export function openReader(db: Database, lanes: Lanes, term: SearchTerm): Reader {
  const query = drizzle({ client: db });
  const families = openFamilies(query);
  const list = openNotificationList(query, term);
  return {
    notifications: list,
    notification(project, id) {
      const row = families.notification(project, id);
      return row === undefined
        ? null
        : notificationView(row, families.deliveries(row.key), families.events(row.key), lanes);
    },
    delivery(project, id) {
      const found = families.delivery(project, id);
      return found === null ? null : deliveryView(found.delivery, found.notification, lanes);
    },
    attempts(project, id) {
      const found = families.delivery(project, id);
      if (found === null) return [];
      const rows = query
        .select()
        .from(attempts)
        .where(eq(attempts.delivery, found.delivery.key))
        .orderBy(asc(attempts.token))
        .all();
      return rows.map(({ token, lane, startedAt, endedAt, outcome, code, detail }) => ({
        id: attemptId(id, token),
        ...lanes.lane(lane),
        startedAt,
        endedAt,
        outcome: outcomeCodes.word(outcome),
        code,
        detail,
      }));
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
    .where(and(eq(notifications.id, sql.placeholder('id')), eq(notifications.project, sql.placeholder('project'))))
    .prepare();
  const members = query
    .select()
    .from(deliveries)
    .where(eq(deliveries.notification, sql.placeholder('notification')))
    .orderBy(asc(deliveries.ordinal))
    .prepare();
  const feed = query
    .select()
    .from(events)
    .where(eq(events.notification, sql.placeholder('notification')))
    .orderBy(asc(events.sequence))
    .prepare();
  const notification = (project: number, id: NotificationId) => byId.get({ id: idBytes(id), project });
  return {
    notification,
    deliveries: (key: number) => members.all({ notification: key }),
    events: (key: number) => feed.all({ notification: key }),
    delivery(project: number, id: DeliveryId) {
      const family = deliveryFamily(id);
      const row = notification(project, family.notification);
      const delivery = row && members.all({ notification: row.key }).find(({ ordinal }) => ordinal === family.ordinal);
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
  const id = notificationIdOf(row.id.toString('hex'));
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

/** A claim does not rewrite the notification; whether something is being sent is seen at its deliveries. */
function statusNow(stored: NotificationStatus, members: readonly DeliveryRow[]): NotificationStatus {
  const sending = stored === 'accepted' && members.some(({ state }) => state === states.of('sending'));
  return sending ? 'sending' : stored;
}

function deliveryView(row: DeliveryRow, notification: NotificationRow, lanes: Lanes): DeliveryView {
  const notificationId = notificationIdOf(notification.id.toString('hex'));
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
    id: eventId(row.at, row.sequence),
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

function openAmiss(db: Database, query: BetterSQLite3Database, lanes: Lanes): Reader['amiss'] {
  const count = db.prepare<Record<string, unknown>, { count: number; reached: number | null }>(
    `SELECT count(*) AS count, sum(EXISTS (SELECT 1 FROM deliveries o WHERE o.notification = d.notification
       AND o.state IN (7, 8))) AS reached FROM deliveries d WHERE ${amissConditions}`,
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

function inboxMessages(query: BetterSQLite3Database, lanes: Lanes, wanted: InboxQuery): readonly InboxView[] {
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
    const digits = delivery.toString('hex');
    const notification = notificationIdOf(`${digits.slice(0, 26)}000000`);
    const ordinal = Number.parseInt(digits.slice(26, 29), 16);
    return {
      sequence,
      delivery: deliveryId(notification, ordinal),
      notification,
      ...lanes.lane(lane),
      address: to,
      content: JSON.parse(content) as unknown,
      attempt,
      at,
    };
  });
}
