import { type ChannelSetup, type Dispatcher, jsonSchemaOf, type Reader } from '@posthorn/core';
import { type ApiRoute, guarded, json } from './route.ts';
import { time } from './views.ts';

export interface ChannelTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  /** The provider kind of each account, by lane. */
  readonly providers: ReadonlyMap<string, string>;
  readonly dispatcher: Pick<Dispatcher, 'gate'>;
  readonly reader: Pick<Reader, 'backlog'>;
}

/** What can be sent, how to address it, and how its accounts are. */
export function channelRoutes({ channels, providers, dispatcher, reader }: ChannelTools): readonly ApiRoute[] {
  const accountView = (channel: string, account: string, backlog: ReadonlyMap<string, number>) => {
    const gate = dispatcher.gate({ channel, account });
    const open = gate !== undefined && gate.breaker.state !== 'closed';
    const key = `${channel}/${account}`;
    return {
      name: account,
      provider: providers.get(key) ?? null,
      state: open ? 'open' : 'healthy',
      parkedUntil: open ? time(gate.breaker.probeAt) : null,
      queued: backlog.get(key) ?? 0,
    };
  };

  return [
    guarded('GET', '/channels', 'read', () => {
      const backlog = new Map(reader.backlog().map(({ lane, queued }) => [`${lane.channel}/${lane.account}`, queued]));
      const items = [...channels.values()].map(({ channel, route, accounts }) => ({
        name: channel.name,
        addressKey: channel.addressKey,
        maxAddresses: channel.maxAddresses,
        content: jsonSchemaOf(channel.content),
        route,
        accounts: [...accounts.keys()].map((account) => accountView(channel.name, account, backlog)),
        sandboxAddresses: channel.sandbox,
      }));
      return json({ items, nextCursor: null });
    }),
  ];
}
