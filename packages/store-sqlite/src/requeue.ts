import {
  type DeliveryId,
  deliveryFamily,
  deliveryId,
  notificationIdAt,
  type Requeue,
  type RequeueMany,
  type RequeueManyResult,
  type RequeueResult,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { amissConditions, amissParameters } from './amiss.ts';
import type { Effects } from './effects.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { deliveryPlace, states, statuses } from './rows.ts';

interface Row extends Placed {
  readonly salt: number;
  readonly state: number;
  readonly expires_at: number | null;
  /** Whether its content is still there. */
  readonly readable: number;
}

const selected = `SELECT ${placedColumns.replaceAll(/(\w+)/g, 'd.$1')}, n.salt, d.state, d.expires_at,
    EXISTS (SELECT 1 FROM contents c WHERE c.notification = d.notification) AS readable
  FROM deliveries d JOIN notifications n ON n.key = d.notification`;

/** Queues again what went amiss, with a fresh budget of attempts. Its plan stays where it is: the operator decided, not the plan. */
export function openRequeue(db: Database, effects: Effects, queue: Queue) {
  const byId = db.prepare<{ key: number; salt: number; ordinal: number; project: number }, Row>(
    `${selected} WHERE d.key = @key AND d.ordinal = @ordinal AND n.salt = @salt AND d.project = @project`,
  );
  const amiss = db.prepare<Record<string, unknown>, Row>(
    `${selected} WHERE ${amissConditions} AND d.key > @after ORDER BY d.key LIMIT @limit`,
  );
  const reopen = db.prepare<{ key: number; state: number; dueAt: number | null }>(
    `UPDATE deliveries SET state = @state, due_at = @dueAt, finished_at = NULL, code = NULL, detail = NULL, attempts = 0,
       rescues = 0, doubtful = 0, requeued = 1, toll = abs(toll) WHERE key = @key`,
  );
  const setStatus = db.prepare<{ key: number; status: number }>(
    'UPDATE notifications SET status = @status WHERE key = @key',
  );

  const put = (row: Row, id: DeliveryId, dueAt: number, now: number) => {
    const later = dueAt > now;
    // The place of an ordering key may be taken: then it waits its turn, due or not.
    const state = later && queue.dueState(row) === states.of('queued') ? states.of('retrying') : queue.dueState(row);
    const nextAt = state === states.of('retrying') ? dueAt : null;
    reopen.run({ key: row.key, state, dueAt: nextAt });
    if (state === states.of('queued')) effects.ready(row.lane);
    setStatus.run({ key: row.notification, status: statuses.of('sending') });
    const { notification: notificationId } = deliveryFamily(id);
    const happening = changeOf(row, { notificationId, id }, 'queued', now);
    effects.post({ ...happening, type: 'delivery.requeued', nextAt, status: 'sending' });
  };

  return {
    one({ project, delivery: id, now }: Requeue): RequeueResult {
      const row = byId.get({ ...deliveryPlace(id), project });
      if (row === undefined) return 'unknown';
      const why = obstacle(row, now);
      if (why === null) put(row, id, now, now);
      return why ?? 'requeued';
    },
    many({ filter, after, before, limit, spacingMs, now }: RequeueMany): RequeueManyResult {
      const rows = amiss.all({ ...amissParameters(filter), after, limit });
      const possible = rows.filter((row) => obstacle(row, now) === null);
      possible.forEach((row, place) => {
        const id = deliveryId(notificationIdAt(row.notification, row.salt), row.ordinal);
        put(row, id, now + Math.floor((before + place) * spacingMs), now);
      });
      return { queued: possible.length, after: rows.at(-1)?.key ?? after, more: rows.length === limit };
    },
  };
}

const amissNumbers: ReadonlySet<number> = new Set([states.of('failed'), states.of('dead'), states.of('uncertain')]);

function obstacle(row: Row, now: number): 'not_amiss' | 'content_gone' | 'expired' | null {
  if (!amissNumbers.has(row.state)) return 'not_amiss';
  if (row.readable === 0) return 'content_gone';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : null;
}
