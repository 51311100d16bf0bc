import type { Accept, Accepted, Claim, Outbox, PruneResult, Renew } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openAccept } from './accept.ts';
import { auditedActs } from './acts.ts';
import { openAdmission } from './admission.ts';
import type { Audit } from './audit.ts';
import { type Cancellation, openCancel, openEnding } from './cancel.ts';
import { openClaim } from './claim.ts';
import { openConversionWatch } from './conversion-watch.ts';
import { openConversions } from './conversions.ts';
import { openConvert } from './convert.ts';
import type { Effects } from './effects.ts';
import { openErase } from './erase.ts';
import { openHearing } from './hear.ts';
import { openInbox } from './inbox.ts';
import type { Lanes } from './lanes.ts';
import { openProgress } from './progress.ts';
import { openPrune } from './prune.ts';
import { openQueue } from './queue.ts';
import { openQuotaCounts } from './quota-counts.ts';
import { openQuotas } from './quotas.ts';
import { openReassign } from './reassign.ts';
import { openReceive, openReceiver } from './receive.ts';
import { openRequeue } from './requeue.ts';
import { openReseal } from './sealing/reseal.ts';
import type { Secrecy } from './sealing/secrecy.ts';
import { openSearchIndex } from './search-index.ts';
import { openSettle } from './settle.ts';
import { openSuppressions } from './suppressions.ts';
import { openSweep } from './sweep.ts';
import { openTick } from './tick.ts';
import { openTraces } from './traces.ts';
import type { Writer } from './writer.ts';

/** What another port does to the outbox within a transaction of its own. */
export interface OutboxCommands extends Cancellation {
  accept(input: Accept): readonly Accepted[];
}

/**
 * The outbox over an open database. While the disk is full only those commands pass that end what was begun: nothing is
 * accepted, and nothing is claimed that could not be settled.
 */
export function openOutbox(
  db: Database,
  lanes: Lanes,
  secrecy: Secrecy,
  effects: Effects,
  audit: Audit,
  writer: Writer,
): { readonly outbox: Outbox; readonly commands: OutboxCommands } {
  const { term, vault } = secrecy;
  const queue = openQueue(db, effects);
  const progress = openProgress(db, lanes, effects, queue);
  const search = openSearchIndex(db, term);
  const conversions = openConversions(db);
  const watch = openConversionWatch(db, term, effects, conversions);
  const counts = openQuotaCounts(db, term);
  const quotas = openQuotas(db, counts, conversions, watch);
  const accept = openAccept(db, lanes, effects, queue, search, openAdmission(db, lanes, quotas), secrecy);
  const suppressions = openSuppressions(db, lanes, secrecy, effects);
  const receiver = openReceiver(db, queue, progress);
  const hearing = openHearing(db, lanes, receiver, openTraces(db), suppressions);
  const settle = openSettle(db, lanes, effects, queue, progress, {
    ...hearing,
    ...suppressions,
    ...watch,
  });
  const claim = openClaim(db, lanes, quotas, vault, (id, delivery, token, now) => {
    settle({ lease: { id, delivery, token }, attempt: null, settlement: unreadable, now });
  });
  const receive = openReceive(receiver);
  const ending = openEnding(db, queue, progress);
  const { cancel, conclude } = openCancel(db, ending, openConvert(db, counts, conversions, watch));
  const tick = openTick(db, lanes, effects, queue, progress);
  const prune = openPrune(db, search, vault, audit);
  const reseal = openReseal(db, vault);
  const renew = openRenew(db);
  const reassign = openReassign(db, lanes, effects, queue, progress);
  const inbox = openInbox(db, lanes, secrecy);
  const requeue = openRequeue(db, effects, queue);
  const sweep = openSweep(db);
  const acts = auditedActs(
    {
      ...suppressions,
      cancel,
      requeue: requeue.one,
      requeueMany: requeue.many,
      clearInbox: inbox.clear,
      erase: openErase(db, ending, search, sweep, secrecy),
    },
    audit,
    secrecy.digest,
  );
  const outbox: Outbox = {
    accept: (input) => writer.run(() => accept(input)),
    claim: (input: Claim) => writer.run(() => claim(input)),
    settle: (input) => writer.finish(() => settle(input)),
    receive: (input) => writer.finish(() => receive(input)),
    hear: (input) => writer.finish(() => hearing.hear(input)),
    suppress: (input) => writer.run(() => acts.suppress(input)),
    release: (input) => writer.run(() => acts.release(input)),
    cancel: (input) => writer.run(() => acts.cancel(input)),
    requeue: (input) => writer.run(() => acts.requeue(input)),
    requeueMany: (input) => writer.run(() => acts.requeueMany(input)),
    conclude: (input) => writer.finish(() => conclude(input)),
    renew: (input) => writer.finish(() => renew(input)),
    tick: (input) => writer.run(() => tick(input)),
    async prune(input) {
      const pruned = await writer.run((): PruneResult => {
        const { more } = prune(input);
        const sealed = reseal(input.limit);
        return { more: more || sealed === 'more', ...(sealed === 'done' && { resealed: true }) };
      });
      sweep.run();
      if (!pruned.more) sweep.rewrite();
      return pruned;
    },
    async erase(input) {
      const erased = await writer.run(() => acts.erase(input));
      return { ...erased, swept: !erased.more && sweep.run() };
    },
    reassign: (input) => writer.finish(() => reassign(input)),
    keep: (input) => writer.finish(() => inbox.keep(input)),
    clearInbox: (input) => writer.run(() => acts.clearInbox(input)),
    onCommit: (listener) => writer.onCommit(listener),
  };
  return { outbox, commands: { accept, cancel, conclude } };
}

/** What ends a delivery whose content or address cannot be opened. */
const unreadable = {
  to: 'failed',
  code: 'unreadable',
  detail: 'what was stored of it cannot be opened: it was damaged or changed',
} as const;

function openRenew(db: Database): (input: Renew) => void {
  const extend = db.prepare<{ key: number; token: number; until: number }>(
    'UPDATE deliveries SET lease_until = @until WHERE key = @key AND token = @token AND state = 4',
  );
  return ({ leases, leaseMs, now }) => {
    for (const { delivery, token } of leases) extend.run({ key: delivery, token, until: now + leaseMs });
  };
}
