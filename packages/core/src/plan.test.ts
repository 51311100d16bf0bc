import { describe, expect, it } from 'vitest';
import { standing, step } from '../doubles/plan-states.ts';
import type { DeliveryStatus } from './delivery.ts';
import type { Guarantee, NotificationStatus } from './notification.ts';
import { advance, notificationStatus, type Plan, type PlanChange, type PlanState, type PlanStep } from './plan.ts';

const now = 1_000_000;
const fallback = (steps: readonly PlanStep[], guarantee: Guarantee = 'at-least-once'): Plan => ({
  strategy: 'fallback',
  guarantee,
  steps,
});

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

  it('does not start one beside an earlier delivery that an operator has queued again and that is being sent', () => {
    const state = standing([['sending'], ['failed'], ['waiting']], { step: 1 });
    expect(advance(plan, state, now)).toMatchObject({ close: [], start: null, step: 1 });
    expect(advance(plan, { ...state, stepDeadline: now }, now)).toMatchObject({
      start: null,
      stepDeadline: now + 1_000,
    });
    expect(advance(plan, standing([['failed'], ['failed'], ['waiting']], { step: 1 }), now)).toMatchObject({
      start: 2,
    });
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

describe('what an operator queued again', () => {
  const plan = fallback([step({ withinMs: 5_000 }), step()]);
  const again = (status: DeliveryStatus, later: DeliveryStatus, more: Partial<PlanState> = {}): PlanState => {
    const state = standing([[status], [later]], { step: 1, ...more });
    return { ...state, deliveries: state.deliveries.map((one) => (one.step === 0 ? { ...one, requeued: true } : one)) };
  };

  it.each<DeliveryStatus>(['queued', 'retrying', 'parked'])(
    'is left alone while it is %s, whatever the plan came to',
    (status) => {
      for (const later of ['sent', 'delivered', 'queued', 'failed', 'uncertain'] as const) {
        const state = again(status, later);
        expect(advance(plan, state, now)).toEqual(nothing(state));
      }
    },
  );

  it('ends what waits when it succeeds', () => {
    expect(advance(plan, again('sent', 'queued'), now)).toMatchObject({ close: [notNeeded(2)], start: null });
  });

  it('is not ended by the time of its step, which goes on without it', () => {
    const state = again('queued', 'waiting', { step: 0, stepDeadline: now });
    expect(advance(plan, state, now)).toMatchObject({ close: [], start: 1 });
  });
});

describe('a delivery whose vendor is still to be asked', () => {
  const steps = [step({ withinMs: 5_000 }), step()];
  const asked = (status: DeliveryStatus, stepDeadline: number | null): PlanState => {
    const state = standing([[status, 'queued'], ['waiting']], { stepDeadline });
    return {
      ...state,
      deliveries: state.deliveries.map((one) => (one.ordinal === 1 ? { ...one, doubtful: true } : one)),
    };
  };
  const open = ['queued', 'retrying', 'parked'] as const;

  it.each(open)('holds its plan at most once while it is %s, also beyond the time of its step', (status) => {
    const plan = fallback(steps, 'at-most-once');
    const state = asked(status, now);
    expect(advance(plan, state, now)).toEqual({ close: [tooLate(2)], start: null, step: 0, stepDeadline: now + 1_000 });
    const alone = { ...asked(status, null), deliveries: asked(status, null).deliveries.filter((d) => d.ordinal !== 2) };
    expect(advance(plan, alone, now)).toEqual(nothing(alone));
  });

  it.each(open)('holds nothing at least once while it is %s', (status) => {
    expect(advance(fallback(steps), asked(status, now), now)).toMatchObject({
      close: [tooLate(1), tooLate(2)],
      start: 1,
    });
  });
});

describe('a step until verified', () => {
  const codes = fallback([step({ until: 'verified', withinMs: 20_000 }), step({ until: 'verified' })], 'at-most-once');

  it.each<DeliveryStatus>(['sent', 'delivered', 'uncertain', 'sending', 'queued', 'retrying'])(
    'goes on when it is %s, and gives way when its time is up',
    (status) => {
      const state = standing([[status], ['waiting']], { stepDeadline: now + 1 });
      expect(advance(codes, state, now)).toEqual(nothing(state));
      const { start, step: next } = advance(codes, { ...state, stepDeadline: now }, now);
      expect([start, next]).toEqual([1, 1]);
    },
  );

  it.each<DeliveryStatus>(['failed', 'dead', 'expired', 'undelivered', 'parked'])(
    'fails over when it is %s',
    (status) => {
      expect(advance(codes, standing([[status], ['waiting']]), now).start).toBe(1);
    },
  );

  it('does not end the others by its arrival', () => {
    const state = standing([['delivered'], ['sent']], { step: 1 });
    expect(advance(codes, state, now)).toEqual(nothing(state));
    expect(notificationStatus(codes, standing([['delivered'], ['waiting']]))).toBe('sending');
    expect(notificationStatus(codes, standing([['sent'], ['canceled']], { canceled: true }))).toBe('sent');
    expect(notificationStatus(codes, standing([['sent']]))).toBe('sent');
  });
});
