import type { Cancel, Claim, Outbox, Reassign, Renew } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openAccept } from './accept.ts';
import { openCancel } from './cancel.ts';
import { openClaim } from './claim.ts';
import { openEffects } from './effects.ts';
import { openInbox } from './inbox.ts';
import type { Lanes } from './lanes.ts';
import { openProgress } from './progress.ts';
import { openQueue } from './queue.ts';
import { openReceive } from './receive.ts';
import type { SearchTerm } from './search-terms.ts';
import { openSettle } from './settle.ts';
import { openTick } from './tick.ts';
import { openWriter } from './writer.ts';

/** The outbox over an open database: every command goes through one writer and shares its commits. */
export function openOutbox(db: Database, lanes: Lanes, term: SearchTerm): Outbox & { close(): void } {
  const effects = openEffects(db, lanes);
  const queue = openQueue(db, effects);
  const progress = openProgress(db, lanes, effects, queue);
  const accept = openAccept(db, lanes, effects, queue, term);
  const claim = openClaim(db, lanes);
  const settle = openSettle(db, lanes, effects, queue, progress);
  const receive = openReceive(db, queue, progress);
  const cancel = openCancel(db, effects, queue, progress);
  const tick = openTick(db, lanes, effects, queue, progress);
  const renew = openRenew(db);
  const reassign = openReassign(db, lanes);
  const inbox = openInbox(db, lanes);
  const writer = openWriter(db, {
    take: () => effects.take(),
    forget() {
      effects.take();
      lanes.reload();
    },
  });
  return {
    accept: (input) => writer.run(() => accept(input)),
    claim: (input: Claim) => writer.run(() => claim(input)),
    settle: (input) => writer.run(() => settle(input)),
    receive: (input) => writer.run(() => receive(input)),
    cancel: (input: Cancel) => writer.run(() => cancel(input)),
    renew: (input) => writer.run(() => renew(input)),
    tick: (input) => writer.run(() => tick(input)),
    reassign: (input) => writer.run(() => reassign(input)),
    keep: (input) => writer.run(() => inbox.keep(input)),
    clearInbox: (input) => writer.run(() => inbox.clear(input)),
    onCommit: (listener) => writer.onCommit(listener),
    close: () => writer.close(),
  };
}

function openRenew(db: Database): (input: Renew) => void {
  const extend = db.prepare<{ key: number; token: number; until: number }>(
    'UPDATE deliveries SET lease_until = @until WHERE key = @key AND token = @token AND state = 4',
  );
  return ({ leases, leaseMs, now }) => {
    for (const { delivery, token } of leases) extend.run({ key: delivery, token, until: now + leaseMs });
  };
}

function openReassign(db: Database, lanes: Lanes): (input: Reassign) => void {
  const used = db.prepare<[], { lane: number }>(
    'SELECT DISTINCT lane FROM deliveries WHERE state IN (0, 1, 2, 3, 5, 6)',
  );
  const move = db.prepare<{ from: number; to: number }>(
    'UPDATE deliveries SET lane = @to WHERE lane = @from AND state IN (0, 1, 2, 3, 5, 6)',
  );
  return (input) => {
    const configured = new Set(input.lanes.map(({ channel, account }) => lanes.key(channel, account)));
    for (const { lane } of used.all()) {
      if (configured.has(lane)) continue;
      const { channel } = lanes.lane(lane);
      const target = input.lanes.find((candidate) => candidate.channel === channel);
      if (target) move.run({ from: lane, to: lanes.key(target.channel, target.account) });
    }
  };
}
