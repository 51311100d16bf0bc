import {
  type AttemptView,
  type ChannelSetup,
  type Cost,
  type DeliveryId,
  type DeliveryView,
  type Dispatcher,
  eventId,
  type InboxView,
  type NotificationSummary,
  type NotificationView,
  type PlanStep,
  type PostedEvent,
  publicStatus,
  type Reader,
} from '@posthorn/core';

/** Turns what the store knows into what the API shows: RFC 3339 times, masked addresses, the words of the contract. */
export interface Views {
  summary(notification: NotificationSummary): object;
  notification(notification: NotificationView, contentOf: ContentOf): object;
  delivery(delivery: DeliveryView, contentOf: ContentOf): object;
  attempt(attempt: AttemptView): object;
  message(message: InboxView): object;
}

/** What a delivery says; undefined when it is forgotten. Asked only where something is made of it. */
type ContentOf = (delivery: DeliveryId) => unknown;

export function contentsOf(reader: Pick<Reader, 'content'>, project: number): ContentOf {
  return (delivery) => reader.content(project, delivery);
}

export function apiViews(channels: ReadonlyMap<string, ChannelSetup>, dispatcher: Pick<Dispatcher, 'gate'>): Views {
  const mask = (channel: string, address: string | null) =>
    (address === null ? undefined : channels.get(channel)?.channel.maskAddress(address)) ?? '***';

  /** A delivery that waits for an account whose breaker is open is parked, though the store keeps it queued. */
  const statusOf = (view: DeliveryView) => {
    const gate = view.status === 'queued' ? dispatcher.gate(view) : undefined;
    return gate === undefined || gate.breaker.state === 'closed' ? publicStatus(view.status) : 'parked';
  };

  /** What its channel expects it to cost, worked out when somebody looks: null where it cannot say, or the content is gone. */
  const estimate = ({ id, channel: name, address }: DeliveryView, contentOf: ContentOf): Cost | null => {
    const channel = channels.get(name)?.channel;
    const content = channel?.measure && contentOf(id);
    return content === undefined || address === null ? null : (channel?.measure?.(content, address) ?? null);
  };

  const delivery = (view: DeliveryView, contentOf: ContentOf) => ({
    id: view.id,
    notificationId: view.notification,
    step: view.step,
    channel: view.channel,
    account: view.account,
    status: statusOf(view),
    address: mask(view.channel, view.address),
    attempts: view.attempts,
    vendorId: view.vendorId,
    parts: view.parts,
    estimate: estimate(view, contentOf),
    code: view.code,
    detail: view.detail,
    createdAt: time(view.createdAt),
    nextAttemptAt: time(view.nextAttemptAt),
    sentAt: time(view.sentAt),
    finishedAt: time(view.finishedAt),
  });

  return {
    summary,
    delivery,
    notification: (view, contentOf) => ({
      ...summary(view),
      strategy: view.plan.strategy,
      guarantee: view.plan.guarantee,
      orderingKey: view.orderingKey,
      steps: view.plan.steps.map((step, place) => stepView(step, place, view)),
      skipped: view.skipped,
      deliveries: view.deliveries.map((each) => delivery(each, contentOf)),
      timeline: view.timeline.map(eventView),
    }),
    attempt: (view) => ({
      id: view.id,
      account: view.account,
      outcome: view.outcome,
      code: view.code,
      detail: view.detail,
      startedAt: time(view.startedAt),
      durationMs: view.endedAt - view.startedAt,
    }),
    message: (view) => ({
      notificationId: view.notification,
      deliveryId: view.delivery,
      channel: view.channel,
      account: view.account,
      to: view.address,
      content: view.content,
      attempt: view.attempt,
      headers: { 'idempotency-key': view.delivery },
      keptAt: time(view.at),
    }),
  };
}

function summary(view: NotificationSummary) {
  return {
    id: view.id,
    status: view.status,
    kind: view.kind,
    priority: view.priority,
    createdAt: time(view.createdAt),
    sendAt: time(view.dueAt),
    expiresAt: time(view.expiresAt),
    metadata: view.metadata,
    tags: view.tags,
  };
}

function stepView(step: PlanStep, place: number, view: NotificationView) {
  const statuses = view.deliveries
    .filter((delivery) => delivery.step === place)
    .map(({ status }) => publicStatus(status));
  const skipped = view.skipped.find((candidate) => candidate.step === place);
  return {
    step: place,
    channel: step.channel,
    accounts: step.accounts,
    withinMs: step.withinMs,
    until: step.until,
    deliveries: statuses,
    skipped: skipped?.reason ?? null,
  };
}

function eventView(event: PostedEvent) {
  return {
    id: eventId(event.at, event.sequence),
    type: event.type,
    at: time(event.at),
    deliveryId: event.delivery,
    channel: event.channel,
    account: event.account,
    code: event.code,
    detail: event.detail,
    nextAttemptAt: time(event.nextAttemptAt),
    notificationStatus: event.status,
  };
}

/** RFC 3339 in UTC with milliseconds. */
export function time(ms: number): string;
export function time(ms: number | null): string | null;
export function time(ms: number | null): string | null {
  if (ms === null) return null;
  if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() };
  return written.text;
}

/** The time written last: a thousand notifications of one batch are told the same. */
let written = { ms: 0, text: new Date(0).toISOString() };
