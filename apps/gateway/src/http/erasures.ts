import { type ChannelSetup, type Clock, type Erased, type Outbox, validate } from '@posthorn/core';
import { z } from 'zod';
import { actOf } from '../access/act.ts';
import { readJson } from './json-body.ts';
import { namedAddresses } from './named-address.ts';
import { invalidRequest, unprocessable } from './problems.ts';
import { type ApiRoute, guarded, json } from './route.ts';

export interface ErasureTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly region: string | null;
  readonly outbox: Pick<Outbox, 'erase'>;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;
/** Notifications in one commit: a few milliseconds, between which everybody else has a turn. */
const stepLimit = 100;
const body = z.strictObject({ channel: z.string().max(32), address: z.string().max(5_000) });

/** Forgetting a person: what the project knows of whoever has this address. Asking again does no harm, and goes on after a break. */
export function erasureRoutes({ channels, region, outbox, clock }: ErasureTools): readonly ApiRoute[] {
  const named = namedAddresses(channels, region);
  return [
    guarded('POST', '/erasures', 'admin', async (context, caller) => {
      const checked = validate(body, await readJson(context, bodyLimit));
      if (!checked.ok) throw invalidRequest(checked.failure);
      const about = named(checked.value.channel, checked.value.address);
      if (!about.ok) throw unprocessable([about.failure]);
      const { address } = about.value;
      const project = caller.project.key;
      const sum = { notifications: 0, canceled: 0, messages: 0 };
      let step: Erased;
      do {
        const act = actOf(context, caller, clock, null);
        step = await outbox.erase({ project, address, limit: stepLimit, act, now: act.at });
        for (const count of ['notifications', 'canceled', 'messages'] as const) sum[count] += step[count];
      } while (step.more);
      return json({ ...sum, swept: step.swept });
    }),
  ];
}
