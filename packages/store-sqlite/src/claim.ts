import { type Claim, type Claimed, deliveryId } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import { guaranteeCodes, kindCodes, notificationIdFrom, priorityCodes } from './rows.ts';

interface ClaimRow {
  readonly key: number;
  readonly ordinal: number;
  readonly step: number;
  readonly address: string;
  readonly token: number;
  readonly attempts: number;
  readonly priority: number;
  readonly id: Buffer;
  readonly kind: number;
  readonly guarantee: number;
  readonly steps: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly body: string;
}

const urgencies = [0, 1, 2, 3] as const;
const critical = priorityCodes.of('critical');

/** A claim of some deliveries only looks no further than this into those that wait: it must not hold up everything else. */
const lookedThrough = 1_000;

interface PickParameters {
  readonly lane: number;
  readonly priority: number;
  readonly project: number;
  readonly now: number;
  readonly limit: number;
}

function picking(more: string): string {
  return `SELECT d.key, d.ordinal, d.step, d.address, d.token, d.attempts, d.priority, d.expires_at,
            n.id, n.kind, n.guarantee, n.steps, n.created_at, c.body
     FROM deliveries d JOIN notifications n ON n.key = d.notification JOIN contents c ON c.notification = d.notification
     WHERE d.lane = @lane AND d.state = 2 AND d.priority = @priority AND d.project = @project
       AND (d.expires_at IS NULL OR d.expires_at > @now) ${more}
     ORDER BY d.key LIMIT @limit`;
}

/** Leases deliveries of one lane: the most urgent first, and within an urgency a fair share for every project that waits. */
export function openClaim(db: Database, lanes: Lanes): (input: Claim) => readonly Claimed[] {
  const nextProject = db.prepare<{ lane: number; priority: number; after: number; now: number }, { project: number }>(
    `SELECT project FROM deliveries WHERE lane = @lane AND state = 2 AND priority = @priority AND project > @after
       AND (expires_at IS NULL OR expires_at > @now) ORDER BY project LIMIT 1`,
  );
  const pick = db.prepare<PickParameters, ClaimRow>(picking(''));
  const pickRouted = db.prepare<PickParameters & { kinds: string }, ClaimRow>(
    picking(`AND d.key IN (SELECT key FROM deliveries WHERE lane = @lane AND state = 2 AND priority = @priority
         AND project = @project ORDER BY key LIMIT ${lookedThrough})
       AND n.kind IN (SELECT value FROM json_each(@kinds))
       AND (n.steps IS NULL OR json_extract(n.steps, '$[' || d.step || '].accounts') IS NULL)`),
  );
  const lease = db.prepare<{ key: number; until: number }>(
    'UPDATE deliveries SET state = 4, token = token + 1, attempts = attempts + 1, lease_until = @until WHERE key = @key',
  );
  /** The project after which each lane and urgency goes on, so that no project is always first. */
  const cursors = new Map<string, number>();

  const ring = (lane: number, priority: number, most: number, now: number): readonly number[] => {
    const place = `${lane} ${priority}`;
    const start = cursors.get(place) ?? 0;
    const projects: number[] = [];
    let after = start;
    let wrapped = false;
    while (projects.length < most) {
      const next = nextProject.get({ lane, priority, after, now });
      if (next === undefined || (wrapped && next.project > start)) {
        if (wrapped || start === 0) break;
        wrapped = true;
        after = 0;
        continue;
      }
      projects.push(next.project);
      after = next.project;
    }
    const last = projects.at(-1);
    if (last !== undefined) cursors.set(place, last);
    return projects;
  };

  /** Leases an equal share of every project that waits. What the shares leave over is for the next round. */
  const round = (where: Round, choose: (parameters: PickParameters) => readonly ClaimRow[]): readonly ClaimRow[] => {
    const { lane, priority, wanted, now, until } = where;
    const projects = ring(lane, priority, wanted, now);
    const limit = Math.floor(wanted / Math.max(1, projects.length));
    const rows = projects.flatMap((project) => choose({ lane, priority, project, now, limit }));
    for (const row of rows) lease.run({ key: row.key, until });
    return rows;
  };

  return ({ lane, limit, reserved = 0, routed, leaseMs, now }) => {
    const key = lanes.key(lane.channel, lane.account);
    const kinds = routed && JSON.stringify(routed.map(kindCodes.of));
    const choose = (parameters: PickParameters) =>
      kinds === undefined ? pick.all(parameters) : pickRouted.all({ ...parameters, kinds });
    const rows: ClaimRow[] = [];
    for (const priority of urgencies) {
      const most = priority === critical ? limit : limit - reserved;
      for (let more = true; more && rows.length < most; ) {
        const wanted = most - rows.length;
        const leased = round({ lane: key, priority, wanted, now, until: now + leaseMs }, choose);
        rows.push(...leased);
        more = leased.length > 0;
      }
    }
    return rows.map((row) => claimed(row, lane.channel, lane.account));
  };
}

/** One round of a claim: whose turn it is, how many are wanted, until when they are leased. */
interface Round {
  readonly lane: number;
  readonly priority: number;
  readonly wanted: number;
  readonly now: number;
  readonly until: number;
}

function claimed(row: ClaimRow, channel: string, account: string): Claimed {
  const notification = notificationIdFrom(row.id);
  const steps =
    row.steps === null ? null : (JSON.parse(row.steps) as readonly { accounts: readonly string[] | null }[]);
  return {
    id: deliveryId(notification, row.ordinal),
    delivery: row.key,
    token: row.token + 1,
    notification,
    channel,
    account,
    address: row.address,
    content: (JSON.parse(row.body) as Record<string, unknown>)[channel],
    attempt: row.attempts + 1,
    doubtful: false,
    quotaUntil: null,
    kind: kindCodes.word(row.kind),
    priority: priorityCodes.word(row.priority),
    guarantee: guaranteeCodes.word(row.guarantee),
    accounts: steps?.[row.step]?.accounts ?? null,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
