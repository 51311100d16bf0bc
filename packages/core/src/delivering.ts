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
  /** Tries what nothing stands in the way of, and settles what came of it. */
  send(at: At, claimed: Claimed): Promise<void>;
  /** Lets the account's gate see what a try came to. */
  observe(at: At, outcome: Outcome, now: number): void;
  /** Records a try that the gate has seen, and what follows from it for the delivery. */
  conclude(at: At, claimed: Claimed, outcome: Outcome, tried: Tried): Promise<void>;
}

interface At {
  readonly account: Account;
  readonly gate: LaneGate;
}

/** What is known of a try beside its outcome. */
interface Tried {
  readonly startedAt: number;
  readonly endedAt: number;
  /** What its record says; the outcome's own code and detail when left out. */
  readonly told?: { readonly code: string; readonly detail: string };
  /** What follows, where that is not for the outcome to decide. */
  readonly settlement?: Settle['settlement'];
}

/** Where a delivery is tried. */
interface Slot extends At {
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

  const observe: Delivering['observe'] = ({ account, gate }, outcome, now) => {
    const { channel, account: name } = account;
    const before = gate.breaker;
    gate.observed(outcome, now);
    if (before.state === 'closed' && gate.breaker.state === 'open') {
      log.warn('account is not usable: what waits for it is parked', { channel, account: name, code: codeOf(outcome) });
    }
  };

  /** `delivery` is the claimed one as a look-up has left it. */
  const conclude = (
    { account, gate }: At,
    claimed: Claimed,
    delivery: Claimed,
    outcome: Outcome,
    { startedAt, endedAt, told, settlement: given }: Tried,
    onFault?: () => void,
  ): Promise<void> => {
    const { channel, account: name } = account;
    const settlement = given ?? verdicts.tried(account, gate, delivery, outcome, endedAt);
    const detail = told?.detail ?? ('detail' in outcome ? outcome.detail : null);
    const code = told?.code ?? codeOf(outcome);
    const record = { channel, account: name, startedAt, endedAt, outcome: outcome.kind, code, detail };
    const doubt = outcome.kind === 'uncertain' ? settlement : cleared(settlement, claimed, delivery);
    return settle({ lease: leaseOf(claimed), attempt: record, settlement: doubt, now: endedAt }, onFault);
  };

  /** Tries it and settles what came of it. */
  const send = async ({ account, gate, settling }: Slot, claimed: Claimed, delivery: Claimed): Promise<void> => {
    const startedAt = clock.now();
    const outcome = await attempt(account.provider, delivery, account.timeoutMs, stop, clock);
    const endedAt = clock.now();
    const at = { account, gate };
    observe(at, outcome, endedAt);
    const settled = conclude(at, claimed, delivery, outcome, { startedAt, endedAt }, () => settling(false));
    settling(true);
    await settled;
  };

  return {
    settle: (input) => settle(input),
    observe,
    send: ({ account, gate }, claimed) => send({ account, gate, settling: () => undefined }, claimed, claimed),
    conclude: (at, claimed, outcome, tried) => conclude(at, claimed, claimed, outcome, tried),
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
