import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, client } from './api.ts';
import { endGateways, startGateway } from './gateway-process.ts';

let calls: Client;
beforeAll(async () => {
  calls = client(await startGateway());
});
afterAll(endGateways);

it('a step behind an account that cannot be used gives way to the next one, untried', async () => {
  const body = 'It arrives today.';
  const bad = { to: { phone: '+15005550003' }, content: { body } };
  const first = await calls.accepted(bad);
  await calls.when(first.id, ({ deliveries }) => deliveries[0]?.status === 'parked');
  // The probe of the account is the oldest that waits: this one, which fails as well, and so the account stays unusable.
  await calls.accepted(bad);
  const { id } = await calls.accepted({
    to: { phone: '+8613800138000', email: 'li@example.com' },
    channels: ['sms', 'email'],
    content: { body },
  });
  const seen = await calls.settled(id);
  expect(seen.status).toBe('sent');
  const told = seen.deliveries.map(({ channel, status, code, attempts }) => [channel, status, code, attempts]);
  expect(told).toEqual([
    ['sms', 'skipped', 'no_account', 0],
    ['email', 'sent', null, 1],
  ]);
});
