import type { DeliveryStatus } from '../src/delivery.ts';
import type { PlanState, PlanStep } from '../src/plan.ts';

/** A step of a plan, as plain as it can be. */
export const step = (more: Partial<PlanStep> = {}): PlanStep => ({
  channel: 'sms',
  accounts: null,
  withinMs: null,
  until: 'sent',
  ...more,
});
/** A state with one list of statuses per step; ordinals count from 1 through all of them. */
export function standing(steps: readonly (readonly DeliveryStatus[])[], more: Partial<PlanState> = {}): PlanState {
  let ordinal = 0;
  const deliveries = steps.flatMap((statuses, place) =>
    statuses.map((status) => ({ ordinal: ++ordinal, step: place, status })),
  );
  return { deliveries, step: 0, stepDeadline: null, canceled: false, ...more };
}
