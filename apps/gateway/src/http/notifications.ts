import {
  type Clock,
  isDeliveryId,
  isNotificationId,
  kinds,
  type NotificationId,
  type NotificationQuery,
  notificationStatuses,
  type Outbox,
  pointerOf,
  type Reader,
} from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import { actOf } from '../access/act.ts';
import type { Cursors } from './cursor.ts';
import { HttpProblem, invalidRequest } from './problems.ts';
import { cursorParameter, limitParameter, readQuery } from './query.ts';
import { type ApiRoute, guarded, json } from './route.ts';
import type { StoredAddress } from './stored-address.ts';
import { contentsOf, type Views } from './views.ts';

export interface NotificationTools {
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly storedAddress: StoredAddress;
  readonly views: Views;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const instant = z.iso.datetime({ offset: true }).transform(Date.parse).optional();
const metadataPrefix = 'metadata.';
const fixedParameters = {
  status: z.enum(notificationStatuses).optional(),
  channel: z.string().max(32).optional(),
  kind: z.enum(kinds).optional(),
  tag: z.string().max(100).optional(),
  address: z.string().max(5_000).optional(),
  from: instant,
  to: instant,
  limit: limitParameter,
  cursor: cursorParameter,
};

/** Reading and steering notifications and their deliveries. */
export function notificationRoutes(tools: NotificationTools): readonly ApiRoute[] {
  const { reader, outbox, views, clock } = tools;
  return [
    guarded('GET', '/notifications', 'read', (context, { project }) => {
      const query = listQuery(context, project.key, tools);
      return json(listPage(query, tools));
    }),
    guarded('GET', '/notifications/:id', 'read', (context, { project }) => {
      const found = reader.notification(project.key, notificationParameter(context));
      if (found === null) throw notFound('notification');
      return json(views.notification(found, contentsOf(reader, project.key)));
    }),
    guarded('POST', '/notifications/:id/cancel', 'manage', async (context, caller) => {
      const { project } = caller;
      const id = notificationParameter(context);
      const act = actOf(context, caller, clock, id);
      const result = await outbox.cancel({ project: project.key, notification: id, act, now: act.at });
      const found = result === 'unknown' ? null : reader.notification(project.key, id);
      if (found === null) throw notFound('notification');
      if (result === 'final')
        throw new HttpProblem('conflict', 'nothing is left to cancel: every delivery was sent or has ended');
      return json(views.notification(found, contentsOf(reader, project.key)));
    }),
    guarded('GET', '/deliveries/:id', 'read', (context, { project }) => {
      const id = context.req.param('id') ?? '';
      const found = isDeliveryId(id) ? reader.delivery(project.key, id) : null;
      if (found === null) throw notFound('delivery');
      return json(views.delivery(found, contentsOf(reader, project.key)));
    }),
    guarded('GET', '/deliveries/:id/attempts', 'read', (context, { project }) => {
      const id = context.req.param('id') ?? '';
      if (!isDeliveryId(id) || reader.delivery(project.key, id) === null) throw notFound('delivery');
      return json({ items: reader.attempts(project.key, id).map(views.attempt), nextCursor: null });
    }),
  ];
}

function listQuery(context: Context, project: number, tools: NotificationTools): NotificationQuery {
  const names = Object.keys(context.req.query()).filter((name) => name.startsWith(metadataPrefix));
  const metadata = Object.fromEntries(names.map((name) => [name, z.string().max(1_000)]));
  const { cursor, limit, address, ...query } = readQuery(context, z.strictObject({ ...fixedParameters, ...metadata }));
  const { status, kind, channel, tag, from, to } = query as z.output<z.ZodObject<typeof fixedParameters>>;
  return {
    project,
    limit,
    before: cursor === undefined ? null : tools.cursors.read(`notifications ${project}`, cursor),
    ...(status && { status }),
    ...(kind && { kind }),
    ...(channel !== undefined && { channel }),
    ...(tag !== undefined && { tag }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(address !== undefined && { address: normalAddress(address, channel, tools) }),
    metadata: names.map((name) => [name.slice(metadataPrefix.length), context.req.query(name) ?? ''] as const),
  };
}

function normalAddress(text: string, channel: string | undefined, { storedAddress }: NotificationTools): string {
  const address = storedAddress(text, channel);
  if (address !== null) return address;
  const detail = 'no configured channel knows this as an address';
  throw invalidRequest([{ pointer: pointerOf(['address']), code: 'invalid', detail }]);
}

function listPage(query: NotificationQuery, { reader, views, cursors }: NotificationTools) {
  const found = reader.notifications({ ...query, limit: query.limit + 1 });
  return cursors.page(`notifications ${query.project}`, found, query.limit, views.summary);
}

function notificationParameter(context: Context): NotificationId {
  const id = context.req.param('id') ?? '';
  if (!isNotificationId(id)) throw notFound('notification');
  return id;
}

function notFound(what: string): HttpProblem {
  return new HttpProblem('not_found', `there is no such ${what} in this project`);
}
