import { type AttemptId, type AttemptView, deliveryId, type NotificationId, type PostedEvent } from '@posthorn/core';
import type { Lanes } from './lanes.ts';
import { eventCodes, outcomeCodes, statuses } from './rows.ts';
import type { events } from './schema.ts';

export type EventRow = typeof events.$inferSelect;

/** An event as the feed and a timeline show it. */
export function eventView(row: EventRow, notification: NotificationId, project: number, lanes: Lanes): PostedEvent {
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
export function attemptView(id: AttemptId, event: EventRow, lanes: Lanes): AttemptView {
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
