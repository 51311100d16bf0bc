import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, client } from './api.ts';
import { endGateways, startGateway } from './gateway-process.ts';

let calls: Client;
beforeAll(async () => {
  const config = 'channels: { sms: { accounts: { asked: { use: sandbox, lookUp: true } } } }';
  calls = client(await startGateway({ config }));
});
afterAll(endGateways);

it.each([
  ['found', '+15005550008'],
  ['lost', '+15005550009'],
])('a message whose vendor knows that it is %s is there once, even at most once', async (_play, phone) => {
  const content = { body: 'The posthorn has sounded.' };
  const { id } = await calls.accepted({ to: { phone }, content, guarantee: 'at-most-once' });
  const { status } = await calls.settled(id, 30_000);
  expect(status).toBe('sent');
  expect(await calls.kept(phone)).toHaveLength(1);
});
