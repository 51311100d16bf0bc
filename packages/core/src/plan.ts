import { type DeliveryStatus, isOpen, isUnsent } from './delivery.ts';
import type { Guarantee, NotificationStatus, Strategy } from './notification.ts';

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
  readonly deliveries: readonly { readonly ordinal: number; readonly step: number; readonly status: DeliveryStatus }[];
  readonly step: number;
  readonly stepDeadline: number | null;
  readonly canceled: boolean;
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
 * devices of the same person), later steps are skipped. It has failed when all its deliveries ended otherwise, or when
 * `within` has passed. An uncertain delivery lets the next step start only under `at-least-once`.
 */
export function advance(plan: Plan, state: PlanState, now: number): PlanChange {
  const still: PlanChange = { close: [], start: null, step: state.step, stepDeadline: state.stepDeadline };
  if (plan.strategy === 'broadcast' || state.canceled) return { ...still, stepDeadline: null };

  const winner = state.deliveries.find((delivery) => succeeded(delivery.status, untilOf(plan, delivery.step)));
  if (winner) return conclude(state, winner.step);

  const current = state.deliveries.filter((delivery) => delivery.step === state.step);
  const timeIsUp = state.stepDeadline !== null && now >= state.stepDeadline;
  const next = nextStep(state);
  if (next === null) return { ...still, stepDeadline: null };
  if (timeIsUp) return { ...startStep(plan, next, now), close: giveUp(current) };
  const failed = current.every((delivery) => failedOver(delivery.status, untilOf(plan, delivery.step), plan.guarantee));
  return failed ? startStep(plan, next, now) : still;
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

function openStatus(statuses: readonly DeliveryStatus[]): NotificationStatus {
  const untouched = statuses.every((status) => status === 'scheduled' || status === 'waiting');
  if (untouched) return 'scheduled';
  const begun = statuses.some(
    (status) => status === 'sending' || status === 'retrying' || status === 'parked' || !isOpen(status),
  );
  return begun ? 'sending' : 'accepted';
}

/** A sent delivery keeps its plan open only while a receipt could still send it to a next step. */
function awaitsReceipt(plan: Plan, state: PlanState, step: number): boolean {
  return untilOf(plan, step) !== 'sent' && step === state.step && nextStep(state) !== null;
}

function untilOf(plan: Plan, step: number): Until {
  return plan.steps[step]?.until ?? 'sent';
}

function succeeded(status: DeliveryStatus, until: Until): boolean {
  return status === 'delivered' || (status === 'sent' && until === 'sent');
}

function failedOver(status: DeliveryStatus, until: Until, guarantee: Guarantee): boolean {
  if (isOpen(status) || succeeded(status, until) || status === 'sent') return false;
  return status !== 'uncertain' || guarantee === 'at-least-once';
}

function nextStep(state: PlanState): number | null {
  const later = state.deliveries.filter((delivery) => delivery.step > state.step && delivery.status === 'waiting');
  return later.length === 0 ? null : Math.min(...later.map((delivery) => delivery.step));
}

function startStep(plan: Plan, step: number, now: number): PlanChange {
  const withinMs = plan.steps[step]?.withinMs ?? null;
  return { close: [], start: step, step, stepDeadline: withinMs === null ? null : now + withinMs };
}

function giveUp(deliveries: PlanState['deliveries']): PlanChange['close'] {
  return deliveries
    .filter((delivery) => isUnsent(delivery.status))
    .map(({ ordinal }) => ({ ordinal, status: 'expired', code: 'within_passed' }));
}

/** The plan has succeeded in `step`: what waits in another step is not needed any more. */
function conclude(state: PlanState, step: number): PlanChange {
  const close = state.deliveries
    .filter((delivery) => delivery.step !== step && isUnsent(delivery.status))
    .map(({ ordinal }) => ({ ordinal, status: 'skipped' as const, code: 'not_needed' }));
  return { close, start: null, step: state.step, stepDeadline: null };
}
