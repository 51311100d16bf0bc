import { attempt } from './attempt.ts';
import type { Clock } from './clock.ts';
import { type Account, type ChannelSetup, type LaneGate, laneGate, laneKey } from './lane.ts';
import type { Logger } from './log.ts';
import { type Claimed, type Lane, type Lease, type Outbox, type Settle, StoreUnavailable } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { openVerdicts } from './verdict.ts';

export interface DispatcherTools {
  readonly outbox: Outbox;
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Takes due deliveries out of the outbox, hands them to their providers and settles what came of it. */
export interface Dispatcher {
  start(): Promise<void>;
  /**
   * Claims nothing more, gives back what was claimed but not begun, and waits for what is under way; after `patienceMs`
   * the rest is aborted. Resolves when all is settled or given up.
   */
  stop(patienceMs: number): Promise<void>;
  /** What an account may do now, for readers. */
  gate(lane: Lane): LaneGate | undefined;
  /** Deliveries under way. */
  inFlight(): number;
}

/** Wake-ups are only hints: the clock and every lane are looked at this often at least. */
const heartbeatMs = 1_000;
/** Rows of each sort in one tick. */
const tickLimit = 500;
/** A lease outlives the longest attempt by this much, so that settling has time too. */
const leaseMarginMs = 15_000;
/** One slot in eight is kept for critical deliveries, so that they never wait for a slow crowd. */
const slotsPerReserved = 8;
/** Deliveries handed over in one go. */
const handOverLimit = 200;
/** How long to wait before a settlement is offered again to a store that could not take it. */
const storePauseMs = 1_000;

interface Runner {
  readonly account: Account;
  /** What the outbox knows of the account: commands are plain data. */
  readonly lane: Lane;
  readonly gate: LaneGate;
  readonly leaseMs: number;
  readonly held: Map<Claimed, number>;
  pumping: boolean;
  again: boolean;
  cancelWake: (() => void) | null;
}

/**
 * One runner per lane, and none waits for another. A runner claims exactly as many deliveries as it has free slots, so
 * that nothing waits while leased; a settled delivery frees its slot and the next claim shares its commit.
 */
export function openDispatcher(tools: DispatcherTools): Dispatcher {
  const { outbox, channels, clock, random, log } = tools;
  const stopping = new AbortController();
  const runners = new Map<string, Runner>();
  for (const setup of channels.values()) {
    for (const account of setup.accounts.values()) runners.set(laneKey(account), openRunner(account, clock.now()));
  }
  const gate = (lane: Lane) => runners.get(laneKey(lane))?.gate;
  const verdicts = openVerdicts(channels, gate, random);
  let running = false;
  let cancelTick: (() => void) | null = null;
  let tickAt = Number.POSITIVE_INFINITY;
  let lookAt = Number.NEGATIVE_INFINITY;
  let unsubscribe: (() => void) | null = null;
  let drained: (() => void) | null = null;

  const inFlight = () => [...runners.values()].reduce((sum, runner) => sum + runner.held.size, 0);

  /** A claim under way may still bring something. */
  const idle = () => inFlight() === 0 && ![...runners.values()].some(({ pumping }) => pumping);

  const wake = (runner: Runner) => {
    if (runner.pumping) {
      runner.again = true;
      return;
    }
    runner.pumping = true;
    queueMicrotask(() => void pump(runner));
  };

  const pump = async (runner: Runner): Promise<void> => {
    try {
      do {
        runner.again = false;
        await claimOnce(runner);
      } while (runner.again && running);
    } catch (error) {
      onStoreError(error, 'claiming deliveries');
      wakeLater(runner, clock.now() + storePauseMs);
    } finally {
      runner.pumping = false;
      if (!running && idle()) drained?.();
    }
  };

  const claimOnce = async (runner: Runner): Promise<void> => {
    const now = clock.now();
    const free = runner.account.concurrency - runner.held.size;
    const want = running ? runner.gate.grant(free, now) : 0;
    if (want <= 0) {
      if (running && free > 0) wakeLater(runner, runner.gate.retryAt(now));
      if (running && runner.gate.breaker.state !== 'closed') await handOver(runner, now);
      return;
    }
    const { lane, leaseMs } = runner;
    const reserved = Math.max(0, want - slotsForOthers(runner));
    const claimed = await outbox.claim({ lane, limit: want, reserved, leaseMs, now });
    runner.gate.claimed(claimed.length, now);
    for (const delivery of claimed) {
      runner.held.set(delivery, now + runner.leaseMs);
      void deliver(runner, delivery).finally(() => settled(runner, delivery));
    }
    if (claimed.length === want && want < free) wakeLater(runner, runner.gate.retryAt(now));
  };

  /** What waits for an account that cannot be used goes to a healthy one of its route, if there is one. */
  const handOver = async (runner: Runner, now: number): Promise<void> => {
    const { lane, leaseMs, held } = runner;
    const routed = verdicts.heirKinds(lane);
    if (routed.length === 0) return;
    const claimed = await outbox.claim({ lane, limit: handOverLimit, routed, leaseMs, now });
    for (const delivery of claimed) held.set(delivery, now + leaseMs);
    const settling = claimed.map(async (delivery) => {
      const settlement = verdicts.untried(delivery, running, now) ?? verdicts.waiting(delivery);
      await settle({ lease: leaseOf(delivery), attempt: null, settlement, now });
      settled(runner, delivery);
    });
    await Promise.all(settling);
  };

  const settled = (runner: Runner, delivery: Claimed) => {
    runner.held.delete(delivery);
    if (running) wake(runner);
    else if (idle()) drained?.();
  };

  const deliver = async (runner: Runner, delivery: Claimed): Promise<void> => {
    const { channel, account, timeoutMs, provider } = runner.account;
    const startedAt = clock.now();
    const untried = verdicts.untried(delivery, running, startedAt);
    if (untried !== null) {
      runner.gate.observed(null, startedAt);
      await settle({ lease: leaseOf(delivery), attempt: null, settlement: untried, now: startedAt });
      return;
    }
    const outcome = await attempt(provider, delivery, timeoutMs, stopping.signal, clock);
    const endedAt = clock.now();
    const before = runner.gate.breaker;
    runner.gate.observed(outcome, endedAt);
    if (before.state === 'closed' && runner.gate.breaker.state === 'open') {
      log.warn('account is not usable: what waits for it is parked', { channel, account, code: codeOf(outcome) });
    }
    const settlement = verdicts.tried(runner.account, runner.gate, delivery, outcome, endedAt);
    const detail = 'detail' in outcome ? outcome.detail : null;
    const record = { channel, account, startedAt, endedAt, outcome: outcome.kind, code: codeOf(outcome), detail };
    await settle({ lease: leaseOf(delivery), attempt: record, settlement, now: endedAt });
  };

  /** What was sent must be recorded, however long the store is away: the delivery keeps its slot, so nothing is sent twice meanwhile. */
  const settle = async (input: Settle): Promise<void> => {
    for (;;) {
      try {
        const result = await outbox.settle(input);
        if (result === 'lost') log.warn('a lease was lost before its attempt ended', { delivery: input.lease.id });
        if ('at' in input.settlement) tickBy(input.settlement.at);
        return;
      } catch (error) {
        onStoreError(error, 'settling a delivery');
        if (!running) return;
        await new Promise<void>((resolve) => void clock.after(storePauseMs, resolve));
      }
    }
  };

  const onStoreError = (error: unknown, during: string) => {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.error(`the store cannot be used while ${during}`, { code: error.code });
  };

  const wakeLater = (runner: Runner, at: number | null) => {
    if (at === null || !running) return;
    runner.cancelWake?.();
    runner.cancelWake = clock.after(Math.max(1, at - clock.now()), () => wake(runner));
  };

  const tickBy = (at: number) => {
    if (!running || at >= tickAt) return;
    cancelTick?.();
    tickAt = at;
    cancelTick = clock.after(Math.max(0, at - clock.now()), () => void tick());
  };

  const tick = async (): Promise<void> => {
    tickAt = Number.POSITIVE_INFINITY;
    const now = clock.now();
    let next = now + heartbeatMs;
    if (now >= lookAt) {
      lookAt = next;
      for (const runner of runners.values()) wake(runner);
    }
    try {
      await renewLeases(now);
      const { nextAt, more } = await outbox.tick({ now, limit: tickLimit, held: heldLanes(), asked: [] });
      if (more) next = now;
      else if (nextAt !== null) next = Math.min(next, Math.max(nextAt, now + 1));
    } catch (error) {
      onStoreError(error, 'looking at what is due');
    }
    tickBy(next);
  };

  const heldLanes = (): readonly Lane[] =>
    [...runners.values()].filter(({ account }) => account.onUncertain === 'hold').map(({ lane }) => lane);

  const renewLeases = async (now: number): Promise<void> => {
    for (const { held, leaseMs } of runners.values()) {
      const leases = [...held].filter(([, until]) => until - now < leaseMs / 2).map(([delivery]) => delivery);
      if (leases.length === 0) continue;
      await outbox.renew({ leases: leases.map(leaseOf), leaseMs, now });
      for (const lease of leases) if (held.has(lease)) held.set(lease, now + leaseMs);
    }
  };

  return {
    inFlight,
    gate,
    async start() {
      running = true;
      await outbox.reassign({ lanes: [...runners.values()].map(({ lane }) => lane), now: clock.now() });
      unsubscribe = outbox.onCommit(({ ready }) => {
        for (const lane of ready) {
          const runner = runners.get(laneKey(lane));
          if (runner) wake(runner);
        }
      });
      await tick();
    },
    async stop(patienceMs) {
      running = false;
      unsubscribe?.();
      cancelTick?.();
      for (const { cancelWake } of runners.values()) cancelWake?.();
      if (idle()) return;
      const impatient = clock.after(patienceMs, () => stopping.abort());
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
      impatient();
    },
  };
}

/** How many more deliveries that are not critical may be under way: the slots kept for critical ones are never theirs. */
function slotsForOthers({ account, held }: Runner): number {
  const { concurrency } = account;
  const kept = Math.floor(concurrency / slotsPerReserved);
  const others = [...held.keys()].filter(({ priority }) => priority !== 'critical').length;
  return Math.max(0, concurrency - kept - others);
}

function leaseOf({ id, delivery, token }: Claimed): Lease {
  return { id, delivery, token };
}

function openRunner(account: Account, now: number): Runner {
  return {
    account,
    lane: { channel: account.channel, account: account.account },
    gate: laneGate(account, now),
    leaseMs: account.timeoutMs + leaseMarginMs,
    held: new Map(),
    pumping: false,
    again: false,
    cancelWake: null,
  };
}

function codeOf(outcome: Outcome): string | null {
  return 'code' in outcome ? outcome.code : null;
}
