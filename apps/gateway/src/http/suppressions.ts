import {
  type ChannelSetup,
  type Clock,
  kinds,
  type Outbox,
  type Problem,
  type Reader,
  type SuppressionView,
  suppressionReasons,
  validate,
} from '@posthorn/core';
import { z } from 'zod';
import { actOf } from '../access/act.ts';
import type { Cursors } from './cursor.ts';
import { readJson } from './json-body.ts';
import { namedAddresses } from './named-address.ts';
import { invalidRequest, unprocessable } from './problems.ts';
import { cursorParameter, limitParameter, readQuery } from './query.ts';
import { type ApiRoute, guarded, json } from './route.ts';
import { time } from './views.ts';

export interface SuppressionTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly region: string | null;
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;
const channel = z.string().max(32);
const address = z.string().max(5_000);
const kind = z.enum(kinds);
const listQuery = z.strictObject({
  channel: channel.optional(),
  address: address.optional(),
  limit: limitParameter,
  cursor: cursorParameter,
});
const releaseQuery = z.strictObject({ channel, address, kind: kind.optional() });
const body = z.strictObject({
  channel,
  address,
  kind: kind.nullable().default(null),
  reason: z.enum(suppressionReasons).default('manual'),
  detail: z.string().max(300).nullable().default(null),
  until: z.iso.datetime({ offset: true }).transform(Date.parse).nullable().default(null),
});

/** Who gets nothing any more, and why: what came by itself and what an operator says. Addresses are shown masked. */
export function suppressionRoutes(tools: SuppressionTools): readonly ApiRoute[] {
  const { channels, region, reader, outbox, cursors, clock } = tools;

  const named = namedAddresses(channels, region);

  return [
    guarded('GET', '/suppressions', 'manage', (context, { project }) => {
      const { channel: name, address: text, limit, cursor } = readQuery(context, listQuery);
      if (text !== undefined && name === undefined) throw invalidRequest([channelMissing]);
      const about = name !== undefined && text !== undefined ? named(name, text) : null;
      if (about !== null && !about.ok) throw unprocessable([about.failure]);
      const found = reader.suppressions({
        project: project.key,
        limit: limit + 1,
        before: cursor === undefined ? null : cursors.read(`suppressions ${project.key}`, cursor),
        ...(name !== undefined && { channel: name }),
        ...(about !== null && { address: about.value.address }),
        now: clock.now(),
      });
      return json(cursors.page(`suppressions ${project.key}`, found, limit, suppressionView));
    }),
    guarded('PUT', '/suppressions', 'manage', async (context, caller) => {
      const checked = validate(body, await readJson(context, bodyLimit));
      if (!checked.ok) throw invalidRequest(checked.failure);
      const { channel: name, address: text, ...word } = checked.value;
      const now = clock.now();
      const about = named(name, text);
      const problems = about.ok ? [] : [about.failure];
      if (word.until !== null && word.until <= now) problems.push(endsTooEarly);
      if (!about.ok || problems.length > 0) throw unprocessable(problems);
      const act = actOf(context, caller, clock, null);
      await outbox.suppress({ project: caller.project.key, channel: name, ...about.value, ...word, act, now });
      return json(suppressionView({ channel: name, masked: about.value.masked, ...word, at: now }));
    }),
    guarded('DELETE', '/suppressions', 'manage', async (context, caller) => {
      const { channel: name, address: text, kind: which } = readQuery(context, releaseQuery);
      const about = named(name, text);
      if (!about.ok) throw unprocessable([about.failure]);
      const { address: whom } = about.value;
      const act = actOf(context, caller, clock, null);
      const { key: project } = caller.project;
      const released = { project, channel: name, address: whom, kind: which, act, now: act.at };
      return json({ deleted: await outbox.release(released) });
    }),
  ];
}

function suppressionView({
  channel: name,
  masked,
  kind: which,
  reason,
  detail,
  at,
  until,
}: Omit<SuppressionView, 'sequence'>) {
  return { channel: name, address: masked ?? '***', kind: which, reason, detail, since: time(at), until: time(until) };
}

const channelMissing: Problem = {
  pointer: '/channel',
  code: 'required',
  detail: 'name the channel that the address belongs to',
};
const endsTooEarly: Problem = { pointer: '/until', code: 'ends_too_early', detail: 'until must be in the future' };
