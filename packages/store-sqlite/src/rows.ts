import {
  type AuditAction,
  auditActions,
  type DeliveryId,
  type DeliveryStatus,
  deliveryFamily,
  deliveryStatuses,
  type EventType,
  eventTypes,
  type Guarantee,
  guarantees,
  type Kind,
  kinds,
  type NotificationStatus,
  notificationStatuses,
  type OutcomeKind,
  type Plan,
  type PlanStep,
  type Priority,
  placeOf,
  priorities,
  type Scope,
  type SkippedStep,
  type Strategy,
  type SuppressionReason,
  saltOf,
  scopes,
  strategies,
  suppressionReasons,
} from '@posthorn/core';

/** Words are kept as their place in core's lists: a byte instead of a word, and CHECK constraints that can count. */
function coder<Word extends string>(words: readonly Word[]) {
  const places = new Map(words.map((word, place) => [word, place]));
  return {
    /** The number of a word. */
    of: (word: Word): number => places.get(word) as number,
    /** The word of a number. */
    word: (place: number): Word => {
      const word = words[place];
      if (word === undefined) throw new Error(`the store holds ${place}, which means none of ${words.join(', ')}`);
      return word;
    },
  };
}

/** A set of scopes as a number with a bit for each. */
export const scopeBits = {
  of: (given: readonly Scope[]): number => given.reduce((bits, scope) => bits | (1 << scopes.indexOf(scope)), 0),
  words: (bits: number): readonly Scope[] => scopes.filter((_scope, place) => (bits & (1 << place)) !== 0),
};

const outcomeKinds = [
  'accepted',
  'refused',
  'deferred',
  'misconfigured',
  'uncertain',
] as const satisfies readonly OutcomeKind[];

export const states = coder<DeliveryStatus>(deliveryStatuses);
export const statuses = coder<NotificationStatus>(notificationStatuses);
export const kindCodes = coder<Kind>(kinds);
export const priorityCodes = coder<Priority>(priorities);
export const strategyCodes = coder<Strategy>(strategies);
export const guaranteeCodes = coder<Guarantee>(guarantees);
export const eventCodes = coder<EventType>(eventTypes);
export const reasonCodes = coder<SuppressionReason>(suppressionReasons);
export const actionCodes = coder<AuditAction>(auditActions);
export const outcomeCodes = coder<OutcomeKind>(outcomeKinds);

/** The number of what a suppression keeps back: of one kind, or -1 for everything. */
export function kindPlace(kind: Kind | null): number {
  return kind === null ? -1 : kindCodes.of(kind);
}

/** Where a delivery stands in the store, and what else its id says, so that a made up one finds nothing. */
export function deliveryPlace(id: DeliveryId): {
  readonly key: number;
  readonly ordinal: number;
  readonly salt: number;
} {
  const { ordinal } = deliveryFamily(id);
  return { key: placeOf(id) + ordinal - 1, ordinal, salt: saltOf(id) };
}

/** The steps as stored: null when the plan says no more than the only delivery does. */
export function encodeSteps(plan: Plan, deliveries: number): string | null {
  const [step] = plan.steps;
  const plain = step !== undefined && step.accounts === null && step.withinMs === null && step.until === 'sent';
  return plan.steps.length === 1 && deliveries === 1 && plain ? null : JSON.stringify(plan.steps);
}

/** The plan of a notification; `channel` is that of its first delivery. */
export function decodePlan(
  row: { readonly steps: string | null; readonly strategy: number; readonly guarantee: number },
  channel: string,
): Plan {
  const steps: readonly PlanStep[] =
    row.steps === null ? [{ channel, accounts: null, withinMs: null, until: 'sent' }] : JSON.parse(row.steps);
  return { strategy: strategyCodes.word(row.strategy), guarantee: guaranteeCodes.word(row.guarantee), steps };
}

export interface Labels {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

export function isLabelled({ metadata, tags }: Labels): boolean {
  return tags.length > 0 || Object.keys(metadata).length > 0;
}

export function encodeSkipped(skipped: readonly SkippedStep[]): string | null {
  return skipped.length === 0 ? null : JSON.stringify(skipped);
}

export function decodeSkipped(skipped: string | null): readonly SkippedStep[] {
  return skipped === null ? [] : JSON.parse(skipped);
}
