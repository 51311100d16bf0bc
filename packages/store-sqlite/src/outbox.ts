import type { Accept, Accepted, Cancel, Claim, Outbox, Renew } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openAccept } from './accept.ts';
import { auditedActs } from './acts.ts';
import { openAdmission } from './admission.ts';
import type { Audit } from './audit.ts';
import { type Cancellation, openCancel } from './cancel.ts';
import { openClaim } from './claim.ts';
import { openConversionWatch } from './conversion-watch.ts';
import { openConversions } from './conversions.ts';
import { openConvert } from './convert.ts';
import type { Effects } from './effects.ts';
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
import { openSearchIndex } from './search-index.ts';
import type { SearchTerm } from './search-terms.ts';
import { openSettle } from './settle.ts';
import { openSuppressions } from './suppressions.ts';
import { openTick } from './tick.ts';
import { openTraces } from './traces.ts';
import type { Writer } from './writer.ts';

/** What another port does to the outbox within a transaction of its own. */
export interface OutboxCommands extends Cancellation {
  accept(input: Accept): readonly Accepted[];
  convert(input: Cancel): void;
}

/**
 * The outbox over an open database. While the disk is full only those commands pass that end what was begun: nothing is
 * accepted, and nothing is claimed that could not be settled.
 */
export function openOutbox(
  db: Database,
  lanes: Lanes,
  term: SearchTerm,
  effects: Effects,
  audit: Audit,
  writer: Writer,
): { readonly outbox: Outbox; readonly commands: OutboxCommands } {
  const queue = openQueue(db, effects);
  const progress = openProgress(db, lanes, effects, queue);
  const search = openSearchIndex(db, term);
  const conversions = openConversions(db);
  const watch = openConversionWatch(db, term, effects, conversions);
  const counts = openQuotaCounts(db, term);
  const quotas = openQuotas(db, counts, conversions, watch);
  const accept = openAccept(db, lanes, effects, queue, search, openAdmission(db, lanes, quotas));
  const claim = openClaim(db, lanes, quotas);
  const suppressions = openSuppressions(db, lanes, term, effects);
  const receiver = openReceiver(db, queue, progress);
  const hearing = openHearing(db, lanes, receiver, openTraces(db), suppressions);
  const settle = openSettle(db, lanes, effects, queue, progress, {
    ...hearing,
    ...suppressions,
    ...watch,
  });
  const receive = openReceive(receiver);
  const { cancel, conclude } = openCancel(db, queue, progress);
  const convert = openConvert(db, counts, conversions, watch);
  const tick = openTick(db, lanes, effects, queue, progress);
  const prune = openPrune(db, search, audit);
  const renew = openRenew(db);
  const reassign = openReassign(db, lanes, effects, queue, progress);
  const inbox = openInbox(db, lanes);
  const requeue = openRequeue(db, effects, queue);
  const acts = auditedActs(
    {
      ...suppressions,
      cancel,
      requeue: requeue.one,
      requeueMany: requeue.many,
      clearInbox: inbox.clear,
    },
    audit,
  );
  const outbox: Outbox = {
    accept: (input) => writer.run(() => accept(input)),
    claim: (input: Claim) => writer.run(() => claim(input)),
    settle: (input) => writer.finish(() => settle(input)),
    receive: (input) => writer.finish(() => receive(input)),
    hear: (input) => writer.finish(() => hearing.hear(input)),
    suppress: (input) => writer.run(() => acts.suppress(input)),
    release: (input) => writer.run(() => acts.release(input)),
    convert: (input) => writer.finish(() => convert(input)),
    cancel: (input) => writer.run(() => acts.cancel(input)),
    requeue: (input) => writer.run(() => acts.requeue(input)),
    requeueMany: (input) => writer.run(() => acts.requeueMany(input)),
    conclude: (input) => writer.finish(() => conclude(input)),
    renew: (input) => writer.finish(() => renew(input)),
    tick: (input) => writer.run(() => tick(input)),
    prune: (input) => writer.run(() => prune(input)),
    reassign: (input) => writer.finish(() => reassign(input)),
    keep: (input) => writer.finish(() => inbox.keep(input)),
    clearInbox: (input) => writer.run(() => acts.clearInbox(input)),
    onCommit: (listener) => writer.onCommit(listener),
  };
  return { outbox, commands: { accept, convert, cancel, conclude } };
}

function openRenew(db: Database): (input: Renew) => void {
  const extend = db.prepare<{ key: number; token: number; until: number }>(
    'UPDATE deliveries SET lease_until = @until WHERE key = @key AND token = @token AND state = 4',
  );
  return ({ leases, leaseMs, now }) => {
    for (const { delivery, token } of leases) extend.run({ key: delivery, token, until: now + leaseMs });
  };
}
