import { expect, it } from 'vitest';
import type { Channel } from './channel.ts';
import { deliveryId, idMint, maxFamilyOrdinal } from './ids.ts';
import { type Account, laneGate } from './lane.ts';
import type { Claimed } from './outbox.ts';
import { openVerdicts } from './verdict.ts';

const now = Date.UTC(2026, 0, 1);
const notification = idMint().notification(now);
const account: Account = {
  channel: 'sms',
  account: 'main',
  provider: { send: () => Promise.reject(new Error('not asked here')) },
  timeoutMs: 1_000,
  concurrency: 1,
  ratePerSecond: null,
  onUncertain: 'retry',
};
const setup = {
  channel: { retry: { maxAttempts: 5, baseMs: 1, capMs: 1 } } as Channel,
  route: { default: ['main'] },
  accounts: new Map([['main', account]]),
};
const claimed = (token: number): Claimed => ({
  id: deliveryId(notification, 1),
  delivery: 1,
  token,
  notification,
  channel: 'sms',
  account: 'main',
  address: '+1',
  content: {},
  doubtful: false,
  quotaUntil: null,
  attempt: 1,
  kind: 'transactional',
  priority: 'normal',
  guarantee: 'at-least-once',
  accounts: null,
  createdAt: now,
  expiresAt: null,
});

it('ends what was claimed more often than the ids of attempts can count', () => {
  const verdicts = openVerdicts(
    new Map([['sms', setup]]),
    () => laneGate(account, now),
    () => 0,
  );
  const outcome = { kind: 'misconfigured', code: 'no_balance', detail: 'top it up' } as const;
  const after = (token: number) => verdicts.tried(account, laneGate(account, now), claimed(token), outcome, now).to;
  expect([after(maxFamilyOrdinal - 1), after(maxFamilyOrdinal)]).toEqual(['parked', 'dead']);
});
