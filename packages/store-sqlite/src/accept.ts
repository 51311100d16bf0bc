import {
  type Accept,
  type Accepted,
  type Limits,
  type NewDelivery,
  type NewNotification,
  placeOf,
  saltOf,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Admission } from './admission.ts';
import type { Effects } from './effects.ts';
import { openIdempotency } from './idempotency.ts';
import type { Lanes } from './lanes.ts';
import type { Queue } from './queue.ts';
import {
  encodeSkipped,
  encodeSteps,
  guaranteeCodes,
  isLabelled,
  kindCodes,
  priorityCodes,
  states,
  statuses,
  strategyCodes,
} from './rows.ts';
import { sealEnclosure } from './sealing/enclosure.ts';
import type { Secrecy } from './sealing/secrecy.ts';
import type { SearchIndex } from './search-index.ts';
import type { SearchTerm } from './search-terms.ts';

/**
 * Stores notifications: one transaction however many. Parameters have places instead of names here, since binding names
 * costs as much as the rows themselves.
 */
export function openAccept(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  search: SearchIndex,
  admission: Admission,
  { term, digest, vault }: Secrecy,
): (input: Accept) => readonly Accepted[] {
  const { remember, forget } = openIdempotency(db, digest);
  const insertNotification = db.prepare(
    `INSERT INTO notifications (key, salt, project, deliveries, status, kind, priority, strategy, guarantee, step, created_at,
       step_deadline, due_at, expires_at, steps, skipped, labelled)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertContent = db.prepare<[number, Buffer]>('INSERT INTO contents (notification, body) VALUES (?, ?)');
  const insertDelivery = db.prepare(
    `INSERT INTO deliveries (key, ordinal, step, project, lane, priority, flow, state, solo, ordering, due_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const queued = states.of('queued');
  const scheduled = states.of('scheduled');
  const waiting = states.of('waiting');

  const insertDeliveries = (item: NewNotification, notification: number, due: boolean) => {
    const { project, deliveries, plan, orderingKey } = item;
    const priority = priorityCodes.of(item.priority);
    const solo = deliveries.length === 1 ? 1 : 0;
    const firstStep = deliveries[0]?.step;
    for (const delivery of deliveries) {
      const { ordinal, step, channel, account } = delivery;
      const lane = lanes.key(channel, account);
      const starts = plan.strategy === 'broadcast' || step === firstStep;
      const ordering = orderingKey === null ? null : String(term(project, 'ordering', `${channel} ${orderingKey}`));
      const first = due ? queue.dueState({ project, ordering }) : scheduled;
      const state = starts ? first : waiting;
      insertDelivery.run(
        notification + ordinal - 1,
        ordinal,
        step,
        project,
        lane,
        priority,
        flowOf(term, project, delivery),
        state,
        solo,
        ordering,
        state === scheduled ? item.dueAt : null,
        item.expiresAt,
      );
      if (state === queued) effects.ready(lane);
    }
  };

  const insert = (item: NewNotification, now: number, limits: Limits | null): Accepted => {
    const before = item.idempotency === null ? null : remember(item, now);
    if (before !== null) return before;
    if (limits !== null) {
      const limited = admission.admit(item, dueDeliveries(item, now), limits, now);
      if (limited !== null) {
        forget(item);
        return limited;
      }
    }
    const { id, project, plan, deliveries, tags, metadata } = item;
    const due = item.dueAt === null || item.dueAt <= now;
    const firstStep = deliveries[0]?.step ?? 0;
    const withinMs = plan.strategy === 'broadcast' ? null : (plan.steps[firstStep]?.withinMs ?? null);
    const status = due ? 'accepted' : 'scheduled';
    const notification = placeOf(id);
    insertNotification.run(
      notification,
      saltOf(id),
      project,
      deliveries.length,
      statuses.of(status),
      kindCodes.of(item.kind),
      priorityCodes.of(item.priority),
      strategyCodes.of(plan.strategy),
      guaranteeCodes.of(plan.guarantee),
      firstStep,
      now,
      withinMs === null ? null : (due ? now : (item.dueAt as number)) + withinMs,
      item.dueAt,
      item.expiresAt,
      encodeSteps(plan, deliveries.length),
      encodeSkipped(item.skipped),
      isLabelled(item) ? 1 : 0,
    );
    const addresses = deliveries.map(({ address }) => address);
    const { content, orderingKey } = item;
    const enclosure = { addresses, content, metadata, tags, orderingKey };
    insertContent.run(notification, sealEnclosure(vault, notification, enclosure));
    insertDeliveries(item, notification, due);
    if (limits !== null) admission.mark(item, dueDeliveries(item, now), limits, now);
    search.add(notification, { project, addresses, tags, metadata });
    effects.post({ type: 'notification.accepted', at: now, project, notification, notificationId: id, status });
    return { kind: 'accepted' };
  };

  return ({ notifications, limits = null, now }) => notifications.map((item) => insert(item, now, limits));
}

/** What a notification sends at once. */
function dueDeliveries({ dueAt, plan, deliveries }: NewNotification, now: number): readonly NewDelivery[] {
  if (dueAt !== null && dueAt > now) return [];
  if (plan.strategy === 'broadcast') return deliveries;
  return deliveries.filter(({ step }) => step === deliveries[0]?.step);
}

/** The number of a delivery's flow: that of its project, or a negative one drawn from the flow's name. */
function flowOf(term: SearchTerm, project: number, { flow }: NewDelivery): number {
  return flow === null ? project : -1 - term(project, 'flow', flow);
}
