import { describe, expect, it } from 'vitest';
import type { Channel } from './channel.ts';
import { deliveryId, idMint, maxFamilyOrdinal } from './ids.ts';
import { type Account, type ChannelSetup, laneGate } from './lane.ts';
import type { Kind } from './notification.ts';
import type { Claimed } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import type { PruningPolicy } from './pruning.ts';
import type { SuppressionReason } from './suppression.ts';
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

describe('an address that was suppressed after the acceptance', () => {
  const verdictOf = (reason: SuppressionReason | null, delivery: Claimed, running = true) => {
    const channels = new Map([['sms', { ...setup, suppressionOf: () => reason }]]);
    return openVerdicts(
      channels,
      () => laneGate(account, now),
      () => 0,
    ).untried(delivery, running, now);
  };

  it.each([
    ['unsubscribed', 'opted_out'],
    ['bounced', 'suppressed'],
    ['manual', 'suppressed'],
  ] as const)('has what goes there skipped: %s', (reason, code) => {
    expect(verdictOf(reason, claimed(1))).toMatchObject({ to: 'skipped', code });
  });

  it('does not make what may have arrived unsent', () => {
    expect(verdictOf('manual', { ...claimed(2), doubtful: true })).toMatchObject({
      to: 'uncertain',
      code: 'suppressed',
    });
  });

  it('changes nothing for what has expired, and when nothing more may begin', () => {
    expect(verdictOf('manual', { ...claimed(1), expiresAt: now })?.to).toBe('expired');
    expect(verdictOf('manual', claimed(1), false)?.to).toBe('queued');
    expect(verdictOf(null, claimed(1))).toBeNull();
  });
});

describe('what the store has to know of an attempt', () => {
  const judge = (outcome: Outcome, more: Partial<Account> = {}, delivery = claimed(1)) => {
    const masking = { ...setup, channel: { ...setup.channel, maskAddress: (address: string) => `${address}*` } };
    const verdicts = openVerdicts(
      new Map([['sms', masking]]),
      () => laneGate(account, now),
      () => 0,
    );
    const at = { ...account, ...more };
    return [
      verdicts.tried(at, laneGate(at, now), delivery, outcome, now),
      outcome.kind === 'accepted' ? verdicts.lookedUp(at, laneGate(at, now), delivery, outcome, now) : null,
    ] as const;
  };

  it('is the name that the vendor gave it, only where receipts say nothing else', () => {
    const accepted = { kind: 'accepted', vendorId: 'v' } as const;
    const sent = { to: 'sent', vendorId: 'v', parts: null };
    expect(judge(accepted)).toEqual([sent, sent]);
    const traced = { ...sent, traced: true };
    expect(judge(accepted, { receiptsBy: 'vendorId' })).toEqual([traced, traced]);
    const nameless = { ...sent, vendorId: null };
    expect(judge({ ...accepted, vendorId: null }, { receiptsBy: 'vendorId' })).toEqual([nameless, nameless]);
  });

  it('is that it brought a code which is verified here', () => {
    const sent = { to: 'sent', vendorId: 'v', parts: null, verifiable: true };
    expect(judge({ kind: 'accepted', vendorId: 'v' }, {}, { ...claimed(1), verifiable: true })).toEqual([sent, sent]);
  });

  it('is how bad its address is, and what may be shown of it', () => {
    const refused = { kind: 'refused', because: 'address', code: 'c', detail: 'd' } as const;
    expect(judge(refused)[0]).toEqual({ to: 'failed', code: 'c', detail: 'd' });
    for (const suppress of ['hard', 'soft'] as const)
      expect(judge({ ...refused, suppress })[0]).toMatchObject({
        suppress: { strength: suppress, reason: 'bounced', masked: '+1*' },
      });
    const blocked = judge({ ...refused, because: 'blocked', suppress: 'hard' })[0];
    expect(blocked).toMatchObject({ suppress: { reason: 'unsubscribed' } });
  });
});

describe('an address that a vendor calls dead', () => {
  const refused = { kind: 'refused', because: 'address', code: 'gone', detail: 'gone', suppress: 'hard' } as const;
  const strikes = { most: 2, apartMs: 1_000, withinMs: 10_000, restMs: 5_000 };
  const alarm = { windowMs: 10_000, leastSends: 5, mostDeadShare: 0.5, witnessMs: 60_000 };
  const channel = { ...setup.channel, maskAddress: () => '+***' };
  const verdictsOf = (pruning?: PruningPolicy) => {
    const gate = laneGate(account, now);
    const verdicts = openVerdicts(
      new Map([['sms', { ...setup, channel: { ...channel, ...(pruning && { pruning }) } }]]),
      () => gate,
      () => 0,
    );
    return (outcome: Outcome) => verdicts.tried(account, gate, claimed(1), outcome, now);
  };
  const accepted: Outcome = { kind: 'accepted', vendorId: null };

  it('is given up at once where the channel does not say otherwise', () => {
    expect(verdictsOf()(refused)).toEqual({
      to: 'failed',
      code: 'gone',
      detail: 'gone',
      suppress: { strength: 'hard', reason: 'bounced', masked: '+***' },
    });
  });

  it('has a strike by the policy of its channel', () => {
    const tried = verdictsOf({ strikes, alarm });
    tried(accepted);
    expect(tried(refused)).toMatchObject({ to: 'failed', suppress: { strength: 'hard', strikes } });
  });

  it('has none after an acceptance, where vendors say at once what is dead', () => {
    expect(verdictsOf({ strikes, alarm })(accepted)).toMatchObject({ to: 'sent', absolves: true });
    expect(verdictsOf()(accepted)).not.toHaveProperty('absolves');
  });

  it('is kept, and the settlement says so, while too many look dead', () => {
    const tried = verdictsOf({ strikes, alarm });
    const first = tried(refused);
    expect(first).not.toHaveProperty('suppress');
    expect(first).toMatchObject({
      to: 'failed',
      detail: expect.stringContaining('nothing of this account was accepted'),
    });
    for (let sends = 0; sends < 2; sends++) tried(accepted);
    expect(tried(refused)).toHaveProperty('suppress');
    const over = tried(refused);
    expect(over).not.toHaveProperty('suppress');
    expect(over).toMatchObject({
      detail: 'gone; the address is kept, since 3 of 5 addresses of this account looked dead of late',
    });
  });
});
