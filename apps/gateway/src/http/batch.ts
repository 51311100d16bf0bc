import type { Accepted } from '@posthorn/core';
import { z } from 'zod';
import type { Caller } from './auth.ts';
import {
  type Intake,
  idempotencyKeyRule,
  isIdempotencyKey,
  keyReused,
  type Summary,
  summaryOf,
  takeIn,
} from './intake.ts';
import { readJson } from './json-body.ts';
import { limitedProblem, limitsIn } from './limited.ts';
import type { NotifyTools } from './notify.ts';
import { HttpProblem, invalidRequest, problemDocument } from './problems.ts';
import { readQuery } from './query.ts';
import { requestIdOf } from './request-id.ts';
import { type ApiRoute, guarded, json } from './route.ts';

const bodyLimit = 4 * 1024 * 1024;
const most = 1_000;
const query = z.strictObject({});
const body = z.strictObject({ notifications: z.array(z.unknown()).min(1).max(most) });

/** `POST /notify/batch`: the good ones are accepted in one transaction, bad ones do not spoil them. */
export function batchRoute(tools: NotifyTools): ApiRoute {
  const route = guarded('POST', '/notify/batch', 'notify', async (context, caller) => {
    readQuery(context, query);
    const given = body.safeParse(await readJson(context, bodyLimit));
    if (!given.success) {
      throw malformed('/notifications', `give 1 to ${most} notifications, and nothing else`);
    }
    const now = tools.clock.now();
    const intakes = given.data.notifications.map((item) => intakeOf(item, caller, tools, now));
    const notifications = intakes.flatMap((intake) => ('kind' in intake && intake.kind === 'new' ? [intake.item] : []));
    const limits = limitsIn(notifications, tools.limitsFor);
    const accepted = (await tools.outbox.accept({ notifications, ...limits, now })).values();
    const results = intakes.map((intake, index) => {
      const told = toldOf(intake, () => accepted.next().value as Accepted, tools, now);
      return told instanceof HttpProblem
        ? { index, problem: problemDocument(told, requestIdOf(context)) }
        : { index, id: told.id, status: told.status };
    });
    return json({ results }, 202);
  });
  return { ...route, bodyLimit };
}

function intakeOf(item: unknown, caller: Caller, tools: NotifyTools, now: number): Intake | HttpProblem {
  try {
    if (!isObject(item)) throw malformed('', 'a notification is an object');
    const { idempotencyKey, ...request } = item;
    return takeIn(request, readKey(idempotencyKey), caller, tools, now);
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}

function isObject(item: unknown): item is Readonly<Record<string, unknown>> {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}

function readKey(given: unknown): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && isIdempotencyKey(given)) return given;
  throw malformed('/idempotencyKey', idempotencyKeyRule);
}

function malformed(pointer: string, detail: string): HttpProblem {
  return invalidRequest([{ pointer, code: 'invalid', detail }]);
}

function toldOf(
  intake: Intake | HttpProblem,
  nextAccepted: () => Accepted,
  { submit }: NotifyTools,
  now: number,
): Summary | HttpProblem {
  if (intake instanceof HttpProblem) return intake;
  if (intake.kind === 'replayed') return JSON.parse(intake.answer) as Summary;
  const result = nextAccepted();
  if (result.kind === 'key_reused') return keyReused();
  if (result.kind === 'limited') return limitedProblem(result, submit.channels, now);
  return result.kind === 'accepted' ? summaryOf(intake.item) : (JSON.parse(result.answer) as Summary);
}
