import { type ChannelSetup, type Dispatcher, type Draft, firstStatuses, type Kind, type Reader } from '@posthorn/core';
import type { LimitsFor } from '../limits/channel-limits.ts';
import { time } from './views.ts';

export interface DryRun {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly dispatcher: Pick<Dispatcher, 'gate'>;
  readonly reader: Pick<Reader, 'allowances'>;
  readonly limitsFor: LimitsFor;
}

/** The plan in full, of which nothing is stored: what would be tried, where, in which order, and why. */
export function dryRunView(draft: Draft, project: number, tools: DryRun, now: number): object {
  const { channels, dispatcher } = tools;
  const statuses = firstStatuses(draft);
  const allowances = allowancesOf(draft, project, tools, now);
  const { kind, sendAt } = draft.request;
  const accountView = (channel: string, account: string, place: number, source: string) => {
    const breaker = dispatcher.gate({ channel, account })?.breaker;
    const state = breaker === undefined || breaker.state === 'closed' ? 'healthy' : 'open';
    const why = state === 'open' ? `${source}, put behind the others while its breaker is open` : source;
    return {
      account,
      order: place + 1,
      why,
      state,
      parkedUntil: state === 'open' ? time(breaker?.probeAt ?? null) : null,
    };
  };

  const stepView = (step: number) => {
    const plan = draft.plan.steps[step];
    const channel = plan?.channel ?? '';
    const own = draft.deliveries.filter((delivery) => delivery.step === step);
    const rules = channels.get(channel)?.channel;
    const reason = draft.skipped.find((skipped) => skipped.step === step)?.reason ?? null;
    const chooser = rules?.addressNamesAccount === true ? 'the address' : 'the step';
    const source = plan?.accounts == null ? 'by the route of the channel' : `named by ${chooser}`;
    return {
      step,
      channel,
      until: plan?.until,
      withinMs: plan?.withinMs ?? null,
      skipped: reason,
      accounts: (draft.accounts.get(step) ?? []).map((account, place) => accountView(channel, account, place, source)),
      content: own.length === 0 ? null : draft.content[channel],
      deliveries: own.map(({ ordinal, address }) => ({
        address: rules?.maskAddress(address) ?? '***',
        status: statuses[ordinal - 1]?.status,
        cost: rules?.measure?.(draft.content[channel], address) ?? null,
        limits: allowances[ordinal - 1] ?? [],
        heldUntil: heldUntil(channels.get(channel), kind, address, Math.max(sendAt ?? now, now)),
        ...(kind === 'marketing' && { optOut: rules?.optOutOf?.(draft.content[channel], address) ?? null }),
      })),
    };
  };

  return {
    dryRun: true,
    status: draft.dueAt === null ? 'accepted' : 'scheduled',
    strategy: draft.plan.strategy,
    guarantee: draft.plan.guarantee,
    kind: draft.request.kind,
    priority: draft.priority,
    createdAt: time(now),
    sendAt: time(draft.dueAt),
    expiresAt: time(draft.expiresAt),
    steps: draft.plan.steps.map((_step, place) => stepView(place)),
    skipped: draft.skipped,
  };
}

/** How full the limits are that each delivery would count against, if it were sent now. */
function allowancesOf({ request, deliveries }: Draft, project: number, { reader, limitsFor }: DryRun, now: number) {
  const { kind } = request;
  const limits = limitsFor([kind]);
  if (limits === null) return [];
  const found = reader.allowances({ project, kind, deliveries, limits, now });
  return found.map((list) => list.map(({ opensAt, ...allowance }) => ({ ...allowance, opensAt: time(opensAt) })));
}

/** When the recipient's window opens; null when it is open, or there is none. */
function heldUntil(setup: ChannelSetup | undefined, kind: Kind, address: string, start: number): string | null {
  const opensAt = setup?.bounds?.opensAt(kind, address, start) ?? start;
  return opensAt > start ? time(opensAt) : null;
}
