import { type DeliveryStatus, deliveryFamily, type Settle, type Settlement } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { ConversionWatch } from './conversion-watch.ts';
import type { Effects, Happening, TriedAttempt } from './effects.ts';
import type { Hearing } from './hear.ts';
import type { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { outcomeCodes, states } from './rows.ts';
import type { Suppressions } from './suppressions.ts';

type Held = Placed & { readonly token: number; readonly state: number };

const sending = states.of('sending');
/** Where an acceptance still counts: leased, queued again after the lease was lost, or given up as uncertain. */
const acceptable: ReadonlySet<number> = new Set([sending, states.of('queued'), states.of('uncertain')]);
/** A receipt came before our own record of the acceptance: only what the vendor called it is missing. */
const overtaken: ReadonlySet<number> = new Set([states.of('delivered'), states.of('undelivered')]);

/**
 * Records an attempt and what follows. The lease's token fences it: whoever lost the lease changes nothing but the record
 * of its attempt, save that a late acceptance still counts while nobody has claimed the delivery again.
 */
export function openSettle(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  progress: Progress,
  after: AfterSettling,
): (input: Settle) => 'settled' | 'lost' {
  const find = db.prepare<[number], Held>(`SELECT ${placedColumns}, token, state FROM deliveries WHERE key = ?`);
  const isCanceled = db.prepare<[number], { canceled: number }>('SELECT canceled FROM notifications WHERE key = ?');
  const accept = db.prepare<[number, number, string | null, number | null, number]>(
    `UPDATE deliveries SET state = 7, sent_at = ?, finished_at = ?, lease_until = NULL, code = NULL, detail = NULL,
       vendor_id = ?, parts = ? WHERE key = ?`,
  );
  const complete = db.prepare<[string | null, number | null, number]>(
    'UPDATE deliveries SET vendor_id = ?, parts = coalesce(parts, ?) WHERE key = ? AND vendor_id IS NULL',
  );
  const requeue = db.prepare(
    `UPDATE deliveries SET state = @state, due_at = @at, lease_until = NULL, code = @code, detail = @detail, lane = @lane,
       attempts = attempts - @refund, doubtful = CASE @cleared WHEN 1 THEN 0 ELSE max(doubtful, @doubt) END
     WHERE key = @key`,
  );
  const end = db.prepare(
    `UPDATE deliveries SET state = @state, finished_at = @now, lease_until = NULL, code = @code, detail = @detail,
       attempts = attempts - @refund, doubtful = max(doubtful, @doubt) WHERE key = @key`,
  );
  const tried = (input: Settle) => triedBy(input, lanes);
  const late = openLateAttempts(db, effects, tried);

  const happen = (delivery: Held, to: DeliveryStatus, input: Settle, more: Partial<Happening>): Happening => {
    const { lease, now } = input;
    const ids = { notificationId: deliveryFamily(lease.id).notification, id: lease.id };
    return { ...changeOf(delivery, ids, to, now), attempt: tried(input), ...more };
  };

  const settleSent = (input: Settle, settlement: Extract<Settlement, { to: 'sent' }>, delivery: Held) => {
    const { vendorId, parts } = settlement;
    const { lease, now } = input;
    if (acceptable.has(delivery.state)) {
      accept.run(now, now, vendorId, parts, lease.delivery);
      queue.release(delivery);
      if (settlement.verifiable) after.sent(delivery.lane, delivery.key, now);
      // Nothing as a rule; of a message for many, that it was one.
      const { code = null, detail = null } = input.attempt ?? {};
      const happening = happen(delivery, 'sent', input, { code, detail });
      if (delivery.state === sending) progress.sent(delivery, happening);
      else progress.after(delivery, 'sent', happening);
      return 'settled' as const;
    }
    const completed = overtaken.has(delivery.state) && complete.run(vendorId, parts, lease.delivery).changes > 0;
    late(input, delivery);
    return completed ? ('settled' as const) : ('lost' as const);
  };

  const settleOther = (input: Settle, settlement: Exclude<Settlement, { to: 'sent' }>, delivery: Held) => {
    if (delivery.state !== sending) {
      late(input, delivery);
      return 'lost' as const;
    }
    const canceled = 'account' in settlement && isCanceled.get(delivery.notification)?.canceled === 1;
    if ('account' in settlement && !canceled) putBack(input, settlement, delivery);
    else finish(input, canceled ? endOfCanceled(input) : settlement.to, settlement, delivery);
    return 'settled' as const;
  };

  const finish = (input: Settle, to: DeliveryStatus, { code, detail }: Told, delivery: Held) => {
    const refund = input.attempt === null ? 1 : 0;
    end.run({ key: delivery.key, state: states.of(to), now: input.now, code, detail, refund, doubt: doubtOf(input) });
    queue.release(delivery);
    progress.after(delivery, to, happen(delivery, to, input, { code, detail }));
  };

  const putBack = (input: Settle, settlement: Extract<Settlement, { account: string }>, delivery: Held) => {
    const { to, code, detail, account } = settlement;
    const lane = lanes.key(lanes.lane(delivery.lane).channel, account);
    const spent = to === 'queued' ? settlement.spent : to === 'retrying';
    const at = to === 'queued' ? null : settlement.at;
    const refund = spent ? 0 : 1;
    const cleared = settlement.cleared === true ? 1 : 0;
    const told = { code, detail, refund, doubt: doubtOf(input), cleared };
    requeue.run({ key: delivery.key, state: states.of(to), at, lane, ...told });
    if (to === 'queued') effects.ready(lane);
    // Until its hour comes others of its ordering key go on, as they do while something is scheduled by its caller.
    if (to === 'scheduled') queue.release(delivery);
    const type = to === 'queued' ? { type: 'delivery.rerouted' as const } : {};
    progress.after(delivery, to, happen({ ...delivery, lane }, to, input, { ...type, code, detail, nextAt: at }));
  };

  const settle = (input: Settle): 'settled' | 'lost' => {
    const { lease, settlement } = input;
    const delivery = find.get(lease.delivery);
    if (delivery === undefined) return 'lost';
    if (delivery.token !== lease.token) {
      late(input, delivery);
      return 'lost';
    }
    return settlement.to === 'sent'
      ? settleSent(input, settlement, delivery)
      : settleOther(input, settlement, delivery);
  };

  return (input) => {
    const result = settle(input);
    const { settlement, lease, now } = input;
    if (settlement.to === 'sent') {
      if (settlement.traced && settlement.vendorId !== null) after.follow(input, settlement.vendorId);
      if (settlement.absolves && result === 'settled') after.absolve(lease.delivery);
    } else if (settlement.to === 'failed' && settlement.suppress !== undefined && result === 'settled') {
      after.blame(lease.delivery, { ...settlement.suppress, detail: settlement.code, at: now }, now);
    }
    return result;
  };
}

/** What a settlement leads to beyond its own delivery. */
type AfterSettling = Pick<Hearing, 'follow'> & Pick<Suppressions, 'absolve' | 'blame'> & Pick<ConversionWatch, 'sent'>;

interface Told {
  readonly code: string;
  readonly detail: string;
}

function triedBy({ lease, attempt }: Settle, lanes: Lanes): TriedAttempt | null {
  if (attempt === null) return null;
  const { channel, account, startedAt, outcome } = attempt;
  return { token: lease.token, startedAt, outcome: outcomeCodes.of(outcome), lane: lanes.key(channel, account) };
}

function doubtOf({ attempt }: Settle): 0 | 1 {
  return attempt?.outcome === 'uncertain' ? 1 : 0;
}

/** A canceled delivery is not tried again; what may have been sent is not called canceled for it. */
function endOfCanceled({ attempt }: Settle): 'uncertain' | 'canceled' {
  return attempt?.outcome === 'uncertain' ? 'uncertain' : 'canceled';
}

/** Writes what came too late to decide anything. It may know better than the rescue, which had to write "unknown". */
function openLateAttempts(db: Database, effects: Effects, tried: (input: Settle) => TriedAttempt | null) {
  const reconsider = db.prepare<{ key: number; notification: number; ordinal: number }>(
    `UPDATE deliveries SET doubtful = EXISTS (
       SELECT 1 FROM events e WHERE e.notification = @notification AND e.ordinal = @ordinal AND e.outcome = 4
         AND NOT EXISTS (SELECT 1 FROM events later WHERE later.notification = e.notification
           AND later.ordinal = e.ordinal AND later.token = e.token AND later.sequence > e.sequence))
     WHERE key = @key`,
  );
  return (input: Settle, { key, notification, ordinal, project }: Held): void => {
    const attempt = tried(input);
    if (attempt === null || input.attempt === null) return;
    const { lease, now } = input;
    const { code, detail } = input.attempt;
    const delivery = { id: lease.id, ordinal, lane: attempt.lane };
    const { notification: notificationId } = deliveryFamily(lease.id);
    const happening = { project, notification, notificationId, delivery, attempt, code, detail };
    effects.post({ type: 'delivery.attempted', at: now, ...happening });
    reconsider.run({ key, notification, ordinal });
  };
}
