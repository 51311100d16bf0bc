import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeliveryStatus, isOpen, isUnsent } from './delivery.ts';
import { type Guarantee, guarantees, type NotificationStatus, strategies } from './notification.ts';
import { advance, notificationStatus, type Plan, type PlanChange, type PlanState, type PlanStep } from './plan.ts';

const now = 1_000_000;
const step = (more: Partial<PlanStep> = {}): PlanStep => ({
  channel: 'sms',
  accounts: null,
  withinMs: null,
  until: 'sent',
  ...more,
});
const fallback = (steps: readonly PlanStep[], guarantee: Guarantee = 'at-least-once'): Plan => ({
  strategy: 'fallback',
  guarantee,
  steps,
});

/** A state with one list of statuses per step; ordinals count from 1 through all of them. */
function standing(steps: readonly (readonly DeliveryStatus[])[], more: Partial<PlanState> = {}): PlanState {
  let ordinal = 0;
  const deliveries = steps.flatMap((statuses, place) =>
    statuses.map((status) => ({ ordinal: ++ordinal, step: place, status })),
  );
  return { deliveries, step: 0, stepDeadline: null, canceled: false, ...more };
}

const nothing = (state: PlanState): PlanChange => ({
  close: [],
  start: null,
  step: state.step,
  stepDeadline: state.stepDeadline,
});
const notNeeded = (ordinal: number) => ({ ordinal, status: 'skipped', code: 'not_needed' });
const tooLate = (ordinal: number) => ({ ordinal, status: 'expired', code: 'within_passed' });

describe('a fallback plan', () => {
  const three = fallback([step(), step({ withinMs: 20_000 }), step()]);

  it('ends with the first success: later steps are not needed', () => {
    const state = standing([['sent'], ['waiting'], ['waiting']]);
    expect(advance(three, state, now)).toEqual({ ...nothing(state), close: [notNeeded(2), notNeeded(3)] });
    expect(notificationStatus(three, standing([['sent'], ['skipped'], ['skipped']]))).toBe('sent');
  });

  it.each<DeliveryStatus>(['failed', 'dead', 'expired', 'undelivered', 'uncertain', 'skipped'])(
    'starts the next step when the one that runs ended %s',
    (status) => {
      const state = standing([[status], ['waiting'], ['waiting']]);
      expect(advance(three, state, now)).toEqual({ close: [], start: 1, step: 1, stepDeadline: now + 20_000 });
    },
  );

  it.each<DeliveryStatus>(['scheduled', 'queued', 'blocked', 'sending', 'retrying'])(
    'stays while it is %s',
    (status) => {
      const state = standing([[status], ['waiting'], ['waiting']]);
      expect(advance(three, state, now)).toEqual(nothing(state));
    },
  );

  it('fails over from a step that no account can take, and takes it out of the way', () => {
    const state = standing([['parked'], ['waiting'], ['waiting']]);
    expect(advance(three, state, now)).toEqual({
      close: [{ ordinal: 1, status: 'skipped', code: 'no_account' }],
      start: 1,
      step: 1,
      stepDeadline: now + 20_000,
    });
  });

  it('keeps its last step parked: there is nowhere else to go', () => {
    const state = standing([['failed'], ['failed'], ['parked']], { step: 2 });
    expect(advance(three, state, now)).toEqual(nothing(state));
  });

  it('skips over steps that already ended', () => {
    const state = standing([['failed'], ['skipped'], ['waiting']]);
    expect(advance(three, state, now)).toMatchObject({ start: 2, step: 2, stepDeadline: null });
  });

  it('has nothing more to start after its last step', () => {
    const state = standing([['failed'], ['failed'], ['failed']], { step: 2, stepDeadline: now - 1 });
    expect(advance(three, state, now)).toEqual({ ...nothing(state), stepDeadline: null });
    expect(notificationStatus(three, state)).toBe('failed');
  });
});

describe('within', () => {
  const plan = fallback([step({ withinMs: 5_000 }), step({ withinMs: 7_000 })]);
  const before = { stepDeadline: now + 1 };
  const after = { stepDeadline: now };

  it('changes nothing before its time', () => {
    const state = standing([['retrying'], ['waiting']], before);
    expect(advance(plan, state, now)).toEqual(nothing(state));
  });

  it.each<DeliveryStatus>(['queued', 'blocked', 'retrying', 'parked', 'scheduled'])(
    'ends what is %s and starts the next step at its time',
    (status) => {
      const state = standing([[status], ['waiting']], after);
      expect(advance(plan, state, now)).toEqual({ close: [tooLate(1)], start: 1, step: 1, stepDeadline: now + 7_000 });
    },
  );

  it.each<DeliveryStatus>(['sending', 'uncertain'])('starts the next step beside what is %s', (status) => {
    const state = standing([[status], ['waiting']], after);
    expect(advance(plan, state, now)).toMatchObject({ close: [], start: 1 });
  });

  it('does not try again what was being sent when its time ran out', () => {
    const state = standing([['retrying'], ['queued']], { step: 1, stepDeadline: now + 7_000 });
    expect(advance(plan, state, now)).toEqual({ close: [tooLate(1)], start: null, step: 1, stepDeadline: null });
  });

  it('leaves alone what an operator queued again when the plan was through', () => {
    const state = standing([['retrying'], ['failed']], { step: 1 });
    expect(advance(plan, state, now)).toEqual(nothing(state));
  });

  it('has no effect on the last step', () => {
    const state = standing([['failed'], ['retrying']], { step: 1, stepDeadline: now });
    expect(advance(plan, state, now)).toEqual({ ...nothing(state), stepDeadline: null });
  });

  it('applies to a step that waits for its receipt', () => {
    const patient = fallback([step({ until: 'delivered', withinMs: 5_000 }), step()]);
    expect(advance(patient, standing([['sent'], ['waiting']], before), now)).toMatchObject({ start: null });
    expect(advance(patient, standing([['sent'], ['waiting']], after), now)).toMatchObject({ close: [], start: 1 });
  });
});

describe('until delivered', () => {
  const plan = fallback([step({ until: 'delivered' }), step()]);

  it('waits for the receipt', () => {
    const state = standing([['sent'], ['waiting']]);
    expect(advance(plan, state, now)).toEqual(nothing(state));
    expect(notificationStatus(plan, state)).toBe('sending');
  });

  it('succeeds with it', () => {
    const state = standing([['delivered'], ['waiting']]);
    expect(advance(plan, state, now)).toMatchObject({ close: [notNeeded(2)], start: null });
  });

  it('fails over when it says no', () => {
    expect(advance(plan, standing([['undelivered'], ['waiting']]), now)).toMatchObject({ start: 1 });
  });

  it('closes what was started meanwhile when it comes late', () => {
    const state = standing([['delivered'], ['queued']], { step: 1, stepDeadline: now + 1 });
    expect(advance(plan, state, now)).toEqual({ close: [notNeeded(2)], start: null, step: 1, stepDeadline: null });
    const sending = standing([['delivered'], ['sending']], { step: 1 });
    expect(advance(plan, sending, now)).toMatchObject({ close: [] });
    expect(notificationStatus(plan, sending)).toBe('delivered');
  });

  it('is as good as sent on the last step: there is no receipt to wait for', () => {
    const last = fallback([step(), step({ until: 'delivered' })]);
    expect(notificationStatus(last, standing([['failed'], ['sent']], { step: 1 }))).toBe('sent');
  });
});

describe('at most once', () => {
  const plan = fallback([step({ withinMs: 5_000 }), step(), step()], 'at-most-once');

  it.each([null, now - 1])('an uncertain delivery is the end of the plan (deadline %s)', (stepDeadline) => {
    const state = standing([['uncertain'], ['waiting'], ['waiting']], { stepDeadline });
    expect(advance(plan, state, now)).toEqual({
      close: [2, 3].map((ordinal) => ({ ordinal, status: 'skipped', code: 'may_have_arrived' })),
      start: null,
      step: 0,
      stepDeadline: null,
    });
    expect(notificationStatus(plan, standing([['uncertain'], ['skipped'], ['skipped']]))).toBe('uncertain');
  });

  it('lets the other devices of an uncertain step go their way', () => {
    const state = standing([['uncertain', 'retrying'], ['waiting'], ['waiting']]);
    expect(advance(plan, state, now).close.map(({ ordinal }) => ordinal)).toEqual([3, 4]);
  });

  it('does not start a step beside an attempt that is under way, and looks again soon', () => {
    const state = standing([['sending', 'queued'], ['waiting'], ['waiting']], { stepDeadline: now });
    expect(advance(plan, state, now)).toEqual({ close: [tooLate(2)], start: null, step: 0, stepDeadline: now + 1_000 });
  });

  it('fails over from what surely was not sent', () => {
    expect(advance(plan, standing([['failed'], ['waiting'], ['waiting']]), now)).toMatchObject({ start: 1 });
    const late = standing([['retrying'], ['waiting'], ['waiting']], { stepDeadline: now });
    expect(advance(plan, late, now)).toMatchObject({ close: [tooLate(1)], start: 1 });
  });
});

describe('a step with several devices', () => {
  const plan = fallback([step(), step()]);

  it('succeeds with the first of them, and the others go on', () => {
    const state = standing([['failed', 'sent', 'retrying', 'queued'], ['waiting']]);
    expect(advance(plan, state, now)).toMatchObject({ close: [notNeeded(5)], start: null });
    expect(notificationStatus(plan, standing([['failed', 'sent', 'retrying'], ['skipped']]))).toBe('sent');
  });

  it('fails only with the last of them', () => {
    expect(advance(plan, standing([['failed', 'dead', 'retrying'], ['waiting']]), now)).toMatchObject({ start: null });
    expect(advance(plan, standing([['failed', 'dead', 'expired'], ['waiting']]), now)).toMatchObject({ start: 1 });
  });

  it('counts a parked one as failed once the others have', () => {
    expect(advance(plan, standing([['parked', 'retrying'], ['waiting']]), now)).toMatchObject({
      close: [],
      start: null,
    });
    const state = standing([['parked', 'failed'], ['waiting']]);
    expect(advance(plan, state, now)).toMatchObject({ close: [{ ordinal: 1, status: 'skipped' }], start: 1 });
  });

  it('starts with all of them', () => {
    const two = fallback([step(), step()]);
    expect(advance(two, standing([['failed'], ['waiting', 'waiting']]), now)).toMatchObject({ start: 1 });
  });
});

describe('a broadcast', () => {
  const plan: Plan = { strategy: 'broadcast', guarantee: 'at-least-once', steps: [step({ withinMs: 1 }), step()] };

  it('has no order: nothing is started or closed', () => {
    for (const statuses of [
      ['sent', 'queued'],
      ['failed', 'retrying'],
      ['parked', 'parked'],
    ] as const) {
      const state = standing(
        statuses.map((status) => [status]),
        { stepDeadline: now - 1 },
      );
      expect(advance(plan, state, now)).toEqual({ ...nothing(state), stepDeadline: null });
    }
  });

  it('is under way until all of it ended', () => {
    expect(notificationStatus(plan, standing([['sent'], ['retrying']]))).toBe('sending');
    expect(notificationStatus(plan, standing([['sent'], ['failed']]))).toBe('sent');
    expect(notificationStatus(plan, standing([['sent'], ['delivered']]))).toBe('delivered');
    expect(notificationStatus(plan, standing([['failed'], ['dead']]))).toBe('failed');
  });
});

describe('a canceled plan', () => {
  it('starts nothing more', () => {
    const plan = fallback([step({ withinMs: 1 }), step()]);
    const state = standing([['failed'], ['canceled']], { canceled: true, stepDeadline: now - 1 });
    expect(advance(plan, state, now)).toEqual({ ...nothing(state), stepDeadline: null });
  });

  it('is told by what became of it', () => {
    const plan = fallback([step({ until: 'delivered' }), step()]);
    const canceled = { canceled: true };
    expect(notificationStatus(plan, standing([['canceled'], ['canceled']], canceled))).toBe('canceled');
    expect(notificationStatus(plan, standing([['sending'], ['canceled']], canceled))).toBe('sending');
    expect(notificationStatus(plan, standing([['sent'], ['canceled']], canceled))).toBe('sent');
  });
});

describe('the status of a notification', () => {
  const plan = fallback([step(), step()]);
  it.each<[readonly (readonly DeliveryStatus[])[], NotificationStatus]>([
    [[['scheduled'], ['waiting']], 'scheduled'],
    [[['queued'], ['waiting']], 'sending'],
    [[['parked'], ['waiting']], 'sending'],
    [[['failed'], ['queued']], 'sending'],
    [[['failed'], ['failed']], 'failed'],
    [[['failed'], ['dead']], 'failed'],
    [[['failed'], ['undelivered']], 'failed'],
    [[['failed'], ['expired']], 'failed'],
    [[['failed'], ['uncertain']], 'uncertain'],
    [[['uncertain'], ['sent']], 'sent'],
    [[['expired'], ['expired']], 'expired'],
    [[['expired'], ['canceled']], 'expired'],
    [[['skipped'], ['skipped']], 'failed'],
    [[['undelivered'], ['delivered']], 'delivered'],
  ])('%j is %s', (statuses, expected) => {
    const reached = statuses.findLastIndex(([status]) => status !== 'waiting');
    expect(notificationStatus(plan, standing(statuses, { step: reached }))).toBe(expected);
  });
});

/** What can become of a delivery without the plan: attempts, time, receipts, operators. */
const moves: Readonly<Partial<Record<DeliveryStatus, readonly DeliveryStatus[]>>> = {
  scheduled: ['queued', 'canceled', 'expired'],
  queued: ['sending', 'canceled', 'expired'],
  sending: ['sent', 'failed', 'retrying', 'parked', 'queued', 'dead', 'uncertain', 'delivered', 'undelivered'],
  retrying: ['queued', 'canceled', 'expired', 'delivered'],
  parked: ['queued', 'canceled', 'expired'],
  sent: ['delivered', 'undelivered'],
  uncertain: ['sent', 'delivered', 'undelivered'],
  waiting: ['expired', 'canceled'],
};

interface Told {
  readonly before: PlanState;
  readonly after: PlanState;
  readonly change: PlanChange;
  readonly at: number;
  /** The status that the cause led to, a receipt's among them. */
  readonly to: DeliveryStatus | 'time';
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
    const before: PlanState =
      to === 'time'
        ? state
        : {
            ...state,
            deliveries: state.deliveries.map((delivery) =>
              delivery === picked ? { ...delivery, status: to } : delivery,
            ),
          };
    const change = advance(plan, before, at);
    const closed = new Map(change.close.map(({ ordinal, status }) => [ordinal, status]));
    const after: PlanState = {
      ...before,
      step: change.step,
      stepDeadline: change.stepDeadline,
      deliveries: before.deliveries.map((delivery) => ({
        ...delivery,
        status:
          closed.get(delivery.ordinal) ??
          (delivery.step === change.start && delivery.status === 'waiting' ? 'queued' : delivery.status),
      })),
    };
    told.push({ before, after, change, at, to });
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
        if (ahead && !reached) expect(behind.filter(({ status }) => isUnsent(status))).toEqual([]);
      }
    });
  });

  it('at most once starts nothing while something may have been sent without our knowing', () => {
    along((run, told) => {
      if (run.guarantee !== 'at-most-once') return;
      for (const { before, change } of told) {
        if (change.start === null) continue;
        const doubtful = before.deliveries.filter(({ status }) => status === 'sending' || status === 'uncertain');
        expect(doubtful).toEqual([]);
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
      for (const { after, to } of told) {
        const status = notificationStatus(planOf(run), after);
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
