import type {
  Guarantee,
  Lane,
  NewDelivery,
  NewNotification,
  NotificationId,
  OutcomeKind,
  PlanStep,
  Receipt,
  Settlement,
  SkippedStep,
  Strategy,
  Until,
} from '@posthorn/core';

/** The moment at which a case begins. */
export const dawn = Date.UTC(2026, 0, 1);

export const sms: Lane = { channel: 'sms', account: 'sms-main' };
export const otherSms: Lane = { channel: 'sms', account: 'sms-spare' };
export const push: Lane = { channel: 'push', account: 'push-main' };
export const email: Lane = { channel: 'email', account: 'email-main' };

/** One step of a sample's plan; without an address it is skipped. */
interface SampleStep {
  readonly lane: Lane;
  readonly addresses?: readonly string[];
  readonly flow?: string;
  readonly parts?: number;
  readonly accounts?: readonly string[];
  readonly withinMs?: number;
  readonly until?: Until;
}

/** What a case cares about in a notification; the rest is a transactional message by SMS that is due now. */
export type Wish = Partial<Omit<NewNotification, 'id' | 'plan' | 'skipped' | 'deliveries'>> & {
  readonly steps?: readonly SampleStep[];
  readonly strategy?: Strategy;
  readonly guarantee?: Guarantee;
};

/** How many deliveries a wish comes to. */
export function countOf({ steps = [{ lane: sms }] }: Wish): number {
  return steps.reduce((count, { addresses }) => count + (addresses?.length ?? 1), 0);
}

export function sampleNotification(id: NotificationId, project: number, wish: Wish = {}): NewNotification {
  const { steps = [{ lane: sms }], strategy = 'fallback', guarantee = 'at-least-once', ...rest } = wish;
  const planned = steps.map(({ lane, addresses = [`address of ${lane.channel}`], flow = null, parts }, step) => ({
    lane,
    addresses,
    step,
    more: { flow, ...(parts !== undefined && { parts }) },
  }));
  const deliveries = planned
    .flatMap(({ lane, addresses, step, more }) => addresses.map((address) => ({ step, ...lane, address, ...more })))
    .map((delivery, place): NewDelivery => ({ ordinal: place + 1, ...delivery }));
  const skipped = planned
    .filter(({ addresses }) => addresses.length === 0)
    .map(({ lane, step }): SkippedStep => ({ step, channel: lane.channel, reason: 'no_address' }));
  return {
    id,
    project,
    kind: 'transactional',
    priority: 'normal',
    plan: { strategy, guarantee, steps: steps.map(planStep) },
    skipped,
    deliveries,
    content: Object.fromEntries(steps.map(({ lane }) => [lane.channel, { text: `to be sent by ${lane.channel}` }])),
    dueAt: null,
    expiresAt: null,
    orderingKey: null,
    metadata: {},
    tags: [],
    idempotency: null,
    answer: `answer of ${id}`,
    ...rest,
  };
}

function planStep({ lane, accounts, withinMs, until = 'sent' }: SampleStep): PlanStep {
  return { channel: lane.channel, accounts: accounts ?? null, withinMs: withinMs ?? null, until };
}

/** A caller's idempotency key; `request` stands for the body that came with it. */
export function keyed(key: string, request = 'the same'): NonNullable<NewNotification['idempotency']> {
  return { key, fingerprint: new TextEncoder().encode(request) };
}

export const accepted: Settlement = { to: 'sent', vendorId: 'vendor-1', parts: 2 };
const told = { code: 'sample_code', detail: 'what the vendor said' } as const;
export const refused: Settlement = { to: 'failed', ...told };
export const dead: Settlement = { to: 'dead', ...told };
export const unknown: Settlement = { to: 'uncertain', ...told };
export const tooLate: Settlement = { to: 'expired', ...told };

export function retryAt(at: number, { account }: Lane = sms): Settlement {
  return { to: 'retrying', at, account, ...told };
}

export function parkUntil(at: number, { account }: Lane = sms): Settlement {
  return { to: 'parked', at, account, ...told };
}

export function rerouteTo({ account }: Lane, spent = true): Settlement {
  return { to: 'queued', account, spent, ...told };
}

/** What an attempt that led to this settlement most often came to. */
export function outcomeOf(settlement: Settlement): OutcomeKind {
  switch (settlement.to) {
    case 'sent':
      return 'accepted';
    case 'failed':
      return 'refused';
    case 'uncertain':
      return 'uncertain';
    case 'parked':
      return 'misconfigured';
    default:
      return 'deferred';
  }
}

export function receipt(status: Receipt['status'], at = dawn): Receipt {
  return { status, code: `receipt_${status}`, detail: 'what the vendor said later', at };
}
