import { type DeliveryStatus, deliveryId, notificationIdAt, type Tick, type TickResult } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects, Happening } from './effects.ts';
import type { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { guaranteeCodes, outcomeCodes, states } from './rows.ts';

/** A delivery whose lease runs out this often is poison: it ends `dead` before it can do more harm. */
const lostLeasesToDie = 3;

type Row = Placed & { readonly salt: number; readonly state: number };
type LeasedRow = Row & {
  readonly token: number;
  readonly rescues: number;
  readonly guarantee: number;
  readonly canceled: number;
  readonly expires_at: number | null;
};

const columns = placedColumns.replaceAll(/(\w+)/g, 'd.$1');
const withNotification = 'FROM deliveries d JOIN notifications n ON n.key = d.notification';

/** All that time alone brings about, in small steps: expiry first, so that nothing late is made due. */
export function openTick(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  progress: Progress,
): (input: Tick) => TickResult {
  const expired = db.prepare<{ now: number; limit: number }, Row>(
    `SELECT ${columns}, n.salt, d.state ${withNotification}
     WHERE d.expires_at <= @now AND d.expires_at IS NOT NULL AND d.state < 7 AND d.state <> 4 ORDER BY d.expires_at LIMIT @limit`,
  );
  const due = db.prepare<{ now: number; limit: number }, Row>(
    `SELECT ${columns}, n.salt, d.state ${withNotification}
     WHERE d.due_at <= @now AND d.due_at IS NOT NULL ORDER BY d.due_at LIMIT @limit`,
  );
  const overdue = db.prepare<{ now: number; limit: number }, { key: number }>(
    'SELECT key FROM notifications WHERE step_deadline <= @now AND step_deadline IS NOT NULL ORDER BY step_deadline LIMIT @limit',
  );
  const nextAt = openNextAt(db);
  const rescue = openRescue(db, lanes, effects, queue, progress);

  const expire = (row: Row, now: number) => {
    // A row before it may have ended it: all that stands in one list was read before the first change.
    const to = queue.close(row, 'expired', 'expired', now);
    if (to !== null) progress.after(row, to, { ...told(row, to, now), code: 'expired' });
  };

  const makeDue = (row: Row, now: number) => {
    if (!queue.enqueue(row)) return;
    if (row.state === states.of('scheduled')) progress.after(row, 'queued', told(row, 'queued', now));
  };

  return (input) => {
    const { now, limit } = input;
    const late = expired.all({ now, limit });
    for (const row of late) expire(row, now);
    const ripe = due.all({ now, limit });
    for (const row of ripe) makeDue(row, now);
    const steps = overdue.all({ now, limit });
    for (const { key } of steps) progress.review(key, now, []);
    const rescued = rescue(input);
    return { nextAt: nextAt(), more: [late.length, ripe.length, steps.length, rescued].includes(limit) };
  };
}

/** Gives back deliveries whose lease ran out: their attempt may have been sent, so the guarantee decides. */
function openRescue(db: Database, lanes: Lanes, effects: Effects, queue: Queue, progress: Progress) {
  const lost = db.prepare<{ now: number; limit: number }, LeasedRow>(
    `SELECT ${columns}, n.salt, d.state, d.token, d.rescues, n.guarantee, n.canceled, d.expires_at
     ${withNotification}
     WHERE d.lease_until <= @now AND d.lease_until IS NOT NULL ORDER BY d.lease_until LIMIT @limit`,
  );
  const settle = db.prepare(
    `UPDATE deliveries SET state = @state, rescues = rescues + 1, doubtful = 1, lease_until = NULL, finished_at = @finishedAt,
       code = @code, detail = @detail WHERE key = @key`,
  );
  const recorded = db.prepare<[number, number, number]>(
    'SELECT 1 FROM events WHERE notification = ? AND ordinal = ? AND token = ?',
  );
  const outcome = outcomeCodes.of('uncertain');
  const code = 'lease_lost';
  const detail = 'the process ended, or lost touch, while this attempt was under way: whether it was sent is unknown';

  const fate = (row: LeasedRow, now: number, held: ReadonlySet<number>, asks: boolean): DeliveryStatus => {
    const wanted = row.canceled === 0 && (row.expires_at === null || row.expires_at > now);
    const repeats = guaranteeCodes.word(row.guarantee) === 'at-least-once' && !held.has(row.lane);
    if (!wanted || !(repeats || asks)) return 'uncertain';
    if (row.rescues + 1 < lostLeasesToDie) return 'queued';
    return repeats ? 'dead' : 'uncertain';
  };

  return ({ now, limit, held, asked }: Tick): number => {
    const keysOf = (some: Tick['held']) => new Set(some.map(({ channel, account }) => lanes.key(channel, account)));
    const [heldKeys, askedKeys] = [keysOf(held), keysOf(asked)];
    const rows = lost.all({ now, limit });
    for (const row of rows) {
      const { key, token, lane, notification, ordinal } = row;
      // What is on record already was made through an account that is gone: nobody else can be asked about it.
      const known = recorded.get(notification, ordinal, token) !== undefined;
      const to = fate(row, now, heldKeys, askedKeys.has(lane) && !known);
      settle.run({ key, state: states.of(to), finishedAt: to === 'queued' ? null : now, code, detail });
      if (to === 'queued') effects.ready(lane);
      else queue.release(row);
      const attempt = known ? null : { token, startedAt: now, outcome, lane };
      const happening = { ...told(row, to, now), attempt, code, detail };
      progress.after(row, to, to === 'queued' ? { ...happening, type: 'delivery.recovered' } : happening);
    }
    return rows.length;
  };
}

/** When time will next have something to do: the heads of four indexes. */
function openNextAt(db: Database): () => number | null {
  const next = db.prepare<[], { at: number | null }>(
    `SELECT min(at) AS at FROM (
       SELECT min(due_at) AS at FROM deliveries WHERE due_at IS NOT NULL
       UNION ALL SELECT min(lease_until) FROM deliveries WHERE lease_until IS NOT NULL
       UNION ALL SELECT min(expires_at) FROM deliveries WHERE expires_at IS NOT NULL AND state < 7 AND state <> 4
       UNION ALL SELECT min(step_deadline) FROM notifications WHERE step_deadline IS NOT NULL)`,
  );
  return () => next.get()?.at ?? null;
}

function told(row: Row, to: DeliveryStatus, now: number): Happening {
  const notificationId = notificationIdAt(row.notification, row.salt);
  return changeOf(row, { notificationId, id: deliveryId(notificationId, row.ordinal) }, to, now);
}
