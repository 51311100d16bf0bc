import type { Commit, NewNotification, PostedEvent } from '@posthorn/core';

/**
 * What travels most between the threads, as lists: a copy of an object spells out every name again, which costs more than
 * its values do.
 */
export type PackedNotification = ReturnType<typeof packNotification>;
type PackedEvent = ReturnType<typeof packEvent>;

export interface PackedCommit {
  readonly events: readonly PackedEvent[];
  readonly ready: Commit['ready'];
  readonly suppressed?: true;
  readonly codes?: NonNullable<Commit['codes']>;
}

export function packNotification(item: NewNotification) {
  const { plan, deliveries, idempotency } = item;
  return [
    item.id,
    item.project,
    item.kind,
    item.priority,
    plan.strategy,
    plan.guarantee,
    plan.steps.map(({ channel, accounts, withinMs, until }) => [channel, accounts, withinMs, until] as const),
    item.skipped,
    deliveries.map(
      (one) => [one.ordinal, one.step, one.channel, one.account, one.address, one.flow, one.parts] as const,
    ),
    item.content,
    item.dueAt,
    item.expiresAt,
    item.orderingKey,
    item.metadata,
    item.tags,
    idempotency,
    // Only a repeated key is ever answered with it.
    idempotency === null ? '' : item.answer,
    item.source,
  ] as const;
}

export function unpackNotification(packed: PackedNotification): NewNotification {
  const [id, project, kind, priority, strategy, guarantee, steps, skipped, deliveries, content, ...rest] = packed;
  const [dueAt, expiresAt, orderingKey, metadata, tags, idempotency, answer, source] = rest;
  return {
    id,
    project,
    kind,
    priority,
    plan: {
      strategy,
      guarantee,
      steps: steps.map(([channel, accounts, withinMs, until]) => ({ channel, accounts, withinMs, until })),
    },
    skipped,
    deliveries: deliveries.map(([ordinal, step, channel, account, address, flow, parts]) => ({
      ordinal,
      step,
      channel,
      account,
      address,
      flow,
      ...(parts !== undefined && { parts }),
    })),
    content,
    dueAt,
    expiresAt,
    orderingKey,
    metadata,
    tags,
    idempotency,
    answer,
    ...(source !== undefined && { source }),
  };
}

export function packCommit({ events, ...rest }: Commit): PackedCommit {
  return { events: events.map(packEvent), ...rest };
}

export function unpackCommit({ events, ...rest }: PackedCommit): Commit {
  return { events: events.map(unpackEvent), ...rest };
}

function packEvent(event: PostedEvent) {
  const { sequence, type, at, project, notification, delivery } = event;
  const { channel, account, code, detail, nextAttemptAt, status } = event;
  return [
    sequence,
    type,
    at,
    project,
    notification,
    delivery,
    channel,
    account,
    code,
    detail,
    nextAttemptAt,
    status,
  ] as const;
}

function unpackEvent(packed: PackedEvent): PostedEvent {
  const [sequence, type, at, project, notification, delivery, ...rest] = packed;
  const [channel, account, code, detail, nextAttemptAt, status] = rest;
  const about = { sequence, type, at, project, notification, delivery };
  return { ...about, channel, account, code, detail, nextAttemptAt, status };
}
