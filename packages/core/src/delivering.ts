import { attempt } from './attempt.ts';
import type { Clock } from './clock.ts';
import type { Fate } from './fate.ts';
import { type Account, asksVendor, type LaneGate } from './lane.ts';
import type { Logger } from './log.ts';
import { lookUp } from './look-up.ts';
import type { Claimed, Lease, Outbox, Settle } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { noteStoreFault, storePauseMs } from './store-fault.ts';
import type { Verdicts } from './verdict.ts';

export interface DeliveringTools {
  readonly outbox: Pick<Outbox, 'settle' | 'receive'>;
  readonly verdicts: Verdicts;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts what is under way. */
  readonly stop: AbortSignal;
  /** False as soon as nothing more may begin. */
  running(): boolean;
  /** Time has something to do at this moment. */
  dueAt(at: number): void;
}

/** What happens to one claimed delivery until it is settled. */
export interface Delivering {
  /** Looks up, sends and settles a claimed delivery, or gives it back. Resolves when it is settled or given up. */
  deliver(at: Slot, delivery: Claimed): Promise<void>;
  /** Settles without a try. */
  settle(input: Settle): Promise<void>;
}

/** Where a delivery is tried. */
interface Slot {
  readonly account: Account;
  readonly gate: LaneGate;
  /** Told true when the settlement of a tried delivery has been given to the outbox, and false when that could not take it. */
  settling(isOnItsWay: boolean): void;
}

export function openDelivering(tools: DeliveringTools): Delivering {
  const { outbox, verdicts, clock, log, stop, running } = tools;

  /** What came of a try must be recorded, however long the store is away: the delivery keeps its slot, so nothing is sent twice meanwhile. */
  const insist = async (during: string, command: () => Promise<void>, failed = () => {}): Promise<void> => {
    for (;;) {
      try {
        return await command();
      } catch (error) {
        failed();
        noteStoreFault(log, error, during);
        if (!running()) return;
        await new Promise<void>((resolve) => void clock.after(storePauseMs, resolve));
      }
    }
  };

  const settle = (input: Settle, failed?: () => void): Promise<void> => {
    const command = async () => {
      const result = await outbox.settle(input);
      if (result === 'lost') log.warn('a lease was lost before its attempt ended', { delivery: input.lease.id });
      if ('at' in input.settlement) tools.dueAt(input.settlement.at);
    };
    return insist('settling a delivery', command, failed);
  };

  const askFate = async (account: Account, delivery: Claimed): Promise<Fate> => {
    const fate = await lookUp(account.provider, delivery, account.timeoutMs, stop, clock);
    if (fate.kind !== 'unknown')
      log.info('the vendor told what became of an attempt', { delivery: delivery.id, fate: fate.kind });
    return fate;
  };

  /** What the vendor had already is settled by its word; else what may be sent, with or without a doubt. */
  const resolveDoubt = async (account: Account, gate: LaneGate, doubtful: Claimed): Promise<Claimed | null> => {
    const fate = await askFate(account, doubtful);
    const now = clock.now();
    const delivery = fate.kind === 'absent' ? { ...doubtful, doubtful: false } : doubtful;
    const known = fate.kind === 'accepted' || fate.kind === 'receipt';
    const untried = known ? null : verdicts.untried(delivery, running(), now);
    const settlement = untried ?? verdicts.lookedUp(account, gate, delivery, fate, now);
    if (settlement === null) return delivery;
    await settle({ lease: leaseOf(doubtful), attempt: null, settlement: cleared(settlement, doubtful, delivery), now });
    if (fate.kind === 'receipt') {
      const { receipt } = fate;
      await insist('storing a receipt', async () => {
        await outbox.receive({ delivery: doubtful.id, receipt, now });
      });
    }
    return null;
  };

  /** Tries it and settles what came of it. */
  const send = async ({ account, gate, settling }: Slot, claimed: Claimed, delivery: Claimed): Promise<void> => {
    const { channel, account: name, timeoutMs, provider } = account;
    const startedAt = clock.now();
    const outcome = await attempt(provider, delivery, timeoutMs, stop, clock);
    const endedAt = clock.now();
    const before = gate.breaker;
    gate.observed(outcome, endedAt);
    if (before.state === 'closed' && gate.breaker.state === 'open') {
      log.warn('account is not usable: what waits for it is parked', { channel, account: name, code: codeOf(outcome) });
    }
    const settlement = verdicts.tried(account, gate, delivery, outcome, endedAt);
    const detail = 'detail' in outcome ? outcome.detail : null;
    const record = { channel, account: name, startedAt, endedAt, outcome: outcome.kind, code: codeOf(outcome), detail };
    const doubt = outcome.kind === 'uncertain' ? settlement : cleared(settlement, claimed, delivery);
    const input: Settle = { lease: leaseOf(claimed), attempt: record, settlement: doubt, now: endedAt };
    const settled = settle(input, () => settling(false));
    settling(true);
    await settled;
  };

  return {
    settle: (input) => settle(input),
    async deliver(slot, claimed) {
      const { account, gate } = slot;
      const now = clock.now();
      const untried = verdicts.untried(claimed, running(), now);
      const asks = asksVendor(account, claimed);
      if (untried !== null) {
        if (asks) gate.observed(null, now);
        return settle({ lease: leaseOf(claimed), attempt: null, settlement: untried, now });
      }
      const delivery = claimed.doubtful ? await resolveDoubt(account, gate, claimed) : claimed;
      if (delivery !== null && delivery.quotaUntil === null) return send(slot, claimed, delivery);
      const later = clock.now();
      if (asks) gate.observed(null, later);
      if (delivery === null || delivery.quotaUntil === null) return;
      const settlement = verdicts.overQuota(account, gate, delivery, delivery.quotaUntil, later);
      await settle({
        lease: leaseOf(claimed),
        attempt: null,
        settlement: cleared(settlement, claimed, delivery),
        now: later,
      });
    },
  };
}

/** Says so when a doubt about the claimed delivery is gone and the delivery goes on. */
function cleared(settlement: Settle['settlement'], claimed: Claimed, delivery: Claimed): Settle['settlement'] {
  return 'account' in settlement && claimed.doubtful && !delivery.doubtful
    ? { ...settlement, cleared: true }
    : settlement;
}

/** What a command says of a claimed delivery: plain data, and no content. */
export function leaseOf({ id, delivery, token }: Claimed): Lease {
  return { id, delivery, token };
}

function codeOf(outcome: Outcome): string | null {
  return 'code' in outcome ? outcome.code : null;
}
