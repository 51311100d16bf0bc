import type { Accepted, Clock, Outbox } from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import type { LimitsFor } from '../limits/channel-limits.ts';
import type { Caller } from './auth.ts';
import { type DryRun, dryRunView } from './dry-run.ts';
import { type IntakeTools, idempotencyKeyRule, isIdempotencyKey, keyReused, type Summary, takeIn } from './intake.ts';
import { readJson } from './json-body.ts';
import { limitedProblem, limitsIn } from './limited.ts';
import { HttpProblem, invalidRequest } from './problems.ts';
import { readQuery } from './query.ts';
import { type Answer, type ApiRoute, guarded, json, jsonText, usualBodyLimit } from './route.ts';

export interface NotifyTools extends IntakeTools {
  readonly outbox: Outbox;
  readonly limitsFor: LimitsFor;
  readonly dryRun: DryRun;
  readonly clock: Clock;
}

const query = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });

/** `POST /notify`. */
export function notifyRoute(tools: NotifyTools): ApiRoute {
  /** Keys whose first request waits for its commit. */
  const inProgress = new Set<string>();

  const alone = async <Result>(key: string | null, caller: Caller, work: () => Promise<Result>): Promise<Result> => {
    if (key === null) return work();
    const place = `${caller.project.key} ${key}`;
    if (inProgress.has(place)) {
      const headers = { 'retry-after': '1' };
      throw new HttpProblem('idempotency_in_progress', 'ask again when the first request is answered', { headers });
    }
    inProgress.add(place);
    try {
      return await work();
    } finally {
      inProgress.delete(place);
    }
  };

  return guarded('POST', '/notify', 'notify', async (context, caller) => {
    const { dryRun } = readQuery(context, query);
    const key = readKey(context);
    const body = await readJson(context, usualBodyLimit);
    const now = tools.clock.now();
    if (dryRun === 'true') {
      const intake = takeIn(body, null, caller, tools, now);
      if (intake.kind !== 'new') throw new Error('without a key nothing can have been answered before');
      return json(dryRunView(intake.draft, caller.project.key, tools.dryRun, now));
    }
    return alone(key, caller, async () => {
      const intake = takeIn(body, key, caller, tools, now);
      if (intake.kind === 'replayed') return replayed(intake.answer);
      const notifications = [intake.item];
      const [result] = await tools.outbox.accept({ notifications, ...limitsIn(notifications, tools.limitsFor), now });
      return answer(intake.item, result as Accepted, tools, now);
    });
  });
}

function answer(
  item: { readonly id: string; readonly answer: string },
  result: Accepted,
  { submit }: NotifyTools,
  now: number,
): Answer {
  if (result.kind === 'limited') throw limitedProblem(result, submit.channels, now);
  if (result.kind === 'key_reused') throw keyReused();
  if (result.kind === 'replayed') return replayed(result.answer);
  return jsonText(item.answer, 202, { location: `/notifications/${item.id}` });
}

function replayed(before: string): Answer {
  const { id } = JSON.parse(before) as Summary;
  return jsonText(before, 202, { location: `/notifications/${id}`, 'idempotent-replayed': 'true' });
}

function readKey(context: Context): string | null {
  const key = context.req.header('idempotency-key');
  if (key === undefined || isIdempotencyKey(key)) return key ?? null;
  throw invalidRequest([{ pointer: '', code: 'invalid_idempotency_key', detail: idempotencyKeyRule }]);
}
