import { deliveryId, notificationIdAt, type Reassign } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Effects } from './effects.ts';
import type { Lanes } from './lanes.ts';
import type { Progress } from './progress.ts';
import { changeOf, type Placed, placedColumns, type Queue } from './queue.ts';
import { outcomeCodes } from './rows.ts';

interface SendingRow {
  readonly key: number;
  readonly ordinal: number;
  readonly notification: number;
  readonly project: number;
  readonly token: number;
  readonly salt: number;
}

/**
 * Moves what waits for an account that is not configured any more; also what it was sending: its lease will run out, and
 * then it must not come back to a lane without an account.
 */
export function openReassign(
  db: Database,
  lanes: Lanes,
  effects: Effects,
  queue: Queue,
  progress: Progress,
): (input: Reassign) => void {
  const known = db.prepare<[], { key: number }>('SELECT key FROM lanes');
  const used = db.prepare<[], { lane: number }>('SELECT DISTINCT lane FROM deliveries WHERE state < 7');
  const sending = db.prepare<[number], SendingRow>(
    `SELECT d.key, d.ordinal, d.notification, d.project, d.token, n.salt
     FROM deliveries d CROSS JOIN notifications n ON n.key = d.notification WHERE d.lane = ? AND d.state = 4`,
  );
  const doubted = db.prepare<[number], Placed & { readonly salt: number }>(
    `SELECT ${placedColumns.replaceAll(/(\w+)/g, 'd.$1')}, n.salt
     FROM deliveries d CROSS JOIN notifications n ON n.key = d.notification
     WHERE d.lane = ? AND d.state IN (2, 3, 5, 6) AND d.doubtful = 1 AND n.guarantee = 1`,
  );
  const move = db.prepare<[number, number]>('UPDATE deliveries SET lane = ? WHERE lane = ? AND state < 7');

  /** Who was sending is written down while it is known; the attempt's own result will know better if there is one. */
  const record = (lane: number, now: number) => {
    for (const { ordinal, notification, project, token, salt } of sending.all(lane)) {
      const notificationId = notificationIdAt(notification, salt);
      effects.post({
        type: 'delivery.attempted',
        at: now,
        project,
        notification,
        notificationId,
        delivery: { id: deliveryId(notificationId, ordinal), ordinal, lane },
        attempt: { token, startedAt: now, outcome: outcomeCodes.of('uncertain'), lane },
        code: 'account_gone',
        detail: 'the account was removed while this attempt was under way',
      });
    }
  };

  /** What must not be sent twice could only be cleared by the vendor that may have it: another one's word says nothing. */
  const giveUp = (lane: number, now: number) => {
    for (const delivery of doubted.all(lane)) {
      const to = queue.close(delivery, 'uncertain', 'account_gone', now);
      if (to === null) continue;
      const notificationId = notificationIdAt(delivery.notification, delivery.salt);
      const ids = { notificationId, id: deliveryId(notificationId, delivery.ordinal) };
      progress.after(delivery, to, { ...changeOf(delivery, ids, to, now), code: 'account_gone' });
    }
  };

  return (input) => {
    const configured = new Set(input.lanes.map(({ channel, account }) => lanes.key(channel, account)));
    // Finding what waits reads every delivery through: only a config that lost an account is worth that.
    if (known.all().every(({ key }) => configured.has(key))) return;
    for (const { lane } of used.all()) {
      if (configured.has(lane)) continue;
      const { channel } = lanes.lane(lane);
      const target = input.lanes.find((candidate) => candidate.channel === channel);
      if (target === undefined) continue;
      const to = lanes.key(target.channel, target.account);
      record(lane, input.now);
      giveUp(lane, input.now);
      move.run(to, lane);
      effects.ready(to);
    }
  };
}
