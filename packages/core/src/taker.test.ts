import { describe, expect, it } from 'vitest';
import { type Channel, defineChannel } from './channel.ts';
import { deliveryId, idMint } from './ids.ts';
import { type Account, type ChannelSetup, laneGate, laneKey } from './lane.ts';
import type { Claimed } from './outbox.ts';
import type { ProviderKind } from './provider.ts';
import { ok } from './result.ts';
import type { Schema } from './schema.ts';
import { type NotifyRequest, type SubmitTools, submit } from './submit.ts';
import { openVerdicts } from './verdict.ts';

const now = Date.UTC(2026, 5, 1);
const anything: Schema<object> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as object }),
    jsonSchema: { input: () => ({ type: 'object' }), output: () => ({ type: 'object' }) },
  },
};

/** Addresses say their kind before a colon. */
const push: Channel = {
  api: 1,
  name: 'push',
  addressKey: 'push',
  maxAddresses: 5,
  content: anything,
  retry: { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 },
  sandbox: {},
  providers: [],
  kindOf: (address) => address.split(':')[0] ?? '',
  parseAddress: ok,
  maskAddress: () => '***',
  render: () => ok({}),
};

const account = (name: string, takes: readonly string[] | null): Account => ({
  channel: 'push',
  account: name,
  provider: { send: () => Promise.resolve({ kind: 'accepted', vendorId: null }) },
  timeoutMs: 1_000,
  concurrency: 1,
  ratePerSecond: null,
  onUncertain: 'retry',
  takes,
});

const accounts = [
  account('google', ['fcm']),
  account('google-spare', ['fcm']),
  account('apple', ['apns']),
  account('trial', null),
];
const setupOf = (order: readonly string[]): ChannelSetup => ({
  channel: push,
  route: { default: order },
  accounts: new Map(accounts.map((each) => [each.account, each])),
});

const request = (addresses: readonly string[], chosen: readonly (readonly string[] | null)[]): NotifyRequest => ({
  addresses: { push: addresses },
  region: null,
  channels: chosen.map((names) => ({ channel: 'push', accounts: names, withinMs: null, until: null })),
  strategy: 'fallback',
  content: { body: 'B' },
  own: {},
  priority: null,
  kind: 'transactional',
  sendAt: null,
  expiresAt: null,
  ttlMs: null,
  guarantee: 'at-least-once',
  orderingKey: null,
  metadata: {},
  tags: [],
});

const toolsOf = (order: readonly string[], down: readonly string[] = []): SubmitTools => ({
  channels: new Map([['push', setupOf(order)]]),
  defaultChannels: ['push'],
  defaultRegion: null,
  mint: idMint(),
  usable: (_channel, name) => !down.includes(name),
});

function routed(
  order: readonly string[],
  addresses: readonly string[],
  chosen: readonly (readonly string[] | null)[] = [null],
  down: readonly string[] = [],
) {
  const result = submit(request(addresses, chosen), toolsOf(order, down), now);
  return result.ok
    ? result.value.deliveries.map(({ step, address, account: name }) => `${step} ${address} ${name}`)
    : result.failure.map(({ pointer, code, detail }) => `${pointer} ${code} ${detail}`);
}

describe('a request', () => {
  it('goes with each address to the first account that understands it', () => {
    expect(routed(['google', 'google-spare', 'apple'], ['apns:1', 'fcm:1'])).toEqual([
      '0 apns:1 apple',
      '0 fcm:1 google',
    ]);
    expect(routed(['google', 'google-spare', 'apple'], ['fcm:1'], [null], ['google'])).toEqual([
      '0 fcm:1 google-spare',
    ]);
    expect(routed(['trial', 'apple'], ['apns:1', 'web:1'])).toEqual(['0 apns:1 trial', '0 web:1 trial']);
  });

  it('splits its addresses between steps that name their accounts', () => {
    expect(routed(['google', 'apple'], ['apns:1', 'fcm:1'], [['apple'], ['google', 'apple']])).toEqual([
      '0 apns:1 apple',
      '1 apns:1 apple',
      '1 fcm:1 google',
    ]);
  });

  it('is refused where an address would reach nobody, also beside others that would', () => {
    const told = (kinds: string) => [
      `/to/push no_account no account that this may go through takes such an address: ${kinds}`,
    ];
    expect(routed(['google'], ['fcm:1', 'web:1', 'apns:1', 'web:2'])).toEqual(told('web, apns'));
    expect(routed(['google', 'apple'], ['fcm:1'], [['apple']])[0]).toEqual(told('fcm')[0]);
  });
});

describe('an account that cannot be used', () => {
  const notification = idMint().notification(now);
  const claimed = (name: string, address: string): Claimed => ({
    id: deliveryId(notification, 1),
    delivery: 1,
    token: 1,
    notification,
    channel: 'push',
    account: name,
    address,
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
  const gates = new Map(accounts.map((each) => [laneKey(each), laneGate(each, now)]));
  const broken = gates.get('push/google');
  broken?.observed({ kind: 'misconfigured', code: 'x', detail: 'x' }, now);
  const verdicts = (order: readonly string[]) =>
    openVerdicts(
      new Map([['push', setupOf(order)]]),
      (lane) => gates.get(laneKey(lane)),
      () => 0,
    );
  const lane = { channel: 'push', account: 'google' };

  it('is inherited from by those alone that take what it takes', () => {
    expect(verdicts(['google', 'apple']).heirKinds(lane)).toEqual([]);
    expect(verdicts(['google', 'apple', 'google-spare']).heirKinds(lane)).toContain('otp');
    expect(verdicts(['google', 'trial']).heirKinds(lane)).toContain('otp');
  });

  it('gives a delivery to an account that understands its address, or parks it', () => {
    const delivery = claimed('google', 'fcm:1');
    expect(verdicts(['google', 'apple', 'google-spare']).waiting(delivery, false, now)).toMatchObject({
      to: 'queued',
      account: 'google-spare',
    });
    // Queued again it would be claimed again at once, and so on without end.
    const parked = verdicts(['google', 'apple']).waiting(delivery, false, now);
    expect(parked).toMatchObject({ to: 'parked', account: 'google', at: broken?.breaker.probeAt });
  });

  it('hands on what it could not send to no stranger', () => {
    const outcome = { kind: 'misconfigured', code: 'x', detail: 'x' } as const;
    const after = (order: readonly string[]) => {
      const [google] = accounts;
      if (!google || !broken) throw new Error('there is no such account');
      return verdicts(order).tried(google, broken, claimed('google', 'fcm:1'), outcome, now);
    };
    expect(after(['google', 'apple', 'google-spare'])).toMatchObject({ to: 'queued', account: 'google-spare' });
    expect(after(['google', 'apple'])).toMatchObject({ to: 'parked', account: 'google' });
  });
});

it('an account is not asked about addresses that it does not take', () => {
  const detail = 'nothing leaves to there';
  const careful = {
    ...account('careful', ['web']),
    provider: {
      send: () => Promise.reject(new Error('not in this test')),
      refuses: (address: string) => (address === 'web:inside' ? { code: 'blocked_address', detail } : null),
    },
  };
  const setup = setupOf(['google', 'apple', 'careful']);
  const tools: SubmitTools = {
    ...toolsOf([]),
    channels: new Map([['push', { ...setup, accounts: new Map([...setup.accounts, ['careful', careful]]) }]]),
  };
  const problems = (address: string, chosen: readonly string[] | null) => {
    const result = submit(request([address], [chosen]), tools, now);
    return result.ok ? [] : result.failure;
  };
  const blocked = [{ pointer: '/to/push', code: 'blocked_address', detail }];
  // Neither Google's nor Apple's account, which refuse nothing, would ever send it.
  expect(problems('web:inside', ['google', 'apple', 'careful'])).toEqual(blocked);
  expect(problems('web:outside', ['google', 'apple', 'careful'])).toEqual([]);
  expect(problems('fcm:1', ['google', 'careful'])).toEqual([]);
  // An account that takes all kinds may send it, and where none does, that is the problem.
  expect(problems('web:inside', ['careful', 'trial'])).toEqual([]);
  expect(problems('web:inside', ['google']).map(({ code }) => code)).toEqual(['no_account']);
});

it('a provider that is choosy needs a channel that tells kinds apart', () => {
  const choosy: ProviderKind = {
    name: 'choosy',
    settings: anything,
    secrets: [],
    endpoint: null,
    onUncertain: 'retry',
    takes: ['fcm'],
    open: () => Promise.reject(new Error('not opened here')),
  };
  const { kindOf, ...alike } = push;
  expect(() => defineChannel({ ...alike, providers: [choosy] })).toThrow(/kindOf/);
  expect(defineChannel({ ...alike, kindOf: kindOf as (address: string) => string, providers: [choosy] }).name).toBe(
    'push',
  );
});

it('an address that is suppressed is skipped, not stranded', () => {
  const suppressed = (address: string) =>
    submit(request(['fcm:1', 'apns:1'], [null]), toolsOf(['google', 'apple']), now, (_channel, one) =>
      one === address ? 'unreachable' : null,
    );
  const left = suppressed('fcm:1');
  expect(left.ok && left.value.deliveries.map(({ address }) => address)).toEqual(['apns:1']);
});
