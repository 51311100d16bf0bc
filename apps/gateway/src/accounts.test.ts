import { type DeliveryId, type Lane, type ProviderKind, type Quota, sandboxProvider } from '@posthorn/core';
import { openEgress } from '@posthorn/egress';
import { manualClock, recordingLogger } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import { openChannels } from './accounts.ts';
import type { AccountConfig, ChannelConfig } from './config/config.ts';
import { secret } from './config/secret.ts';

const quotas: readonly Quota[] = [{ per: 'address', windows: [{ most: 1, ms: 60_000 }] }];

const account = (name: string, kind: ProviderKind): AccountConfig => ({
  name,
  lane: `sms/${name}`,
  kind,
  settings: secret({}),
  endpoint: null,
  timeoutMs: 1_000,
  concurrency: 1,
  ratePerSecond: null,
  weight: 1,
  onUncertain: 'hold',
  shown: {},
});

const tools = {
  outbox: {} as Parameters<typeof openChannels>[1]['outbox'],
  clock: manualClock(),
  log: recordingLogger(),
  ...openEgress({ allow: [] }),
  limits: new Map(),
  timezone: 'UTC',
  unsubscribeUrlOf: null,
  keyOf: ({ channel, account }: Lane) => Buffer.from(`${channel}/${account}`),
  suppressionOf: () => null,
  callbackUrlOf: ({ channel, account }: Lane) => new URL(`https://n.example.com/${channel}/${account}`),
};

it('gives an account the quotas of its provider', async () => {
  const sandbox = sandboxProvider({}) as ProviderKind;
  const accounts = [account('limited', { ...sandbox, quotas }), account('free', sandbox)];
  const channel = { name: 'sms' } as ChannelConfig['channel'];
  const configured = [{ channel, use: null, route: { default: ['limited', 'free'] }, accounts }];
  const opened = (await openChannels(configured, tools)).get('sms')?.accounts;
  expect(opened?.get('limited')?.quotas).toEqual(quotas);
  expect(opened?.get('free')?.quotas).toEqual([]);
});

it('tells a provider where its vendor reports, and everybody else what its receipts go by', async () => {
  const seen: (string | undefined)[] = [];
  const sandbox = sandboxProvider({}) as ProviderKind;
  const kind: ProviderKind = {
    ...sandbox,
    receiptsBy: 'vendorId',
    open(settings, tools) {
      seen.push(tools.callbackUrl?.href);
      return sandbox.open(settings, tools);
    },
  };
  const bySettings: ProviderKind = {
    ...sandbox,
    open: async (settings, tools) => ({ ...(await sandbox.open(settings, tools)), receiptsBy: 'vendorId' }),
  };
  const channel = { name: 'sms' } as ChannelConfig['channel'];
  const configured = [
    {
      channel,
      use: null,
      route: { default: ['traced', 'free', 'set'] },
      accounts: [account('traced', kind), account('free', sandbox), account('set', bySettings)],
    },
  ];
  const opened = (await openChannels(configured, tools)).get('sms')?.accounts;
  expect(seen).toEqual(['https://n.example.com/sms/traced']);
  expect([...(opened?.values() ?? [])].map(({ receiptsBy }) => receiptsBy)).toEqual([
    'vendorId',
    'delivery',
    'vendorId',
  ]);
});

it('lends each account a key and links of its own', async () => {
  const seen: (readonly [string, string | undefined])[] = [];
  const sandbox = sandboxProvider({}) as ProviderKind;
  const kind: ProviderKind = {
    ...sandbox,
    open(settings, lent) {
      const link = lent.unsubscribeUrl?.('dlv_1' as DeliveryId, 'li');
      seen.push([Buffer.from(lent.key).toString(), link?.href]);
      return sandbox.open(settings, lent);
    },
  };
  const channel = { name: 'sms' } as ChannelConfig['channel'];
  const accounts = [account('one', kind), account('two', kind)];
  const configured = [{ channel, use: null, route: { default: ['one'] }, accounts }];
  await openChannels(configured, tools);
  await openChannels(configured, {
    ...tools,
    unsubscribeUrlOf: ({ lane, delivery, address }) =>
      new URL(`https://n.example.com/${lane.account}/${delivery}/${address}`),
  });
  expect(seen).toEqual([
    ['sms/one', undefined],
    ['sms/two', undefined],
    ['sms/one', 'https://n.example.com/one/dlv_1/li'],
    ['sms/two', 'https://n.example.com/two/dlv_1/li'],
  ]);
});
