import { createHash } from 'node:crypto';
import {
  type Draft,
  firstStatuses,
  type NewNotification,
  type NotificationId,
  type Problem,
  type Reader,
  type SubmitTools,
  submit,
} from '@posthorn/core';
import type { SuppressionWatch } from '../suppressions.ts';
import type { Caller } from './auth.ts';
import type { NotifySchema } from './notify-schema.ts';
import { HttpProblem, invalidRequest, unprocessable } from './problems.ts';
import { time } from './views.ts';

export interface IntakeTools {
  readonly schema: NotifySchema;
  readonly submit: SubmitTools;
  readonly reader: Pick<Reader, 'answered'>;
  readonly suppressions: Pick<SuppressionWatch, 'ofProject'>;
}

/** What a body comes to: a notification to store, or the answer that the same request got before. */
export type Intake =
  | { readonly kind: 'new'; readonly draft: Draft; readonly item: NewNotification }
  | { readonly kind: 'replayed'; readonly answer: string };

/** What a caller is told about an accepted notification at the least. */
export interface Summary {
  readonly id: NotificationId;
  readonly status: 'accepted' | 'scheduled';
}

const idempotencyKey = /^[\x21-\x7e]{1,255}$/;
export const idempotencyKeyRule = 'an idempotency key is 1 to 255 visible ASCII characters without spaces';

export function isIdempotencyKey(key: string): boolean {
  return idempotencyKey.test(key);
}

/**
 * Turns a body into a notification; throws an `HttpProblem` with all that is wrong with it. A repeated request is
 * answered as before even when its rules forbid it by now: its `expiresAt` has passed, an account is gone.
 */
export function takeIn(body: unknown, key: string | null, caller: Caller, tools: IntakeTools, now: number): Intake {
  const shaped = tools.schema.read(body);
  if (!shaped.ok) throw invalidRequest(shaped.failure);
  const { request, unsupported } = shaped.value;
  const idempotency = key === null ? null : { key, fingerprint: fingerprint(shaped.value.canonical) };
  const drafted = submit(request, tools.submit, now, tools.suppressions.ofProject(caller.project.key));
  if (drafted.ok && unsupported.length === 0) {
    return { kind: 'new', draft: drafted.value, item: newNotification(drafted.value, caller, idempotency, now) };
  }
  const answer = idempotency && tools.reader.answered(caller.project.key, idempotency);
  if (answer !== null) return { kind: 'replayed', answer };
  throw unprocessable([...unsupported.map(unsupportedYet), ...(drafted.ok ? [] : drafted.failure)]);
}

export function keyReused(): HttpProblem {
  return new HttpProblem('idempotency_key_reused', 'use a new key for a new request');
}

export function summaryOf({ id, dueAt }: Pick<NewNotification, 'id' | 'dueAt'>): Summary {
  return { id, status: dueAt === null ? 'accepted' : 'scheduled' };
}

export function unsupportedYet(pointer: string): Problem {
  return { pointer, code: 'unsupported_yet', detail: 'this version of Posthorn cannot do this yet' };
}

export function newNotification(
  draft: Draft,
  caller: Caller,
  idempotency: NewNotification['idempotency'],
  now: number,
): NewNotification {
  const { request, plan, priority, dueAt, expiresAt, deliveries, skipped, content, id } = draft;
  const told = { ...summaryOf({ id, dueAt }), createdAt: time(now), deliveries: firstStatuses(draft), skipped };
  return {
    id,
    project: caller.project.key,
    kind: request.kind,
    priority,
    plan,
    skipped,
    deliveries,
    content,
    dueAt,
    expiresAt,
    orderingKey: request.orderingKey,
    metadata: request.metadata,
    tags: request.tags,
    idempotency,
    answer: JSON.stringify(told),
  };
}

/** The same request has the same fingerprint whatever the order of its keys. */
function fingerprint(canonical: unknown): Uint8Array {
  return createHash('sha256').update(JSON.stringify(canonical, sortKeys)).digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
