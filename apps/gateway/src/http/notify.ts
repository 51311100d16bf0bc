import { createHash } from 'node:crypto';
import {
  type Accepted,
  type Clock,
  type Draft,
  firstStatuses,
  type NewNotification,
  type Outbox,
  type Problem,
  type SubmitTools,
  submit,
} from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Caller } from './auth.ts';
import { type DryRun, dryRunView } from './dry-run.ts';
import { readJson } from './json-body.ts';
import type { NotifySchema, ShapedRequest } from './notify-schema.ts';
import { HttpProblem, invalidRequest, problemDocument, unprocessable } from './problems.ts';
import { readQuery } from './query.ts';
import { requestIdOf } from './request-id.ts';
import { type Answer, type ApiRoute, guarded, json, jsonText } from './route.ts';
import { time } from './views.ts';

export interface NotifyTools {
  readonly outbox: Outbox;
  readonly schema: NotifySchema;
  readonly submit: SubmitTools;
  readonly dryRun: DryRun;
  readonly clock: Clock;
}

const bodyLimit = 256 * 1024;
const batchBodyLimit = 4 * 1024 * 1024;
const batchLimit = 1_000;
const idempotencyKey = /^[\x21-\x7e]{1,255}$/;
const notifyQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });
const noQuery = z.strictObject({});
const batchBody = z.strictObject({ notifications: z.array(z.unknown()).min(1).max(batchLimit) });
const batchItem = z.looseObject({ idempotencyKey: z.string().regex(idempotencyKey, keyRule()).optional() });

export function notifyRoutes(tools: NotifyTools): readonly ApiRoute[] {
  const notify = openNotify(tools);
  const batch = openBatch(tools);
  return [guarded('POST', '/notify', 'notify', notify), guarded('POST', '/notify/batch', 'notify', batch)];
}

function openNotify(tools: NotifyTools) {
  /** Keys whose first request waits for its commit. */
  const inProgress = new Set<string>();

  const accept = async (context: Context, caller: Caller, draft: Draft, canonical: unknown, now: number) => {
    const key = readKey(context);
    const place = `${caller.project.key} ${key}`;
    if (key !== null && inProgress.has(place)) {
      throw new HttpProblem('idempotency_in_progress', 'ask again when the first request is answered', {
        headers: { 'retry-after': '1' },
      });
    }
    if (key !== null) inProgress.add(place);
    try {
      const item = newNotification(draft, caller, key, canonical, now);
      const [result] = await tools.outbox.accept({ notifications: [item], now });
      return answer(item, result as Accepted);
    } finally {
      if (key !== null) inProgress.delete(place);
    }
  };

  return async (context: Context, caller: Caller): Promise<Answer> => {
    const { dryRun } = readQuery(context, notifyQuery);
    const now = tools.clock.now();
    const { draft, canonical } = draftOf(await readJson(context, bodyLimit), tools, now);
    if (dryRun === 'true') return json(dryRunView(draft, tools.dryRun, now));
    return accept(context, caller, draft, canonical, now);
  };
}

function openBatch(tools: NotifyTools) {
  return async (context: Context, caller: Caller): Promise<Answer> => {
    readQuery(context, noQuery);
    const body = batchBody.safeParse(await readJson(context, batchBodyLimit));
    if (!body.success)
      throw invalidRequest([
        {
          pointer: '/notifications',
          code: 'invalid',
          detail: `give 1 to ${batchLimit} notifications, and nothing else`,
        },
      ]);
    const now = tools.clock.now();
    const read = body.data.notifications.map((item) => readItem(item, caller, tools, now));
    const good = read.filter((item): item is NewNotification => !(item instanceof HttpProblem));
    const accepted = await tools.outbox.accept({ notifications: good, now });
    let next = 0;
    const results = read.map((item, index) =>
      item instanceof HttpProblem
        ? refusal(index, item, context)
        : itemResult(index, item, accepted[next++] as Accepted, context),
    );
    return json({ results }, 202);
  };
}

/** One notification of a batch, or what is wrong with it: a bad one does not spoil the good ones. */
function readItem(item: unknown, caller: Caller, tools: NotifyTools, now: number): NewNotification | HttpProblem {
  try {
    const key = batchItem.safeParse(item);
    if (!key.success) {
      const pointer = typeof item === 'object' && item !== null ? '/idempotencyKey' : '';
      return invalidRequest([
        { pointer, code: 'invalid', detail: pointer === '' ? 'a notification is an object' : keyRule() },
      ]);
    }
    const { idempotencyKey: given, ...body } = key.data;
    const { draft, canonical } = draftOf(body, tools, now);
    return newNotification(draft, caller, given ?? null, canonical, now);
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}

function refusal(index: number, problem: HttpProblem, context: Context) {
  return { index, problem: problemDocument(problem, requestIdOf(context)) };
}

function itemResult(index: number, item: NewNotification, result: Accepted, context: Context) {
  if (result.kind === 'key_reused') return refusal(index, keyReused(), context);
  const { id, status } = result.kind === 'accepted' ? summaryOf(item) : (JSON.parse(result.answer) as Summary);
  return { index, id, status };
}

interface Summary {
  readonly id: string;
  readonly status: 'accepted' | 'scheduled';
}

function summaryOf({ id, dueAt }: Pick<NewNotification, 'id' | 'dueAt'>): Summary {
  return { id, status: dueAt === null ? 'accepted' : 'scheduled' };
}

function draftOf(
  body: unknown,
  tools: NotifyTools,
  now: number,
): { readonly draft: Draft; readonly canonical: unknown } {
  const shaped = tools.schema.read(body);
  if (!shaped.ok) throw invalidRequest(shaped.failure);
  const drafted = submit(shaped.value.request, tools.submit, now);
  const problems = [...unsupported(shaped.value), ...(drafted.ok ? [] : drafted.failure)];
  if (!drafted.ok || problems.length > 0) throw unprocessable(problems);
  return { draft: drafted.value, canonical: shaped.value.canonical };
}

function unsupported({ unsupported: pointers }: ShapedRequest): readonly Problem[] {
  return pointers.map((pointer) => ({
    pointer,
    code: 'unsupported_yet',
    detail: 'this version of Posthorn cannot do this yet',
  }));
}

function newNotification(
  draft: Draft,
  caller: Caller,
  key: string | null,
  canonical: unknown,
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
    idempotency: key === null ? null : { key, fingerprint: fingerprint(canonical) },
    answer: JSON.stringify(told),
  };
}

function answer({ id, answer: first }: NewNotification, result: Accepted): Answer {
  if (result.kind === 'key_reused') throw keyReused();
  if (result.kind === 'accepted') return jsonText(first, 202, { location: `/notifications/${id}` });
  const replayed = JSON.parse(result.answer) as { readonly id: string };
  return jsonText(result.answer, 202, { location: `/notifications/${replayed.id}`, 'idempotent-replayed': 'true' });
}

function readKey(context: Context): string | null {
  const key = context.req.header('idempotency-key');
  if (key === undefined) return null;
  if (!idempotencyKey.test(key))
    throw invalidRequest([{ pointer: '', code: 'invalid_idempotency_key', detail: keyRule() }]);
  return key;
}

function keyRule(): string {
  return 'an idempotency key is 1 to 255 visible ASCII characters without spaces';
}

function keyReused(): HttpProblem {
  return new HttpProblem('idempotency_key_reused', 'use a new key for a new request');
}

/** The same request has the same fingerprint whatever the order of its keys. */
function fingerprint(canonical: unknown): Uint8Array {
  return createHash('sha256').update(JSON.stringify(canonical, sortKeys)).digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
