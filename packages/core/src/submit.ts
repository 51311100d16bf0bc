import { type Addresses, accountsNamed, readAddresses } from './addresses.ts';
import { boundProblems, firstDue } from './bounds.ts';
import type { NeutralContent } from './channel.ts';
import { deliveryId, type IdMint, maxFamilyOrdinal, type NotificationId } from './ids.ts';
import type { ChannelSetup } from './lane.ts';
import type { Guarantee, Kind, Priority, Strategy } from './notification.ts';
import type { NewDelivery, SkippedStep } from './outbox.ts';
import type { Plan, PlanStep, Until } from './plan.ts';
import { type Problem, pointerOf } from './problem.ts';
import { noRoute, type RoutedStep, reachedSteps, type Suppressions } from './reach.ts';
import { fail, ok, type Result } from './result.ts';
import { accountsFor, drawOf } from './route.ts';
import { refuseUnsendable, strandedAddresses, takersOf } from './taker.ts';

/** A request whose shape has been checked: every field has its type, times are milliseconds since the epoch. */
export interface NotifyRequest {
  /** Addresses by the channels' address keys, as the caller spelt them. */
  readonly addresses: Readonly<Record<string, string | readonly string[]>>;
  readonly region: string | null;
  /** The caller's steps; null to take the default order. */
  readonly channels: readonly RequestedStep[] | null;
  readonly strategy: Strategy;
  readonly content: NeutralContent;
  /** Each channel's own content, already checked by its schema. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly priority: Priority | null;
  readonly kind: Kind;
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  readonly ttlMs: number | null;
  readonly guarantee: Guarantee;
  readonly orderingKey: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** It carries a one-time code: a step may go on until that is verified. */
  readonly carriesCode?: true;
}

export interface RequestedStep {
  readonly channel: string;
  readonly accounts: readonly string[] | null;
  readonly withinMs: number | null;
  readonly until: Until | null;
}

/** What a request comes to: everything that accepting it stores and that a dry run shows. */
export interface Draft {
  readonly id: NotificationId;
  readonly request: NotifyRequest;
  readonly plan: Plan;
  readonly priority: Priority;
  /** When it begins: `sendAt`, or later where the recipient's window is still closed then; null for now. */
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly deliveries: readonly NewDelivery[];
  readonly skipped: readonly SkippedStep[];
  /** Rendered content by channel. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Accounts of each step in the order they would be tried. */
  readonly accounts: ReadonlyMap<number, readonly string[]>;
}

export interface SubmitTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  /** The order of channels when a call names none. */
  readonly defaultChannels: readonly string[];
  readonly defaultRegion: string | null;
  readonly mint: IdMint;
  /** Channels whose messages are weighed: a budget counts their parts. */
  readonly weighed?: ReadonlySet<string>;
  /** Whether an account could take a delivery now: the first that can is the first to be tried. */
  usable(channel: string, account: string): boolean;
}

export const maxSteps = 10;
const longestDelayMs = 366 * 24 * 3_600_000;
/** A step that waits for a receipt gives way after this time when the caller set none: receipts may never come. */
const receiptPatienceMs = 3_600_000;
const priorityOf: Readonly<Record<Kind, Priority>> = { otp: 'critical', transactional: 'normal', marketing: 'bulk' };

/**
 * Turns a request into a draft, or into everything that is wrong with it. Pure but for the id, which also draws the order of
 * a weighted route. `suppressions` is null while no address is suppressed.
 */
export function submit(
  request: NotifyRequest,
  tools: SubmitTools,
  now: number,
  suppressions: Suppressions | null = null,
): Result<Draft, readonly Problem[]> {
  const problems: Problem[] = [];
  const hints = { region: request.region ?? tools.defaultRegion };
  const addresses = readAddresses(request.addresses, tools.channels, hints, problems);
  const times = readTimes(request, now, problems);
  const steps = readSteps(request, tools, addresses, times, problems);
  refuseUnsendable(steps, addresses, tools.channels, problems);
  const { routed, skipped } = reachedSteps(request.kind, steps, { addresses, times, tools, suppressions });
  problems.push(...strandedAddresses(steps, addresses, request.kind, tools.channels));
  if (problems.length === 0 && routed.length === 0) problems.push(noRoute(request, skipped));
  const content = render(request, routed, problems);
  problems.push(...boundProblems(request.kind, routed, content));
  if (problems.length > 0) return fail(problems);

  const id = tools.mint.notification(
    now,
    routed.reduce((sum, { addresses }) => sum + addresses.length, 0),
  );
  const plan: Plan = { strategy: request.strategy, guarantee: request.guarantee, steps };
  const accounts = new Map(
    routed.map(
      ({ step, channel }) => [step, accountsOf(id, request, tools, channel, plan.steps[step] as PlanStep)] as const,
    ),
  );
  const deliveries = deliveriesOf(routed, accounts, content, tools);
  const due = firstDue(request.kind, request.strategy === 'broadcast' ? routed : routed.slice(0, 1), times.start);
  return ok({
    id,
    request,
    plan,
    priority: request.priority ?? priorityOf[request.kind],
    dueAt: due > now ? due : null,
    expiresAt: times.expiresAt,
    deliveries,
    skipped,
    content,
    accounts,
  });
}

/** The public ids of a draft's deliveries with their first status. */
export function firstStatuses(draft: Draft) {
  const first = draft.deliveries[0]?.step;
  const due = draft.dueAt === null ? ('queued' as const) : ('scheduled' as const);
  return draft.deliveries.map(({ ordinal, step, channel }) => ({
    id: deliveryId(draft.id, ordinal),
    step,
    channel,
    status: draft.plan.strategy === 'broadcast' || step === first ? due : ('waiting' as const),
  }));
}

interface Times {
  /** When it may begin: now, or later if the caller says so. */
  readonly start: number;
  readonly expiresAt: number | null;
  readonly lifeMs: number | null;
}

function readTimes(request: NotifyRequest, now: number, problems: Problem[]): Times {
  const { sendAt, ttlMs } = request;
  const start = Math.max(sendAt ?? now, now);
  if (sendAt !== null && sendAt > now + longestDelayMs) {
    problems.push({ pointer: '/sendAt', code: 'too_far_ahead', detail: 'sendAt may be at most 366 days ahead' });
  }
  if (ttlMs !== null && request.expiresAt !== null) {
    problems.push({ pointer: '/ttl', code: 'contradiction', detail: 'give either ttl or expiresAt, not both' });
  }
  const expiresAt = request.expiresAt ?? (ttlMs === null ? null : start + ttlMs);
  if (expiresAt !== null && expiresAt <= start) {
    const detail =
      sendAt !== null && sendAt > now ? 'expiresAt must be later than sendAt' : 'expiresAt must be in the future';
    problems.push({ pointer: '/expiresAt', code: 'expires_too_early', detail });
  }
  return { start, expiresAt, lifeMs: expiresAt === null || expiresAt <= start ? null : expiresAt - start };
}

/** The steps with everything filled in: the caller's, else every channel of the default order that has an address. */
function readSteps(
  request: NotifyRequest,
  tools: SubmitTools,
  addresses: Addresses,
  { lifeMs }: { readonly lifeMs: number | null },
  problems: Problem[],
): readonly PlanStep[] {
  const plain = (channel: string): RequestedStep => ({ channel, accounts: null, withinMs: null, until: null });
  const reachable = (name: string) => (addresses.get(name) ?? []).length > 0;
  const requested = request.channels ?? tools.defaultChannels.filter(reachable).map(plain);
  if (requested.length > maxSteps) {
    problems.push({ pointer: '/channels', code: 'too_many_steps', detail: `a plan has at most ${maxSteps} steps` });
  }
  const seen = new Set<string>();
  return requested.map((step, place) => {
    const at = (key: string, code: string, detail: string) =>
      problems.push({ pointer: pointerOf(['channels', place, ...(key === '' ? [] : [key])]), code, detail });
    checkStep(step, tools, lifeMs, at);
    if (step.until === 'verified' && request.carriesCode !== true)
      at('until', 'unsupported', 'verified is for one-time codes; use sent or delivered');
    const named = accountsNamed(tools.channels.get(step.channel), addresses);
    if (named !== null && step.accounts?.some((account) => !named.includes(account)))
      at('accounts', 'contradiction', 'the address names the account already: leave accounts out');
    const accounts = named ?? step.accounts;
    const same = `${step.channel} ${accounts === null ? '' : JSON.stringify(accounts)}`;
    if (seen.has(same)) at('', 'duplicate_step', 'an earlier step says the same; drop one or give them other accounts');
    seen.add(same);
    const until = step.until ?? 'sent';
    const patience = until !== 'delivered' ? null : Math.min(receiptPatienceMs, lifeMs ?? receiptPatienceMs);
    return { channel: step.channel, accounts, withinMs: step.withinMs ?? patience, until };
  });
}

function checkStep(
  step: RequestedStep,
  tools: SubmitTools,
  lifeMs: number | null,
  at: (key: string, code: string, detail: string) => void,
): void {
  const setup = tools.channels.get(step.channel);
  if (!setup) {
    const known = [...tools.channels.keys()].join(', ');
    at('', 'unknown_channel', `there is no such channel here; configured are ${known}`);
    return;
  }
  for (const account of step.accounts ?? []) {
    if (!setup.accounts.has(account))
      at('accounts', 'unknown_account', `the channel ${step.channel} has no account of this name`);
  }
  if (step.withinMs !== null && lifeMs !== null && step.withinMs > lifeMs) {
    at('within', 'within_longer_than_ttl', 'the step may take longer than the notification lives; shorten within');
  }
}

function render(
  request: NotifyRequest,
  routed: readonly RoutedStep[],
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for (const [name, setup] of new Map(routed.map(({ channel, setup }) => [channel, setup]))) {
    const rendered = setup.channel.render(request.content, request.own[name] ?? {});
    if (rendered.ok) content[name] = rendered.value;
    else problems.push(...rendered.failure);
  }
  return content;
}

/** A route's accounts with those that can take a delivery now first; the others keep their order behind them. */
function accountsOf(
  id: NotificationId,
  request: NotifyRequest,
  tools: SubmitTools,
  channel: string,
  step: PlanStep,
): readonly string[] {
  const setup = tools.channels.get(channel) as ChannelSetup;
  const order = accountsFor(setup.route, request.kind, step.accounts, drawOf(id));
  const usable = order.filter((account) => tools.usable(channel, account));
  return usable.length === order.length ? order : [...usable, ...order.filter((account) => !usable.includes(account))];
}

function deliveriesOf(
  routed: readonly RoutedStep[],
  accounts: ReadonlyMap<number, readonly string[]>,
  content: Readonly<Record<string, unknown>>,
  tools: SubmitTools,
): readonly NewDelivery[] {
  let ordinal = 0;
  return routed.flatMap(({ step, channel, setup, addresses }) => {
    return addresses.map((address) => {
      const [account] = takersOf(setup, address, accounts.get(step) ?? []);
      if (account === undefined) throw new Error(`step ${step} has no account`);
      if (++ordinal > maxFamilyOrdinal)
        throw new RangeError(`more than ${maxFamilyOrdinal} deliveries of one notification`);
      const delivery = { ordinal, step, channel, account, address, flow: setup.channel.flowOf?.(address) ?? null };
      if (tools.weighed?.has(channel) !== true) return delivery;
      return { ...delivery, parts: setup.channel.measure?.(content[channel], address).parts ?? 1 };
    });
  });
}
