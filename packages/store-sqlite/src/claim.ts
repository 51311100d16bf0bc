import {
  type Claim,
  type Claimed,
  type Counted,
  counts,
  type DeliveryId,
  deliveryId,
  isLimit,
  type Lane,
  limitCodeOf,
  type NotificationId,
  notificationIdAt,
  type PlanStep,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openFoldShare } from './fold-share.ts';
import type { Lanes } from './lanes.ts';
import type { Quotas } from './quotas.ts';
import { guaranteeCodes, kindCodes, priorityCodes } from './rows.ts';
import { type Enclosure, openEnclosure } from './sealing/enclosure.ts';
import type { OpeningVault } from './sealing/vault.ts';

interface ClaimRow {
  readonly key: number;
  readonly ordinal: number;
  readonly notification: number;
  readonly project: number;
  readonly step: number;
  readonly token: number;
  readonly attempts: number;
  readonly doubtful: number;
  readonly priority: number;
  readonly salt: number;
  readonly deliveries: number;
  readonly kind: number;
  readonly guarantee: number;
  readonly steps: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  /** What it counts against limits; negative when it has been counted. */
  readonly toll: number;
  readonly body: Buffer;
}

/** A leased delivery with what was sealed. */
type OpenedRow = ClaimRow & { readonly address: string; readonly content: Enclosure['content'] };

/** Ends a leased delivery that could not be opened. */
export type Spoil = (id: DeliveryId, delivery: number, token: number, now: number) => void;

/** A claim of some deliveries only looks no further than this into those that wait: it must not hold up everything else. */
const lookedThrough = 1_000;
/** While critical ones never end, one claim in so many is of the others: urgent must not mean alone. */
const criticalInARow = 7;

const waitingOf = 'd.lane = @lane AND d.state = 2 AND (d.priority > 0) = @others AND d.flow = @flow';

const among = `AND d.key IN (SELECT d.key FROM deliveries d WHERE ${waitingOf}
  ORDER BY d.priority, d.key LIMIT ${lookedThrough})`;

function picking(more: string): string {
  return `SELECT d.key, d.ordinal, d.notification, d.project, d.step, d.token, d.attempts, d.doubtful, d.priority,
            d.expires_at, d.toll, n.salt, n.deliveries, n.kind, n.guarantee, n.steps, n.created_at, c.body
     FROM deliveries d CROSS JOIN notifications n ON n.key = d.notification CROSS JOIN contents c ON c.notification = n.key
     WHERE ${waitingOf} AND (d.expires_at IS NULL OR d.expires_at > @now) ${more}
     ORDER BY d.priority, d.key LIMIT @limit`;
}

/** The deliveries of a lane that wait: the critical ones (0) or the others (1). */
interface Crowd {
  readonly lane: number;
  readonly others: 0 | 1;
  readonly now: number;
  readonly routed: string | undefined;
  readonly followed: boolean;
}

/**
 * Leases deliveries of one lane: the critical ones first, else an equal share for every flow that waits, and of each flow
 * the most urgent first.
 */
export function openClaim(
  db: Database,
  lanes: Lanes,
  quotas: Quotas,
  vault: OpeningVault,
  spoil: Spoil,
): (input: Claim) => readonly Claimed[] {
  const nextFlow = db.prepare<{ lane: number; others: number; after: number; now: number }, { flow: number }>(
    `SELECT flow FROM deliveries WHERE lane = @lane AND state = 2 AND (priority > 0) = @others AND flow > @after
       AND (expires_at IS NULL OR expires_at > @now) ORDER BY flow LIMIT 1`,
  );
  const pick = db.prepare<Record<string, unknown>, ClaimRow>(picking(''));
  const pickRouted = db.prepare<Record<string, unknown>, ClaimRow>(
    picking(`${among}
       AND n.kind IN (SELECT value FROM json_each(@routed))
       AND (n.steps IS NULL OR json_extract(n.steps, '$[' || d.step || '].accounts') IS NULL)`),
  );
  const pickFollowed = db.prepare<Record<string, unknown>, ClaimRow>(
    picking(`${among} AND d.solo = 0 AND EXISTS (SELECT 1 FROM deliveries later
       WHERE later.key BETWEEN n.key AND n.key + n.deliveries - 1 AND later.state = 0)`),
  );
  const pickOf = ({ routed, followed }: Crowd) => (followed ? pickFollowed : routed === undefined ? pick : pickRouted);
  const foldShare = openFoldShare(db, quotas);
  const lease = db.prepare<[number, number]>(
    'UPDATE deliveries SET state = 4, token = token + 1, attempts = attempts + 1, lease_until = ? WHERE key = ?',
  );
  const setCounted = db.prepare<[number | null, number]>(
    'UPDATE deliveries SET toll = -abs(toll), prefix = ? WHERE key = ?',
  );
  /** The flow after which each crowd goes on, so that no flow is always first. */
  const cursors = new Map<string, number>();
  /** Critical deliveries that each lane has given since it last gave another one. */
  const inARow = new Map<number, number>();

  const ring = ({ lane, others, now }: Crowd, most: number): readonly number[] => {
    const place = `${lane} ${others}`;
    const start = cursors.get(place) ?? Number.MIN_SAFE_INTEGER;
    const flows: number[] = [];
    let after = start;
    let wrapped = false;
    while (flows.length < most) {
      const next = nextFlow.get({ lane, others, after, now });
      if (next === undefined || (wrapped && next.flow > start)) {
        if (wrapped || start === Number.MIN_SAFE_INTEGER) break;
        wrapped = true;
        after = Number.MIN_SAFE_INTEGER;
        continue;
      }
      flows.push(next.flow);
      after = next.flow;
    }
    const last = flows.at(-1);
    if (last !== undefined) cursors.set(place, last);
    return flows;
  };

  /** Leases up to `most`, in rounds: what the equal shares of one leave over is for the next. */
  const take = (crowd: Crowd, most: number, until: number): readonly ClaimRow[] => {
    const { lane, others, now, routed } = crowd;
    const chosen = pickOf(crowd);
    const where = { lane, others, now, routed };
    const taken: ClaimRow[] = [];
    while (taken.length < most) {
      const flows = ring(crowd, most - taken.length);
      const limit = Math.floor((most - taken.length) / Math.max(1, flows.length));
      const before = taken.length;
      for (const flow of flows) {
        const rows = chosen.all({ ...where, flow, limit });
        for (const row of rows) lease.run(until, row.key);
        taken.push(...rows);
      }
      if (taken.length === before) break;
    }
    return taken;
  };

  /** Critical first; but what they left over last time, and one in eight while they go on, is for the others. */
  const takeAll = (crowd: Omit<Crowd, 'others'>, limit: number, reserved: number, until: number) => {
    const { lane } = crowd;
    const row = inARow.get(lane) ?? 0;
    const owed = Math.min(Math.floor((row + limit) / (criticalInARow + 1)), limit - reserved);
    const first = owed > 0 ? take({ ...crowd, others: 1 }, owed, until) : [];
    const critical = take({ ...crowd, others: 0 }, limit - first.length, until);
    const rest = take({ ...crowd, others: 1 }, limit - reserved - first.length - critical.length, until);
    const others = first.length + rest.length;
    inARow.set(lane, others > 0 || critical.length === 0 ? 0 : row + critical.length);
    return [...critical, ...first, ...rest];
  };

  /** What limits have counted once they do not count again, however often it is tried. */
  const count = (row: OpenedRow, delivery: Claimed, lane: number, known: readonly Counted[], now: number): Claimed => {
    const { key, notification, deliveries, project, toll } = row;
    const { channel, address, kind, content } = delivery;
    const counted = known.filter((one) => counts(one, kind) && (toll > 0 || !isLimit(one)));
    const place = { key, notification, deliveries, project, channel, lane };
    const countable = { ...place, address, kind, content, parts: Math.abs(toll) };
    const forbidden = quotas.use(counted, countable, now);
    if (forbidden === null) {
      if (counted.some(isLimit)) setCounted.run(quotas.prefixOf(counted, countable, now), key);
      return delivery;
    }
    const { until, limit } = forbidden;
    return { ...delivery, quotaUntil: until, ...(limit !== null && { limited: limitCodeOf(limit) }) };
  };

  /** Whoever cannot be opened was changed from outside, and ends here: trying it again would change nothing. */
  const opened = (rows: readonly ClaimRow[], now: number): readonly OpenedRow[] =>
    rows.flatMap((row) => {
      const enclosure = openEnclosure(vault, 'contents', row.notification, row.body);
      const address = enclosure?.addresses[row.ordinal - 1];
      if (enclosure !== null && address !== undefined) return [{ ...row, address, content: enclosure.content }];
      const notification = notificationIdAt(row.notification, row.salt);
      spoil(deliveryId(notification, row.ordinal), row.key, row.token + 1, now);
      return [];
    });

  /** One message for all of them: quotas count the first that may go in it, limits each. */
  const countedOnce = (rows: readonly OpenedRow[], at: Lane, lane: number, known: readonly Counted[], now: number) => {
    let counted = known;
    return rows.map((row): Claimed => {
      const delivery = count(row, claimed(row, at.channel, at.account), lane, counted, now);
      if (delivery.quotaUntil === null) counted = known.filter(isLimit);
      return { ...delivery, folded: true };
    });
  };

  return ({ lane, limit, reserved = 0, routed, followed = false, quotas: known = [], fold, leaseMs, now }) => {
    const key = lanes.key(lane.channel, lane.account);
    const room = quotas.room(key, known, now);
    const share = fold === undefined || limit <= reserved ? null : foldShare(key, fold, known, room, now);
    const together = share?.together === true;
    const most = together ? share.most : Math.min(limit, share?.most ?? room);
    const crowd = { lane: key, now, routed: routed && JSON.stringify(routed.map(kindCodes.of)), followed };
    const kept = together ? 0 : Math.max(0, reserved - (limit - most));
    const rows = opened(takeAll(crowd, most, kept, now + leaseMs), now);
    if (together && rows.length > 1) return countedOnce(rows, lane, key, known, now);
    return rows.map((row) => {
      const delivery = claimed(row, lane.channel, lane.account);
      return known.length === 0 ? delivery : count(row, delivery, key, known, now);
    });
  };
}

function claimed(row: OpenedRow, channel: string, account: string): Claimed {
  const notification: NotificationId = notificationIdAt(row.notification, row.salt);
  const steps = row.steps === null ? null : (JSON.parse(row.steps) as readonly PlanStep[]);
  const step = steps?.[row.step];
  return {
    id: deliveryId(notification, row.ordinal),
    delivery: row.key,
    token: row.token + 1,
    notification,
    channel,
    account,
    address: row.address,
    content: row.content?.[channel],
    attempt: row.attempts + 1,
    doubtful: row.doubtful === 1,
    quotaUntil: null,
    kind: kindCodes.word(row.kind),
    priority: priorityCodes.word(row.priority),
    guarantee: guaranteeCodes.word(row.guarantee),
    accounts: step?.accounts ?? null,
    ...(step?.until === 'verified' && { verifiable: true }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
