import {
  type Act,
  type AmissFilter,
  amissStatuses,
  type Clock,
  isDeliveryId,
  type Outbox,
  type Reader,
  type RequeueResult,
  validate,
} from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import { actOf } from '../access/act.ts';
import { readJson } from './json-body.ts';
import { HttpProblem, invalidRequest } from './problems.ts';
import { readQuery } from './query.ts';
import { type ApiRoute, guarded, json } from './route.ts';
import { contentsOf, type Views } from './views.ts';

export interface RedriveTools {
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly views: Views;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;
const sampleSize = 10;
/** Deliveries queued in one commit. */
const stepLimit = 500;
const instant = z.iso.datetime({ offset: true }).transform(Date.parse).optional();
const noQuery = z.strictObject({});
const body = z.strictObject({
  filter: z
    .strictObject({
      status: z.enum(amissStatuses).optional(),
      channel: z.string().max(32).optional(),
      account: z.string().max(64).optional(),
      code: z.string().max(100).optional(),
      from: instant,
      to: instant,
    })
    .prefault({}),
  dryRun: z.boolean().default(true),
  ratePerSecond: z.number().positive().max(100_000).optional(),
});

const obstacles: Readonly<Record<Exclude<RequeueResult, 'requeued' | 'unknown'>, string>> = {
  not_amiss: 'only a failed, dead or uncertain delivery can be tried again',
  content_gone: 'its content has outlived its retention',
  expired: 'its time is over: send a new notification',
};

/** Trying again what went amiss: one delivery, or all that a filter finds. */
export function redriveRoutes({ reader, outbox, views, clock }: RedriveTools): readonly ApiRoute[] {
  return [
    guarded('POST', '/deliveries/:id/retry', 'manage', async (context, caller) => {
      const { project } = caller;
      const id = context.req.param('id') ?? '';
      const act = actOf(context, caller, clock, id);
      const result = isDeliveryId(id)
        ? await outbox.requeue({ project: project.key, delivery: id, act, now: act.at })
        : 'unknown';
      const found = isDeliveryId(id) && result !== 'unknown' ? reader.delivery(project.key, id) : null;
      if (result === 'unknown' || found === null)
        throw new HttpProblem('not_found', 'there is no such delivery in this project');
      if (result !== 'requeued') throw new HttpProblem('conflict', obstacles[result]);
      return json(views.delivery(found, contentsOf(reader, project.key)));
    }),
    guarded('POST', '/deliveries/redrive', 'manage', async (context, caller) => {
      // A `dryRun` that was looked for in vain would send what was only to be counted.
      readQuery(context, noQuery);
      const { project } = caller;
      const { filter: wanted, dryRun, ratePerSecond } = await readBody(context);
      const filter: AmissFilter = { project: project.key, ...wanted };
      const { count, reached, sample } = reader.amiss(filter, sampleSize);
      const shown = sample.map((each) => views.delivery(each, contentsOf(reader, project.key)));
      const found = { count, alreadyReached: reached, sample: shown };
      if (dryRun) return json({ dryRun, ...found, queued: 0 });
      const spacingMs = ratePerSecond === undefined ? 0 : 1_000 / ratePerSecond;
      const act = actOf(context, caller, clock, null);
      return json({ dryRun, ...found, queued: await requeueAll(outbox, filter, spacingMs, act) });
    }),
  ];
}

async function requeueAll(outbox: Outbox, filter: AmissFilter, spacingMs: number, act: Act): Promise<number> {
  let after = 0;
  let queued = 0;
  for (let more = true; more; ) {
    const step = await outbox.requeueMany({
      filter,
      after,
      before: queued,
      limit: stepLimit,
      spacingMs,
      act,
      now: act.at,
    });
    queued += step.queued;
    ({ after, more } = step);
  }
  return queued;
}

async function readBody(context: Context): Promise<z.output<typeof body>> {
  const checked = validate(body, await readJson(context, bodyLimit));
  if (!checked.ok) throw invalidRequest(checked.failure);
  return checked.value;
}
