import { type ChannelSetup, type Dispatcher, jsonSchemaOf, type Lane, type Reader } from '@posthorn/core';
import { type ApiRoute, guarded, json } from './route.ts';
import { time } from './views.ts';

export interface ChannelTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  /** The provider kind of each account, by lane. */
  readonly providers: ReadonlyMap<string, string>;
  readonly dispatcher: Pick<Dispatcher, 'gate'>;
  readonly reader: Pick<Reader, 'backlog'>;
  callbackUrlOf(lane: Lane): URL | null;
}

/** What can be sent, how to address it, and how its accounts are. */
export function channelRoutes(tools: ChannelTools): readonly ApiRoute[] {
  const { channels, providers, dispatcher, reader } = tools;
  const accountView = (channel: string, account: string) => {
    const gate = dispatcher.gate({ channel, account });
    const open = gate !== undefined && gate.breaker.state !== 'closed';
    return {
      name: account,
      provider: providers.get(`${channel}/${account}`) ?? null,
      state: open ? 'open' : 'healthy',
      parkedUntil: open ? time(gate.breaker.probeAt) : null,
    };
  };

  /** What waits is of all projects together; and whoever knows the callback address can speak for the vendor. */
  const operatorView = (setup: ChannelSetup, account: string, backlog: ReadonlyMap<string, number>) => {
    const reads = setup.accounts.get(account)?.provider.readCallback !== undefined;
    return {
      queued: backlog.get(`${setup.channel.name}/${account}`) ?? 0,
      callbackUrl: reads ? (tools.callbackUrlOf({ channel: setup.channel.name, account })?.href ?? null) : null,
    };
  };

  return [
    guarded('GET', '/channels', 'read', (_context, { rights }) => {
      const backlog = rights.has('operator')
        ? new Map(reader.backlog().map(({ lane, queued }) => [`${lane.channel}/${lane.account}`, queued]))
        : null;
      const items = [...channels.values()].map((setup) => {
        const { channel, route, accounts } = setup;
        const accountsShown = [...accounts.keys()].map((account) => ({
          ...accountView(channel.name, account),
          ...(backlog !== null && operatorView(setup, account, backlog)),
        }));
        return {
          name: channel.name,
          addressKey: channel.addressKey,
          maxAddresses: channel.maxAddresses,
          content: jsonSchemaOf(channel.content),
          route,
          accounts: accountsShown,
          sandboxAddresses: channel.sandbox,
        };
      });
      return json({ items, nextCursor: null });
    }),
  ];
}
