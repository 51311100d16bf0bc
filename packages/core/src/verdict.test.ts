import { expect, it } from 'vitest';
import type { Channel } from './channel.ts';
import { deliveryId, idMint, maxFamilyOrdinal } from './ids.ts';
import { type Account, type ChannelSetup, laneGate } from './lane.ts';
import type { Kind } from './notification.ts';
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

const dawn = now + 3_600_000;

/** Everybody of the channel may be written to from dawn on. */
const asleep = {
  ...setup,
  bounds: {
    countries: null,
    optOutText: false,
    opensAt: (kind: Kind, _address: string, at: number) => (kind === 'marketing' ? Math.max(at, dawn) : at),
  },
};
const verdictsOf = (one: ChannelSetup) =>
  openVerdicts(
    new Map([['sms', one]]),
    () => laneGate(account, now),
    () => 0,
  );

it('holds marketing back until its recipient is awake, before every attempt, and nothing else', () => {
  const verdicts = verdictsOf(asleep);
  const held = (more: Partial<Claimed>, at = now) => verdicts.untried({ ...claimed(3), ...more }, true, at)?.to ?? null;
  expect(held({ kind: 'marketing' })).toBe('scheduled');
  expect(held({ kind: 'marketing', attempt: 3, doubtful: true })).toBe('scheduled');
  expect(held({ kind: 'marketing', expiresAt: dawn })).toBe('expired');
  expect(held({ kind: 'marketing', expiresAt: dawn, doubtful: true })).toBe('uncertain');
  expect(held({ kind: 'marketing' }, dawn)).toBeNull();
  expect(held({ kind: 'transactional' })).toBeNull();
  expect(verdictsOf(setup).untried({ ...claimed(1), kind: 'marketing' }, true, now)).toBeNull();
});

it('parks what is over a limit although another account could take it, unlike what is over a quota', () => {
  const spare = { ...account, account: 'spare' };
  const accounts = new Map([...setup.accounts, ['spare', spare]]);
  const verdicts = verdictsOf({ ...setup, accounts, route: { default: ['main', 'spare'] } });
  const over = (more: Partial<Claimed>) =>
    verdicts.overQuota(account, laneGate(account, now), { ...claimed(1), ...more }, dawn, now);
  expect(over({})).toMatchObject({ to: 'queued', account: 'spare', code: 'quota' });
  expect(over({ limited: 'budget_exhausted' })).toMatchObject({
    to: 'parked',
    at: dawn,
    account: 'main',
    code: 'budget_exhausted',
  });
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
