import { type DeliveryStatus, isOpen, isUnsent } from './delivery.ts';
import type { Guarantee, NotificationStatus, Strategy } from './notification.ts';

/** A step whose time is up while it is being sent is looked at again after this time. */
const lookAgainMs = 1_000;

/** When a step counts as done: the vendor accepted it, a receipt said it arrived, or its code was verified. */
export const untils = ['sent', 'delivered', 'verified'] as const;
export type Until = (typeof untils)[number];

/** One way to reach the recipient, as the caller ordered it. */
export interface PlanStep {
  readonly channel: string;
  /** The accounts that may carry it, in order; null for the channel's route. */
  readonly accounts: readonly string[] | null;
  /** How long it may take before the next step starts; null for as long as it is tried. */
  readonly withinMs: number | null;
  readonly until: Until;
}

export interface Plan {
  readonly strategy: Strategy;
  readonly guarantee: Guarantee;
  readonly steps: readonly PlanStep[];
}

/** Where a plan stands: its deliveries, the step that runs and when that step's time is up. */
export interface PlanState {
  readonly deliveries: readonly PlanDelivery[];
  readonly step: number;
  readonly stepDeadline: number | null;
  readonly canceled: boolean;
}

export interface PlanDelivery {
  readonly ordinal: number;
  readonly step: number;
  readonly status: DeliveryStatus;
  /** An earlier attempt may have arrived, and its vendor is still to be asked. */
  readonly doubtful?: boolean;
  /** An operator queued it again: that is no move of the plan, which therefore never ends it. */
  readonly requeued?: boolean;
}

/** What has to change. All of it belongs into the commit of the event that caused it. */
export interface PlanChange {
  /** Deliveries that end now, by ordinal. */
  readonly close: readonly {
    readonly ordinal: number;
    readonly status: 'skipped' | 'expired';
    readonly code: string;
  }[];
  /** The step whose deliveries become due now; null when none does. */
  readonly start: number | null;
  /** The step that runs after this change, and when its time is up. */
  readonly step: number;
  readonly stepDeadline: number | null;
}

/**
 * Moves a plan on after one of its deliveries changed or its step's time ran out. Pure: the store loads the state, asks
 * here and writes the answer in one transaction.
 *
 * A step succeeds when one of its deliveries reaches `until`; the others of that step go their way (they are further
 * devices of the same person), later steps are skipped. It has failed when all its deliveries ended otherwise or are
 * parked, which means that no account can take them, or when `within` has passed. What of a failed step is still unsent
 * ends with it: no two steps are tried side by side.
 *
 * Under `at-most-once` what may have been sent holds the plan: a later step waits for an attempt that is under way and
 * for a vendor that is still to be asked about one, and an uncertain delivery is the end of it.
 *
 * A step until `verified` never succeeds by itself: whoever approves the code ends the plan. Its next step is meant for
 * people who got nothing although it was sent, so what may have been sent does not hold it either; only time does, where
 * the step has some.
 */
export function advance(plan: Plan, state: PlanState, now: number): PlanChange {
  const still: PlanChange = { close: [], start: null, step: state.step, stepDeadline: state.stepDeadline };
  if (plan.strategy === 'broadcast' || state.canceled) return { ...still, stepDeadline: null };

  const winner = state.deliveries.find((delivery) => succeeded(delivery.status, untilOf(plan, delivery.step)));
  if (winner) return conclude(state, winner.step);

  const current = state.deliveries.filter((delivery) => delivery.step === state.step);
  const timeIsUp = state.stepDeadline !== null && now >= state.stepDeadline;
  // What was being sent when its time ran out is tried again only once nothing of this step and the later ones is left.
  const goesOn = state.deliveries.some(({ step, status }) => step >= state.step && isOpen(status));
  const late = expire(state.deliveries.filter(({ step }) => goesOn && step < state.step));
  const next = nextStep(state);
  if (next === null) return { ...still, close: late, stepDeadline: null };

  const once = plan.guarantee === 'at-most-once' && untilOf(plan, state.step) !== 'verified';
  if (once && state.deliveries.some(({ status }) => status === 'uncertain')) {
    const rest = skip(state.deliveries, (delivery) => delivery.step > state.step, 'may_have_arrived');
    return { ...still, close: [...late, ...rest], stepDeadline: null };
  }
  const holds = (delivery: PlanDelivery) => once && mayBeOnItsWay(delivery);
  // Also one of an earlier step, which an operator has queued again.
  const isHeld = state.deliveries.some(holds);
  if (timeIsUp) {
    const close = [...late, ...expire(current.filter((delivery) => !holds(delivery)))];
    if (isHeld) return { ...still, close, stepDeadline: now + lookAgainMs };
    return { ...startStep(plan, next, now), close };
  }
  const failed = current.every((delivery) => failedOver(delivery.status, untilOf(plan, delivery.step)));
  if (!failed || isHeld) return { ...still, close: late };
  return { ...startStep(plan, next, now), close: [...late, ...skip(current, () => true, 'no_account')] };
}

/** The notification's status, derived from its deliveries. */
export function notificationStatus(plan: Plan, state: PlanState): NotificationStatus {
  const statuses = state.deliveries.map((delivery) => delivery.status);
  const undecided = state.deliveries.some((delivery) => {
    if (isOpen(delivery.status)) return true;
    return (
      delivery.status === 'sent' &&
      !state.canceled &&
      delivery.step <= state.step &&
      awaitsReceipt(plan, state, delivery.step)
    );
  });
  const won = plan.strategy === 'fallback' && state.deliveries.some((d) => succeeded(d.status, untilOf(plan, d.step)));
  if (undecided && !won) return openStatus(statuses);
  if (statuses.includes('delivered')) return 'delivered';
  if (statuses.includes('sent')) return 'sent';
  if (statuses.includes('uncertain')) return 'uncertain';
  if (statuses.some((status) => status === 'failed' || status === 'dead' || status === 'undelivered')) return 'failed';
  if (statuses.includes('expired')) return 'expired';
  if (statuses.includes('canceled')) return 'canceled';
  return 'failed';
}

/** Never `accepted`: that is what a store says until something happens, and a queued delivery may have been tried before. */
function openStatus(statuses: readonly DeliveryStatus[]): NotificationStatus {
  return statuses.every((status) => status === 'scheduled' || status === 'waiting') ? 'scheduled' : 'sending';
}

/** A sent delivery keeps its plan open only while a receipt could still send it to a next step. */
function awaitsReceipt(plan: Plan, state: PlanState, step: number): boolean {
  return untilOf(plan, step) !== 'sent' && step === state.step && nextStep(state) !== null;
}

function untilOf(plan: Plan, step: number): Until {
  return plan.steps[step]?.until ?? 'sent';
}

function succeeded(status: DeliveryStatus, until: Until): boolean {
  if (until === 'verified') return false;
  return status === 'delivered' || (status === 'sent' && until === 'sent');
}

function failedOver(status: DeliveryStatus, until: Until): boolean {
  if (status === 'parked') return true;
  if (until === 'verified' && (status === 'delivered' || status === 'uncertain')) return false;
  return !isOpen(status) && !succeeded(status, until) && status !== 'sent';
}

function mayBeOnItsWay({ status, doubtful = false }: PlanDelivery): boolean {
  return status === 'sending' || (doubtful && isUnsent(status));
}

/** What the plan itself may end. */
function isClosable({ status, requeued = false }: PlanDelivery): boolean {
  return isUnsent(status) && !requeued;
}

function nextStep(state: PlanState): number | null {
  const later = state.deliveries.filter((delivery) => delivery.step > state.step && delivery.status === 'waiting');
  return later.length === 0 ? null : Math.min(...later.map((delivery) => delivery.step));
}

function startStep(plan: Plan, step: number, now: number): PlanChange {
  const withinMs = plan.steps[step]?.withinMs ?? null;
  return { close: [], start: step, step, stepDeadline: withinMs === null ? null : now + withinMs };
}

/** The time of their step is up: also of those that were being sent then, and should now be tried again. */
function expire(deliveries: PlanState['deliveries']): PlanChange['close'] {
  return deliveries.filter(isClosable).map(({ ordinal }) => ({ ordinal, status: 'expired', code: 'within_passed' }));
}

function skip(
  deliveries: PlanState['deliveries'],
  which: (delivery: PlanDelivery) => boolean,
  code: string,
): PlanChange['close'] {
  return deliveries
    .filter((delivery) => isClosable(delivery) && which(delivery))
    .map(({ ordinal }) => ({ ordinal, status: 'skipped', code }));
}

/** The plan has succeeded in `step`: what waits in another step is not needed any more. */
function conclude(state: PlanState, step: number): PlanChange {
  const close = skip(state.deliveries, (delivery) => delivery.step !== step, 'not_needed');
  return { close, start: null, step: state.step, stepDeadline: null };
}
