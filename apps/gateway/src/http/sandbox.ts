import type { ChannelSetup, Outbox, Reader } from '@posthorn/core';
import { z } from 'zod';
import type { Cursors } from './cursor.ts';
import { cursorParameter, limitParameter, readQuery } from './query.ts';
import { type ApiRoute, guarded, json } from './route.ts';
import type { Views } from './views.ts';

export interface SandboxTools {
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly defaultRegion: string | null;
  readonly views: Views;
  readonly cursors: Cursors;
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
  channels,
  defaultRegion,
  views,
  cursors,
}: SandboxTools): readonly ApiRoute[] {
  /** Every normal form that the text may have; a text that no channel knows is looked for as it is. */
  const normalForm = (text: string, channel: string | undefined): string => {
    const asked = [...channels.values()].filter((setup) => channel === undefined || setup.channel.name === channel);
    const parsed = asked
      .map((setup) => setup.channel.parseAddress(text, { region: defaultRegion }))
      .find(({ ok }) => ok);
    return parsed?.ok ? parsed.value : text;
  };

  return [
    guarded('GET', '/sandbox/messages', 'read', (context, { project }) => {
      const { channel, to, limit, cursor } = readQuery(context, query);
      const found = reader.inbox({
        project: project.key,
        limit: limit + 1,
        before: cursor === undefined ? null : cursors.read('sandbox', cursor),
        ...(channel !== undefined && { channel }),
        ...(to !== undefined && { address: normalForm(to, channel) }),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const more = found.length > limit && last !== undefined;
      return json({
        items: items.map(views.message),
        nextCursor: more ? cursors.write('sandbox', last.sequence) : null,
      });
    }),
    guarded('DELETE', '/sandbox/messages', 'manage', async (context, { project }) => {
      // A filter that was ignored would empty more than was meant.
      readQuery(context, noQuery);
      return json({ deleted: await outbox.clearInbox({ project: project.key }) });
    }),
  ];
}
