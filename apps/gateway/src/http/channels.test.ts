import type { ChannelSetup, Right } from '@posthorn/core';
import { expect, it } from 'vitest';
import { caller } from '../../doubles/caller.ts';
import { channelRoutes } from './channels.ts';

const send = () => Promise.reject(new Error('nothing is sent here'));
const hears = { provider: { send, readCallback: send } };
const setup = {
  channel: {
    name: 'pigeon',
    content: { '~standard': { jsonSchema: { input: () => ({ type: 'object' }) } } },
  },
  route: { default: ['main'] },
  accounts: new Map<string, unknown>([
    ['main', hears],
    ['deaf', { provider: { send } }],
  ]),
} as unknown as ChannelSetup;

async function shownTo(...rights: readonly Right[]) {
  const [route] = channelRoutes({
    channels: new Map([['pigeon', setup]]),
    providers: new Map(),
    dispatcher: { gate: () => undefined },
    reader: { backlog: () => [{ lane: { channel: 'pigeon', account: 'main' }, queued: 3 }] },
    callbackUrlOf: ({ channel, account }) => new URL(`https://n.example.com/${channel}/${account}`),
  });
  const answer = await route?.handle({} as never, caller({ rights: new Set(rights) }));
  const body = JSON.parse(answer?.body ?? 'null') as { items: { accounts: Record<string, unknown>[] }[] };
  return body.items[0]?.accounts.map(({ callbackUrl, queued }) => [callbackUrl, queued]);
}

it('shows the addresses of callbacks, and what waits of all projects, to the operator alone', async () => {
  expect(await shownTo('read', 'admin', 'operator')).toEqual([
    ['https://n.example.com/pigeon/main', 3],
    [null, 0],
  ]);
  expect(await shownTo('read', 'manage', 'admin')).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});
