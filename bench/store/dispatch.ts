import {
  type ChannelSetup,
  type Dispatcher,
  defineChannel,
  type Lane,
  type Outbox,
  ok,
  openDispatcher,
  type Provider,
  type Schema,
  silentLogger,
  systemClock,
} from '@posthorn/core';

/** The real dispatcher with one account: a provider of the bench behind one lane. */
export function dispatcherOf(outbox: Outbox, lane: Lane, provider: Provider, concurrency: number): Dispatcher {
  return openDispatcher({
    outbox,
    channels: new Map([[lane.channel, setupOf(lane, provider, concurrency)]]),
    clock: systemClock(),
    random: Math.random,
    log: silentLogger,
  });
}

function setupOf({ channel, account }: Lane, provider: Provider, concurrency: number): ChannelSetup {
  return {
    channel: defineChannel<object>({
      api: 1,
      name: channel,
      addressKey: channel,
      maxAddresses: 1,
      content: anything,
      retry: { maxAttempts: 1, baseMs: 1_000, capMs: 1_000 },
      sandbox: {},
      providers: [],
      parseAddress: ok,
      maskAddress: (address) => address,
      render: (_neutral, own) => ok(own),
    }),
    route: { default: [account] },
    accounts: new Map([
      [
        account,
        { channel, account, provider, timeoutMs: 20_000, concurrency, ratePerSecond: null, onUncertain: 'retry' },
      ],
    ]),
  };
}

/** Nothing of it is asked here: what is stored was never a request. */
const anything: Schema<object> = {
  '~standard': {
    version: 1,
    vendor: 'bench',
    validate: (value) => ({ value: value as object }),
    jsonSchema: { input: () => ({}), output: () => ({}) },
  },
};
