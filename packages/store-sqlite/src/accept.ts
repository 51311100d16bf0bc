import type { Accept, Accepted, NewNotification } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects } from './effects.ts';
import type { Lanes } from './lanes.ts';
import type { Queue } from './queue.ts';
import {
  encodeLabels,
  encodeSkipped,
  encodeSteps,
  guaranteeCodes,
  idBytes,
  kindCodes,
  priorityCodes,
  states,
  statuses,
  strategyCodes,
} from './rows.ts';
import { bucketBits, type SearchTerm, termsOf } from './search-terms.ts';

/** Stores notifications: one transaction however many. */
export function openAccept(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  term: SearchTerm,
): (input: Accept) => readonly Accepted[] {
  const remember = openIdempotency(db);
  const insertNotification = db.prepare(
    `INSERT INTO notifications (id, project, status, kind, priority, strategy, guarantee, step, step_deadline, created_at, due_at,
       expires_at, ordering_key, steps, skipped, labels)
     VALUES (@id, @project, @status, @kind, @priority, @strategy, @guarantee, @step, @stepDeadline, @now, @dueAt,
       @expiresAt, @orderingKey, @steps, @skipped, @labels)`,
  );
  const insertContent = db.prepare<[number, string]>('INSERT INTO contents (notification, body) VALUES (?, ?)');
  const insertTerm = db.prepare<{ term: Buffer; notification: number }>(
    `INSERT INTO search (bucket, term, notification) VALUES (@notification >> ${bucketBits}, @term, @notification)`,
  );
  const insertDelivery = db.prepare(
    `INSERT INTO deliveries (notification, ordinal, step, project, lane, priority, state, solo, address, ordering, due_at, expires_at)
     VALUES (@notification, @ordinal, @step, @project, @lane, @priority, @state, @solo, @address, @ordering, @dueAt, @expiresAt)`,
  );
  const queued = states.of('queued');
  const scheduled = states.of('scheduled');
  const waiting = states.of('waiting');

  const insertDeliveries = (item: NewNotification, notification: number, due: boolean) => {
    const priority = priorityCodes.of(item.priority);
    const solo = item.deliveries.length === 1 ? 1 : 0;
    for (const { ordinal, step, channel, account, address } of item.deliveries) {
      const lane = lanes.key(channel, account);
      const starts = item.plan.strategy === 'broadcast' || step === item.deliveries[0]?.step;
      const ordering = item.orderingKey === null ? null : `${channel} ${item.orderingKey}`;
      const first = due ? queue.dueState({ project: item.project, ordering }) : scheduled;
      const state = starts ? first : waiting;
      insertDelivery.run({
        notification,
        ordinal,
        step,
        project: item.project,
        lane,
        priority,
        state,
        solo,
        address,
        ordering,
        dueAt: state === scheduled ? item.dueAt : null,
        expiresAt: item.expiresAt,
      });
      if (state === queued) effects.ready(lane);
    }
  };

  const insertTerms = (item: NewNotification, notification: number) => {
    const addresses = item.deliveries.map(({ address }) => address);
    for (const hash of termsOf(term, item.project, { ...item, addresses }))
      insertTerm.run({ term: hash, notification });
  };

  const insert = (item: NewNotification, now: number): Accepted => {
    const before = item.idempotency === null ? null : remember(item, now);
    if (before !== null) return before;
    const due = item.dueAt === null || item.dueAt <= now;
    const firstStep = item.deliveries[0]?.step ?? 0;
    const first = item.plan.steps[firstStep];
    const withinMs = item.plan.strategy === 'broadcast' ? null : (first?.withinMs ?? null);
    const status = due ? 'accepted' : 'scheduled';
    const notification = Number(
      insertNotification.run({
        id: idBytes(item.id),
        project: item.project,
        status: statuses.of(status),
        kind: kindCodes.of(item.kind),
        priority: priorityCodes.of(item.priority),
        strategy: strategyCodes.of(item.plan.strategy),
        guarantee: guaranteeCodes.of(item.plan.guarantee),
        step: firstStep,
        stepDeadline: withinMs === null ? null : (due ? now : (item.dueAt as number)) + withinMs,
        now,
        dueAt: item.dueAt,
        expiresAt: item.expiresAt,
        orderingKey: item.orderingKey,
        steps: encodeSteps(item.plan, item.deliveries.length),
        skipped: encodeSkipped(item.skipped),
        labels: encodeLabels(item),
      }).lastInsertRowid,
    );
    insertContent.run(notification, JSON.stringify(item.content));
    insertDeliveries(item, notification, due);
    insertTerms(item, notification);
    effects.post({
      type: 'notification.accepted',
      at: now,
      project: item.project,
      notification,
      notificationId: item.id,
      status,
    });
    return { kind: 'accepted' };
  };

  return ({ notifications, now }) => notifications.map((item) => insert(item, now));
}

/** Remembers an idempotency key with its answer, or says what the key was used for before. */
function openIdempotency(db: Database): (item: NewNotification, now: number) => Accepted | null {
  const insert = db.prepare(
    `INSERT INTO idempotency (project, key, fingerprint, answer, created_at)
     VALUES (@project, @key, @fingerprint, @answer, @now) ON CONFLICT DO NOTHING`,
  );
  const find = db.prepare<[number, string], { fingerprint: Buffer; answer: string }>(
    'SELECT fingerprint, answer FROM idempotency WHERE project = ? AND key = ?',
  );
  return ({ project, idempotency, answer }, now) => {
    if (idempotency === null) return null;
    const { key, fingerprint } = idempotency;
    if (insert.run({ project, key, fingerprint, answer, now }).changes === 1) return null;
    const first = find.get(project, key);
    if (!first) throw new Error('an idempotency key conflicts with nothing');
    return first.fingerprint.equals(fingerprint) ? { kind: 'replayed', answer: first.answer } : { kind: 'key_reused' };
  };
}
