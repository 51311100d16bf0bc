import type { Clock, Outbox, Reader } from '@posthorn/core';
import { z } from 'zod';
import { actOf } from '../access/act.ts';
import type { Cursors } from './cursor.ts';
import { cursorParameter, limitParameter, readQuery } from './query.ts';
import { type ApiRoute, guarded, json } from './route.ts';
import type { StoredAddress } from './stored-address.ts';
import type { Views } from './views.ts';

export interface SandboxTools {
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly storedAddress: StoredAddress;
  readonly views: Views;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const query = z.strictObject({
  channel: z.string().max(32).optional(),
  to: z.string().max(5_000).optional(),
  limit: limitParameter,
  cursor: cursorParameter,
});

const noQuery = z.strictObject({});

/** The inbox of the sandbox accounts: what they would have sent, as it would have been sent. */
export function sandboxRoutes({
  reader,
  outbox,
  storedAddress,
  views,
  cursors,
  clock,
}: SandboxTools): readonly ApiRoute[] {
  return [
    guarded('GET', '/sandbox/messages', 'read', (context, { project }) => {
      const { channel, to, limit, cursor } = readQuery(context, query);
      const found = reader.inbox({
        project: project.key,
        limit: limit + 1,
        before: cursor === undefined ? null : cursors.read(`sandbox ${project.key}`, cursor),
        ...(channel !== undefined && { channel }),
        // A text that no channel knows is looked for as it is, and not found.
        ...(to !== undefined && { address: storedAddress(to, channel) ?? to }),
      });
      return json(cursors.page(`sandbox ${project.key}`, found, limit, views.message));
    }),
    guarded('DELETE', '/sandbox/messages', 'manage', async (context, caller) => {
      // A filter that was ignored would empty more than was meant.
      readQuery(context, noQuery);
      const act = actOf(context, caller, clock, null);
      return json({ deleted: await outbox.clearInbox({ project: caller.project.key, act }) });
    }),
  ];
}
