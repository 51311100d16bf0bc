import type { Clock } from './clock.ts';
import { leaseOf, openDelivering } from './delivering.ts';
import { type Folding, openFolding } from './folding.ts';
import { type Account, asksVendor, type ChannelSetup, type LaneGate, laneKey } from './lane.ts';
import type { Logger } from './log.ts';
import type { Claim, Claimed, Lane, Outbox } from './outbox.ts';
import { openRunner, type Runner, slotsForOthers } from './runner.ts';
import { noteStoreFault, storePauseMs } from './store-fault.ts';
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
/** Deliveries handed over in one go. */
const handOverLimit = 200;

type Which = Omit<Claim, 'lane' | 'leaseMs' | 'now'>;

/**
 * One runner per lane, and none waits for another. A runner claims exactly as many deliveries as it has free slots, so
 * that nothing waits while leased. The outbox carries commands out in their order: so a slot is free as soon as the
 * settlement of its delivery is on its way, since what is claimed after it cannot leave before that is on the disk.
 */
export function openDispatcher(tools: DispatcherTools): Dispatcher {
  const { outbox, channels, clock, random, log } = tools;
  const stopping = new AbortController();
  const runners = new Map<string, Runner>();
  const gate = (lane: Lane) => runners.get(laneKey(lane))?.gate;
  const verdicts = openVerdicts(channels, gate, random);
  let running = false;
  let cancelTick: (() => void) | null = null;
  let tickAt = Number.POSITIVE_INFINITY;
  let lookAt = Number.NEGATIVE_INFINITY;
  let unsubscribe: (() => void) | null = null;
  let drained: (() => void) | null = null;

  const common = { verdicts, clock, log, stop: stopping.signal, running: () => running };
  const delivering = openDelivering({ ...common, outbox, dueAt: (at) => tickBy(at) });
  const { deliver, settle } = delivering;
  for (const { channel, accounts } of channels.values()) {
    for (const account of accounts.values()) {
      const folding = openFolding(channel, account, { ...common, delivering });
      runners.set(laneKey(account), openRunner(account, folding, clock.now()));
    }
  }

  const inFlight = () => [...runners.values()].reduce((sum, runner) => sum + runner.held.size, 0);

  /** A claim under way may still bring something. */
  const idle = () => inFlight() === 0 && ![...runners.values()].some(({ pumping }) => pumping);

  const wake = (runner: Runner) => {
    if (runner.pumping) {
      runner.again = true;
      return;
    }
    runner.pumping = true;
    // Answers often come many in a turn: their slots are filled by one claim, which follows all of their settlements.
    clock.afterTurn(() => void pump(runner));
  };

  const pump = async (runner: Runner): Promise<void> => {
    try {
      runner.again = false;
      await claimOnce(runner);
    } catch (error) {
      noteStoreFault(log, error, 'claiming deliveries');
      wakeLater(runner, clock.now() + storePauseMs);
    } finally {
      runner.pumping = false;
      if (running && runner.again) wake(runner);
      else if (!running && idle()) drained?.();
    }
  };

  const claimOnce = async (runner: Runner): Promise<void> => {
    const now = clock.now();
    const free = runner.account.concurrency - runner.held.size + runner.settling.size;
    const want = running ? runner.gate.grant(free, now) : 0;
    if (want <= 0) {
      if (running && free > 0) wakeLater(runner, runner.gate.retryAt(now));
      if (running && runner.gate.breaker.state !== 'closed') await handOver(runner, now);
      return;
    }
    const reserved = Math.max(0, want - slotsForOthers(runner));
    const { quotas = [] } = runner.account;
    const which = { limit: want, reserved, ...(quotas.length > 0 && { quotas }) };
    if (runner.folding !== null) return claimFolding(runner, runner.folding, which, free, now);
    beginAll(runner, await claim(runner, which, now), want, free, now);
  };

  const beginAll = (runner: Runner, claimed: readonly Claimed[], want: number, free: number, now: number) => {
    runner.gate.claimed(claimed.filter((delivery) => asksVendor(runner.account, delivery)).length, now);
    for (const delivery of claimed) {
      const { account, gate } = runner;
      const settling = (isOnItsWay: boolean) => noteSettling(runner, delivery, isOnItsWay);
      void deliver({ account, gate, settling }, delivery).finally(() => settled(runner, delivery));
    }
    if (claimed.length === want && want < free) wakeLater(runner, runner.gate.retryAt(now));
  };

  /** What was claimed as one is one request to the vendor, and one slot. */
  const claimFolding = async (runner: Runner, folding: Folding, which: Which, free: number, now: number) => {
    const claimed = await claim(runner, { ...which, fold: folding.fold() }, now);
    if (claimed[0]?.folded !== true) return beginAll(runner, claimed, which.limit, free, now);
    runner.gate.claimed(1, now);
    void folding.deliver(runner, claimed).finally(() => {
      for (const delivery of claimed) settled(runner, delivery);
    });
  };

  /** The one way to a lease, so that none is ever shorter than what may be under way with it. */
  const claim = async (runner: Runner, which: Which, now: number) => {
    const { lane, leaseMs, held } = runner;
    const claiming = outbox.claim({ ...which, lane, leaseMs, now }).then((claimed) => {
      for (const delivery of claimed) held.set(delivery, now + leaseMs);
      return claimed;
    });
    runner.claiming = claiming;
    return claiming;
  };

  /**
   * What waits for an account that cannot be used goes to a healthy one of its route, if there is one; else it is parked
   * when its plan has a further step, which then starts.
   */
  const handOver = async (runner: Runner, now: number): Promise<void> => {
    // Looking costs the store: not with every delivery that joins the crowd, which would slow everybody else.
    if (now < runner.lookAgainAt) return;
    runner.lookAgainAt = now + heartbeatMs;
    const routed = verdicts.heirKinds(runner.lane);
    const handed = routed.length > 0 ? await giveAway(runner, { routed }, now) : 0;
    const parked = await giveAway(runner, { followed: true }, now);
    if (handed === handOverLimit || parked === handOverLimit) runner.lookAgainAt = now;
  };

  const giveAway = async (runner: Runner, which: Pick<Claim, 'routed' | 'followed'>, now: number): Promise<number> => {
    const claimed = await claim(runner, { ...which, limit: handOverLimit }, now);
    const settling = claimed.map(async (delivery) => {
      const settlement =
        verdicts.untried(delivery, running, now) ?? verdicts.waiting(delivery, which.followed === true, now);
      await settle({ lease: leaseOf(delivery), attempt: null, settlement, now });
      settled(runner, delivery);
    });
    await Promise.all(settling);
    return claimed.length;
  };

  const noteSettling = (runner: Runner, delivery: Claimed, isOnItsWay: boolean) => {
    if (!isOnItsWay) runner.settling.delete(delivery);
    else {
      runner.settling.add(delivery);
      if (running) wake(runner);
    }
  };

  const settled = (runner: Runner, delivery: Claimed) => {
    runner.held.delete(delivery);
    const wasFree = runner.settling.delete(delivery);
    if (running && !wasFree) wake(runner);
    else if (!running && idle()) drained?.();
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
      const { nextAt, more } = await outbox.tick({ now, limit: tickLimit, held: heldLanes(), asked: askedLanes() });
      if (more) next = now;
      else if (nextAt !== null) next = Math.min(next, Math.max(nextAt, now + 1));
    } catch (error) {
      noteStoreFault(log, error, 'looking at what is due');
    }
    tickBy(next);
  };

  const lanes = (which: (account: Account) => boolean): readonly Lane[] =>
    [...runners.values()].filter(({ account }) => which(account)).map(({ lane }) => lane);
  const heldLanes = () => lanes(({ onUncertain }) => onUncertain === 'hold');
  const askedLanes = () => lanes(({ provider }) => provider.lookUp !== undefined);

  /** What is leased at this moment, also by a claim under way, keeps its lease however far the clock has jumped. */
  const renewLeases = async (now: number): Promise<void> => {
    await Promise.allSettled([...runners.values()].map(({ claiming }) => claiming));
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
      await outbox.reassign({ lanes: lanes(() => true), now: clock.now() });
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
