import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standing, step } from '../doubles/plan-states.ts';
import { type DeliveryStatus, isOpen, isUnsent } from './delivery.ts';
import { guarantees, type NotificationStatus, strategies } from './notification.ts';
import { advance, notificationStatus, type Plan, type PlanChange, type PlanDelivery, type PlanState } from './plan.ts';

/** What can become of a delivery without the plan: attempts, time, receipts, operators. */
const moves: Readonly<Partial<Record<DeliveryStatus, readonly DeliveryStatus[]>>> = {
  scheduled: ['queued', 'canceled', 'expired'],
  queued: ['sending', 'canceled', 'expired'],
  sending: ['sent', 'failed', 'retrying', 'parked', 'queued', 'dead', 'uncertain', 'delivered', 'undelivered'],
  retrying: ['queued', 'canceled', 'expired', 'delivered'],
  parked: ['queued', 'canceled', 'expired'],
  failed: ['queued'],
  dead: ['queued'],
  sent: ['delivered', 'undelivered'],
  uncertain: ['sent', 'delivered', 'undelivered', 'queued'],
  waiting: ['expired', 'canceled'],
};

interface Told {
  readonly before: PlanState;
  readonly after: PlanState;
  readonly change: PlanChange;
  readonly at: number;
  /** The status that the cause led to, a receipt's among them. */
  readonly to: DeliveryStatus | 'time';
  /** An operator queued a delivery again. */
  readonly requeues: boolean;
}

/** A delivery in its new status: an attempt may leave a doubt behind, a vendor or an operator may end it. */
function moved(delivery: PlanDelivery, status: DeliveryStatus, chance: number): PlanDelivery {
  if (status === 'queued' && !isOpen(delivery.status)) return { ...delivery, status, requeued: true, doubtful: false };
  if (!isOpen(status)) return { ...delivery, status, requeued: false, doubtful: false };
  if (delivery.status !== 'sending' || status === 'queued') return { ...delivery, status };
  return { ...delivery, status, doubtful: (chance >> 12) % 2 === 0 };
}

/** The store ends what may have arrived as uncertain. */
function closedAs({ doubtful = false }: PlanDelivery, status: DeliveryStatus): DeliveryStatus {
  return doubtful ? 'uncertain' : status;
}

const runs = fc.record({
  strategy: fc.constantFrom(...strategies),
  guarantee: fc.constantFrom(...guarantees),
  steps: fc.array(
    fc.record({
      devices: fc.integer({ min: 1, max: 3 }),
      withinMs: fc.option(fc.constantFrom(10, 50)),
      until: fc.constantFrom('sent', 'delivered'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  chances: fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 80 }),
});
type Run = typeof runs extends fc.Arbitrary<infer Value> ? Value : never;

function planOf({ strategy, guarantee, steps }: Run): Plan {
  return { strategy, guarantee, steps: steps.map(({ withinMs, until }) => step({ withinMs, until })) };
}

/** A random legal history: the store's part is played here as small as it can be said. */
function history(run: Run): readonly Told[] {
  const plan = planOf(run);
  const begins = (place: number): DeliveryStatus =>
    place === 0 || run.strategy === 'broadcast' ? 'queued' : 'waiting';
  let state = standing(
    run.steps.map(({ devices }, place) => Array<DeliveryStatus>(devices).fill(begins(place))),
    { stepDeadline: run.steps[0]?.withinMs ?? null },
  );
  let at = 0;
  const told: Told[] = [];
  for (const chance of run.chances) {
    at += chance % 7;
    const movable = state.deliveries.filter(({ status }) => moves[status] !== undefined);
    const picked = movable[chance % Math.max(1, movable.length)];
    const timeIsUp = state.stepDeadline !== null && at >= state.stepDeadline;
    if (picked === undefined && !timeIsUp) break;
    const choices = picked === undefined ? [] : (moves[picked.status] ?? []);
    const to = timeIsUp || picked === undefined ? 'time' : (choices[(chance >> 8) % choices.length] as DeliveryStatus);
    if (to !== 'time' && picked?.status === 'waiting' && (chance >> 16) % 10 > 0) continue;
    // Operators, too, act rarely.
    const requeues = picked !== undefined && to === 'queued' && !isOpen(picked.status);
    if (requeues && (chance >> 16) % 5 > 0) continue;
    const before: PlanState =
      to === 'time' || picked === undefined
        ? state
        : { ...state, deliveries: state.deliveries.map((one) => (one === picked ? moved(one, to, chance) : one)) };
    const change = advance(plan, before, at);
    const closed = new Map(change.close.map(({ ordinal, status }) => [ordinal, status]));
    const after: PlanState = {
      ...before,
      step: change.step,
      stepDeadline: change.stepDeadline,
      deliveries: before.deliveries.map((delivery) => ({
        ...delivery,
        status: closed.has(delivery.ordinal)
          ? closedAs(delivery, closed.get(delivery.ordinal) as DeliveryStatus)
          : delivery.step === change.start && delivery.status === 'waiting'
            ? 'queued'
            : delivery.status,
      })),
    };
    told.push({ before, after, change, at, to, requeues });
    state = after;
  }
  return told;
}

/** On failure fast-check prints the seed and the smallest history. */
describe('along every legal history', () => {
  const along = (check: (run: Run, told: readonly Told[]) => void) =>
    fc.assert(
      fc.property(runs, (run) => check(run, history(run))),
      { numRuns: 3_000 },
    );

  it('only what is unsent is closed, and only what waits is started', () => {
    along((_run, told) => {
      for (const { before, change } of told) {
        for (const { ordinal } of change.close)
          expect(before.deliveries.some((d) => d.ordinal === ordinal && isUnsent(d.status))).toBe(true);
        expect(new Set(change.close.map(({ ordinal }) => ordinal)).size).toBe(change.close.length);
        if (change.start !== null)
          expect(before.deliveries.some((d) => d.step === change.start && d.status === 'waiting')).toBe(true);
      }
    });
  });

  it('no step starts before the one before it failed or ran out of time', () => {
    along((_run, told) => {
      for (const { before, change, at } of told) {
        if (change.start === null) continue;
        const timeIsUp = before.stepDeadline !== null && at >= before.stepDeadline;
        const current = before.deliveries.filter((delivery) => delivery.step === before.step);
        const failed = current.every(({ status }) => status === 'parked' || (!isOpen(status) && status !== 'sent'));
        expect(timeIsUp || failed).toBe(true);
        expect(change.start).toBeGreaterThan(before.step);
      }
    });
  });

  it('nothing of an earlier step is left to be tried beside a later one', () => {
    along((run, told) => {
      if (run.strategy === 'broadcast') return;
      for (const { after } of told) {
        const ahead = after.deliveries.some((delivery) => delivery.step >= after.step && isOpen(delivery.status));
        const reached = after.deliveries.some(({ status }) => status === 'sent' || status === 'delivered');
        const behind = after.deliveries.filter((delivery) => delivery.step < after.step);
        if (ahead && !reached)
          expect(behind.filter(({ status, requeued }) => isUnsent(status) && !requeued)).toEqual([]);
      }
    });
  });

  it('at most once starts nothing while something may have been sent without our knowing', () => {
    along((run, told) => {
      if (run.guarantee !== 'at-most-once') return;
      for (const { before, change } of told) {
        if (change.start === null) continue;
        const doubtful = before.deliveries.filter(
          (one) => one.status === 'sending' || one.status === 'uncertain' || (one.doubtful && isOpen(one.status)),
        );
        expect(doubtful).toEqual([]);
      }
    });
  });

  it('no two steps are under way at once, unless the earlier one was being sent when its time ran out', () => {
    along((run, told) => {
      if (run.strategy === 'broadcast') return;
      for (const { before, after, change, at } of told) {
        if (change.start === null) continue;
        const beside = after.deliveries.filter((one) => one.step < after.step && isOpen(one.status) && !one.requeued);
        expect(beside.filter(({ status }) => status !== 'sending')).toEqual([]);
        const timeIsUp = before.stepDeadline !== null && at >= before.stepDeadline;
        const current = beside.filter(({ step: place }) => place === before.step);
        if (!timeIsUp) expect(current).toEqual([]);
      }
    });
  });

  it('what an operator queued again is never ended by the plan', () => {
    along((_run, told) => {
      for (const { before, change } of told) {
        const closed = new Set(change.close.map(({ ordinal }) => ordinal));
        expect(before.deliveries.filter((one) => one.requeued && closed.has(one.ordinal))).toEqual([]);
      }
    });
  });

  it('a plan never ends with a delivery that waits', () => {
    along((run, told) => {
      for (const { after } of told) {
        const status = notificationStatus(planOf(run), after);
        if (status === 'sending' || status === 'scheduled') continue;
        expect(after.deliveries.filter((one) => one.status === 'waiting')).toEqual([]);
      }
    });
  });

  it('a plan is never stuck: what waits has something before it that will end', () => {
    along((_run, told) => {
      for (const { after } of told) {
        const waits = after.deliveries.some(({ status }) => status === 'waiting');
        const moving = after.deliveries.some(({ status }) => isOpen(status) && status !== 'waiting');
        const receipt = after.deliveries.some(({ status }) => status === 'sent');
        expect(!waits || moving || receipt || after.stepDeadline !== null).toBe(true);
      }
    });
  });

  it('the status never goes back, save where a receipt takes back what was sent or uncertain', () => {
    const rank: Readonly<Record<NotificationStatus, number>> = {
      accepted: 0,
      scheduled: 0,
      sending: 1,
      uncertain: 2,
      sent: 3,
      delivered: 4,
      failed: 4,
      expired: 4,
      canceled: 4,
    };
    along((run, told) => {
      let last: NotificationStatus = 'accepted';
      for (const { after, to, requeues } of told) {
        const status = notificationStatus(planOf(run), after);
        if (requeues) last = 'sending';
        const takenBack = to === 'undelivered' && (last === 'sent' || last === 'uncertain');
        if (!takenBack) expect(rank[status], `${last} → ${status}`).toBeGreaterThanOrEqual(rank[last]);
        if (rank[last] === 4) expect(status).toBe(last);
        last = status;
      }
    });
  });

  it('the status is final exactly when nothing more will happen by itself', () => {
    along((run, told) => {
      for (const { after } of told) {
        const status = notificationStatus(planOf(run), after);
        const open = after.deliveries.some((delivery) => isOpen(delivery.status));
        if (status === 'sending' || status === 'scheduled' || status === 'accepted')
          expect(open || after.stepDeadline !== null || after.deliveries.some((d) => d.status === 'sent')).toBe(true);
        else if (status !== 'sent' && status !== 'delivered') expect(open).toBe(false);
      }
    });
  });
});
