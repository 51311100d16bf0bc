import { describe, expect, it } from 'vitest';
import { type Channel, defineChannel } from './channel.ts';
import { deliveryId, idMint } from './ids.ts';
import type { Account, ChannelSetup } from './lane.ts';
import { fail, ok } from './result.ts';
import type { Route } from './route.ts';
import type { Schema } from './schema.ts';
import { firstStatuses, maxSteps, type NotifyRequest, type RequestedStep, type SubmitTools, submit } from './submit.ts';
import type { SuppressionReason } from './suppression.ts';

const now = Date.UTC(2026, 5, 1);
const day = 86_400_000;

interface Text {
  readonly text: string;
}

const anything: Schema<Partial<Text>> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as Partial<Text> }),
    jsonSchema: { input: () => ({ type: 'object' }), output: () => ({ type: 'object' }) },
  },
};

/** A channel whose addresses are words: lower case is their normal form, a region is put before a short one. */
function wordChannel(name: string, addressKey: string): Channel<Text> {
  return defineChannel<Text>({
    api: 1,
    name,
    addressKey,
    maxAddresses: 5,
    content: anything,
    retry: { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 },
    sandbox: {},
    providers: [],
    parseAddress(text, { region }) {
      const word = text.trim().toLowerCase();
      if (!/^[a-z]+$/.test(word)) return fail({ code: 'invalid_word', detail: 'only letters' });
      return ok(word.length > 2 || region === null ? word : `${region.toLowerCase()}${word}`);
    },
    maskAddress: (address) => `${address.slice(0, 1)}***`,
    render(neutral, own) {
      const text = own.text ?? neutral.body;
      if (text !== undefined) return ok({ text });
      return fail([{ pointer: '/content/body', code: 'missing_content', detail: `${name} needs a text` }]);
    },
    measure: ({ text }) => ({ parts: Math.ceil(text.length / 10), detail: `${text.length} letters` }),
  });
}

function setup(
  channel: Channel<Text>,
  accounts: readonly string[],
  route: Route = { default: accounts },
): ChannelSetup {
  const account = (name: string): Account => ({
    channel: channel.name,
    account: name,
    provider: { send: () => Promise.resolve({ kind: 'accepted', vendorId: null }) },
    timeoutMs: 1_000,
    concurrency: 1,
    ratePerSecond: null,
    onUncertain: 'retry',
  });
  return { channel: channel as Channel, route, accounts: new Map(accounts.map((name) => [name, account(name)])) };
}

const defaultTools: SubmitTools = {
  channels: new Map([
    ['sms', setup(wordChannel('sms', 'phone'), ['main', 'spare'])],
    ['voice', setup(wordChannel('voice', 'phone'), ['bell'])],
    ['push', setup(wordChannel('push', 'push'), ['apple', 'google'])],
    ['email', setup(wordChannel('email', 'email'), ['post'])],
  ]),
  defaultChannels: ['push', 'sms', 'email'],
  defaultRegion: null,
  mint: idMint(),
  usable: () => true,
};

const plain: NotifyRequest = {
  addresses: { phone: 'alpha', push: ['one', 'two'], email: 'omega' },
  region: null,
  channels: null,
  strategy: 'fallback',
  content: { body: 'hello world' },
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
};

const step = (channel: string, more: Partial<RequestedStep> = {}): RequestedStep => ({
  channel,
  accounts: null,
  withinMs: null,
  until: null,
  ...more,
});

function drafted(request: Partial<NotifyRequest>, tools: Partial<SubmitTools> = {}) {
  const result = submit({ ...plain, ...request }, { ...defaultTools, ...tools }, now);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.failure)}`);
  return result.value;
}

function problems(request: Partial<NotifyRequest>, tools: Partial<SubmitTools> = {}) {
  const result = submit({ ...plain, ...request }, { ...defaultTools, ...tools }, now);
  return result.ok ? [] : result.failure.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('refuses', () => {
  it.each<[string, Partial<NotifyRequest>, readonly string[]]>([
    ['a channel that is not there', { channels: [step('sms'), step('fax')] }, ['/channels/1 unknown_channel']],
    [
      'an account that is not configured',
      { channels: [step('sms', { accounts: ['main', 'nope'] })] },
      ['/channels/0/accounts unknown_account'],
    ],
    [
      'an account of another channel',
      { channels: [step('sms', { accounts: ['post'] })] },
      ['/channels/0/accounts unknown_account'],
    ],
    ['the same step twice', { channels: [step('sms'), step('email'), step('sms')] }, ['/channels/2 duplicate_step']],
    [
      'the same step with the same accounts twice',
      { channels: [step('sms', { accounts: ['main'] }), step('sms', { accounts: ['main'], withinMs: 1_000 })] },
      ['/channels/1 duplicate_step'],
    ],
    ['verified without a code', { channels: [step('sms', { until: 'verified' })] }, ['/channels/0/until unsupported']],
    [
      'within longer than ttl',
      { channels: [step('sms', { withinMs: 60_001 })], ttlMs: 60_000 },
      ['/channels/0/within within_longer_than_ttl'],
    ],
    [
      'within longer than the time to expiresAt',
      { channels: [step('sms', { withinMs: 60_001 })], expiresAt: now + 60_000 },
      ['/channels/0/within within_longer_than_ttl'],
    ],
    ['ttl beside expiresAt', { ttlMs: 1_000, expiresAt: now + 1_000 }, ['/ttl contradiction']],
    ['an expiry that has passed', { expiresAt: now - 1 }, ['/expiresAt expires_too_early']],
    ['an expiry right now', { expiresAt: now }, ['/expiresAt expires_too_early']],
    ['an expiry before sendAt', { sendAt: now + day, expiresAt: now + 1_000 }, ['/expiresAt expires_too_early']],
    ['an expiry at sendAt', { sendAt: now + day, expiresAt: now + day }, ['/expiresAt expires_too_early']],
    ['sendAt more than 366 days ahead', { sendAt: now + 366 * day + 1 }, ['/sendAt too_far_ahead']],
    ['what is no address', { addresses: { phone: '12' } }, ['/to/phone invalid_word']],
    [
      'what is no address in a list',
      { addresses: { push: ['one', '2', 'two', ''] } },
      ['/to/push/1 invalid_word', '/to/push/3 invalid_word'],
    ],
    ['no address at all', { addresses: {} }, ['/to no_route']],
    ['an empty list of addresses', { addresses: { push: [] } }, ['/to no_route']],
    [
      'no address for what was asked for',
      { channels: [step('email')], addresses: { phone: 'alpha' } },
      ['/to no_route'],
    ],
    ['an address of no default channel', { addresses: { pager: 'alpha' } }, ['/to no_route']],
    ['nothing to say', { content: {}, addresses: { phone: 'alpha' } }, ['/content/body missing_content']],
  ])('%s', (_name, request, expected) => {
    expect(problems(request)).toEqual(expected);
  });

  it('more than ten steps', () => {
    const accounts = Array.from({ length: maxSteps + 1 }, (_, place) => `a${place}`);
    const channels = new Map([['sms', setup(wordChannel('sms', 'phone'), accounts)]]);
    const steps = accounts.map((account) => step('sms', { accounts: [account] }));
    expect(problems({ channels: steps }, { channels })).toEqual(['/channels too_many_steps']);
    expect(problems({ channels: steps.slice(1) }, { channels })).toEqual([]);
  });

  it('all that is wrong, together and each at its place', () => {
    const found = problems({
      addresses: { phone: '1', push: ['ok', '?'], email: 'omega' },
      channels: [step('sms', { accounts: ['nope'], withinMs: day }), step('fax'), step('email', { until: 'verified' })],
      content: {},
      sendAt: now + 400 * day,
      ttlMs: 1_000,
      expiresAt: now + 401 * day,
    });
    expect([...found].sort()).toEqual(
      [
        '/to/phone invalid_word',
        '/to/push/1 invalid_word',
        '/channels/0/accounts unknown_account',
        '/channels/1 unknown_channel',
        '/channels/2/until unsupported',
        '/content/body missing_content',
        '/sendAt too_far_ahead',
        '/ttl contradiction',
      ].sort(),
    );
  });

  it('an expiry that has passed, without calling within too long for it', () => {
    const request = { channels: [step('sms', { withinMs: 1_000 })], expiresAt: now - day };
    expect(problems(request)).toEqual(['/expiresAt expires_too_early']);
  });

  it('without repeating an address', () => {
    const result = submit({ ...plain, addresses: { phone: '13800138000', email: 'x@y' } }, defaultTools, now);
    expect(JSON.stringify(result)).not.toMatch(/13800138000|x@y/);
  });

  it('without saying the same twice when two channels read one address', () => {
    expect(problems({ addresses: { phone: '1' }, channels: [step('sms'), step('voice')] })).toEqual([
      '/to/phone invalid_word',
    ]);
  });
});

describe('accepts', () => {
  it.each<[string, Partial<NotifyRequest>]>([
    ['within as long as ttl', { channels: [step('sms', { withinMs: 60_000 })], ttlMs: 60_000 }],
    ['verified with a code', { channels: [step('sms', { until: 'verified' })], carriesCode: true }],
    ['within without an end', { channels: [step('sms', { withinMs: 400 * day })] }],
    [
      'the same channel with other accounts',
      { channels: [step('sms', { accounts: ['main'] }), step('sms', { accounts: ['spare'] })] },
    ],
    ['sendAt exactly 366 days ahead', { sendAt: now + 366 * day }],
    ['sendAt that has passed', { sendAt: now - day }],
  ])('%s', (_name, request) => {
    expect(problems(request)).toEqual([]);
  });
});

describe('a draft', () => {
  it('waits with a step until verified for as long as the caller says, and for no receipt', () => {
    const channels = [step('sms', { until: 'verified', withinMs: 20_000 }), step('email', { until: 'verified' })];
    const { plan } = drafted({ channels, ttlMs: 60_000, carriesCode: true });
    expect(plan.steps.map(({ until, withinMs }) => [until, withinMs])).toEqual([
      ['verified', 20_000],
      ['verified', null],
    ]);
  });

  it('takes the default order, among the channels that have an address', () => {
    expect(drafted({}).plan.steps.map(({ channel }) => channel)).toEqual(['push', 'sms', 'email']);
    const draft = drafted({ addresses: { email: 'omega', phone: 'alpha', push: [] } });
    expect(draft.plan.steps.map(({ channel }) => channel)).toEqual(['sms', 'email']);
    expect(draft.skipped).toEqual([]);
  });

  it('has one delivery per address, counted through all steps', () => {
    const draft = drafted({});
    expect(draft.deliveries).toEqual([
      { ordinal: 1, step: 0, channel: 'push', account: 'apple', address: 'one', flow: null },
      { ordinal: 2, step: 0, channel: 'push', account: 'apple', address: 'two', flow: null },
      { ordinal: 3, step: 1, channel: 'sms', account: 'main', address: 'alpha', flow: null },
      { ordinal: 4, step: 2, channel: 'email', account: 'post', address: 'omega', flow: null },
    ]);
    expect(draft.content).toEqual({
      push: { text: 'hello world' },
      sms: { text: 'hello world' },
      email: { text: 'hello world' },
    });
  });

  it('names steps without an address as skipped, and keeps the numbers of the others', () => {
    const draft = drafted({ channels: [step('email'), step('sms')], addresses: { phone: 'alpha' } });
    expect(draft.skipped).toEqual([{ step: 0, channel: 'email', reason: 'no_address' }]);
    expect(draft.deliveries.map((delivery) => delivery.step)).toEqual([1]);
    expect(firstStatuses(draft)).toEqual([{ id: deliveryId(draft.id, 1), step: 1, channel: 'sms', status: 'queued' }]);
  });

  it('writes addresses in their normal form, each once', () => {
    const draft = drafted({ addresses: { push: [' One', 'ONE', 'two', 'one '] }, channels: [step('push')] });
    expect(draft.deliveries.map(({ address }) => address)).toEqual(['one', 'two']);
  });

  it.each([
    ['the request', 'DE', 'FR', 'dexy'],
    ['the configuration', null, 'FR', 'frxy'],
    ['nobody', null, null, 'xy'],
  ])('reads a national address with the region of %s', (_name, region, defaultRegion, address) => {
    const draft = drafted({ region, addresses: { phone: 'xy' } }, { defaultRegion });
    expect(draft.deliveries[0]?.address).toBe(address);
  });

  it.each([
    ['otp', 'critical'],
    ['transactional', 'normal'],
    ['marketing', 'bulk'],
  ] as const)('of the kind %s is %s unless the caller says otherwise', (kind, priority) => {
    expect(drafted({ kind }).priority).toBe(priority);
    expect(drafted({ kind, priority: 'high' }).priority).toBe('high');
  });

  it.each<[string, Partial<NotifyRequest>, { dueAt: number | null; expiresAt: number | null }]>([
    ['nothing said', {}, { dueAt: null, expiresAt: null }],
    ['a ttl', { ttlMs: 60_000 }, { dueAt: null, expiresAt: now + 60_000 }],
    ['an expiry', { expiresAt: now + 5 }, { dueAt: null, expiresAt: now + 5 }],
    [
      'a ttl that counts from sendAt',
      { sendAt: now + day, ttlMs: 60_000 },
      { dueAt: now + day, expiresAt: now + day + 60_000 },
    ],
    ['sendAt that has passed', { sendAt: now - day, ttlMs: 60_000 }, { dueAt: null, expiresAt: now + 60_000 }],
    ['sendAt right now', { sendAt: now }, { dueAt: null, expiresAt: null }],
  ])('knows its times with %s', (_name, request, times) => {
    expect(drafted(request)).toMatchObject(times);
  });

  it('gives a step that waits for a receipt an hour, or its whole life when that is shorter', () => {
    const within = (request: Partial<NotifyRequest>) =>
      drafted({ channels: [step('sms', { until: 'delivered' })], ...request }).plan.steps[0]?.withinMs;
    expect(within({})).toBe(3_600_000);
    expect(within({ ttlMs: 60_000 })).toBe(60_000);
    expect(within({ channels: [step('sms', { until: 'delivered', withinMs: 5_000 })] })).toBe(5_000);
    expect(within({ channels: [step('sms')] })).toBeNull();
  });

  it('lets the own content of a channel win', () => {
    expect(drafted({ own: { sms: { text: 'short' } } }).content).toMatchObject({
      sms: { text: 'short' },
      push: { text: 'hello world' },
    });
  });

  it('begins with the first account that can take it now, and keeps the others in their order', () => {
    const draft = drafted({ channels: [step('sms')] }, { usable: (_channel, account) => account !== 'main' });
    expect(draft.deliveries[0]?.account).toBe('spare');
    expect(draft.accounts.get(0)).toEqual(['spare', 'main']);
    expect(drafted({ channels: [step('sms')] }, { usable: () => false }).deliveries[0]?.account).toBe('main');
  });

  it('takes the accounts of the step, and the route of the kind', () => {
    expect(drafted({ channels: [step('sms', { accounts: ['spare'] })] }).deliveries[0]?.account).toBe('spare');
    const route: Route = { default: ['main'], otp: ['spare'] };
    const channels = new Map([['sms', setup(wordChannel('sms', 'phone'), ['main', 'spare'], route)]]);
    expect(drafted({ channels: [step('sms')], kind: 'otp' }, { channels }).deliveries[0]?.account).toBe('spare');
    expect(drafted({ channels: [step('sms')] }, { channels }).deliveries[0]?.account).toBe('main');
  });

  it('shares a weighted route between its accounts', () => {
    const route: Route = { default: { weighted: { main: 3, spare: 1 } } };
    const channels = new Map([['sms', setup(wordChannel('sms', 'phone'), ['main', 'spare'], route)]]);
    const firsts = Array.from(
      { length: 2_000 },
      () => drafted({ channels: [step('sms')] }, { channels }).deliveries[0],
    );
    const share = firsts.filter((delivery) => delivery?.account === 'main').length / firsts.length;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
  });
});

describe('an account that never sends to some addresses', () => {
  const picky = setup(wordChannel('sms', 'phone'), ['main', 'spare', 'odd']);
  const refusing = (detail: string) => ({
    send: () => Promise.reject(new Error('not in this test')),
    refuses: (address: string) => (address === 'blocked' ? { code: 'blocked_address', detail } : null),
  });
  const accounts = new Map(
    [...picky.accounts].map(([name, account]) => [
      name,
      name === 'odd' ? account : { ...account, provider: refusing(name) },
    ]),
  );
  const channels = new Map([['sms', { ...picky, accounts }]]);
  const request = (word: string, accountsOfStep: readonly string[]) => ({
    addresses: { phone: [word] },
    channels: [step('sms', { accounts: accountsOfStep })],
  });

  it('is no reason against one that another account of the step may send to', () => {
    expect(drafted(request('blocked', ['main', 'odd']), { channels }).deliveries).toHaveLength(1);
    expect(
      drafted({ addresses: { phone: 'blocked' } }, { channels, defaultChannels: ['sms'] }).deliveries,
    ).toHaveLength(1);
    expect(drafted(request('open', ['main', 'spare']), { channels }).deliveries).toHaveLength(1);
  });

  it('refuses the request with the words of the first when none may', () => {
    const refused = submit({ ...plain, ...request('Blocked', ['main', 'spare']) }, { ...defaultTools, channels }, now);
    expect(refused).toEqual({
      ok: false,
      failure: [{ pointer: '/to/phone', code: 'blocked_address', detail: 'main' }],
    });
  });
});

describe('a channel whose addresses name accounts', () => {
  const rooms: Channel<Text> = defineChannel({
    ...wordChannel('rooms', 'room'),
    maxAddresses: 1,
    addressNamesAccount: true,
  });
  const route: Route = { default: ['hall', 'attic'], otp: ['attic'] };
  const tools = {
    channels: new Map([...defaultTools.channels, ['rooms', setup(rooms, ['hall', 'cellar', 'attic'], route)]]),
  };
  const request = (room: string, more: Partial<NotifyRequest> = {}): Partial<NotifyRequest> => ({
    addresses: { room, phone: 'alpha' },
    channels: [step('rooms'), step('sms')],
    ...more,
  });

  it.each(['transactional', 'otp'] as const)('goes to the account that was named, whatever the route of %s', (kind) => {
    const draft = drafted(request(' CELLAR ', { kind }), tools);
    expect(draft.deliveries[0]).toMatchObject({ channel: 'rooms', account: 'cellar', address: 'cellar' });
    expect(draft.accounts.get(0)).toEqual(['cellar']);
    // What the dispatcher reads later: without it another account would take over.
    expect(draft.plan.steps.map(({ accounts }) => accounts)).toEqual([['cellar'], null]);
  });

  it('goes nowhere else while that account cannot be used', () => {
    const draft = drafted(request('cellar'), { ...tools, usable: (_channel, account) => account !== 'cellar' });
    expect(draft.accounts.get(0)).toEqual(['cellar']);
    expect(draft.deliveries[0]?.account).toBe('cellar');
  });

  it('refuses a name that no account has, and the account of another channel', () => {
    expect(problems(request('loft'), tools)).toEqual(['/to/room unknown_account']);
    expect(problems(request('main'), tools)).toEqual(['/to/room unknown_account']);
    expect(problems(request('no room!'), tools)).toEqual(['/to/room invalid_word']);
  });

  it('takes accounts of a step only if they say the same', () => {
    const channels = (accounts: readonly string[]) => ({ channels: [step('rooms', { accounts })] });
    expect(problems(request('cellar', channels(['cellar'])), tools)).toEqual([]);
    expect(problems(request('cellar', channels(['cellar', 'hall'])), tools)).toEqual([
      '/channels/0/accounts contradiction',
    ]);
  });

  it('knows a step that says the same in other words', () => {
    const channels = [step('rooms'), step('rooms', { accounts: ['cellar'] })];
    expect(problems(request('cellar', { channels }), tools)).toEqual(['/channels/1 duplicate_step']);
  });

  it('is skipped like any other without an address', () => {
    const draft = drafted({ channels: [step('rooms'), step('sms')] }, tools);
    expect(draft.skipped).toEqual([{ step: 0, channel: 'rooms', reason: 'no_address' }]);
  });

  it('has one address a notification', () => {
    expect(() => defineChannel({ ...rooms, maxAddresses: 2 })).toThrow(/maxAddresses must be 1 where/);
  });
});

describe('the first statuses', () => {
  const statuses = (request: Partial<NotifyRequest>) => firstStatuses(drafted(request)).map(({ status }) => status);

  it('of a fallback: its first step is queued, the others wait', () => {
    expect(statuses({})).toEqual(['queued', 'queued', 'waiting', 'waiting']);
  });

  it('of a broadcast: all at once', () => {
    expect(statuses({ strategy: 'broadcast' })).toEqual(['queued', 'queued', 'queued', 'queued']);
  });

  it('of something for later: scheduled instead of queued', () => {
    expect(statuses({ sendAt: now + day })).toEqual(['scheduled', 'scheduled', 'waiting', 'waiting']);
  });
});

describe('defineChannel', () => {
  it('names every fault of a channel at once', () => {
    const provider = (name: string) => ({
      name,
      settings: anything as Schema<unknown>,
      secrets: [],
      endpoint: null,
      onUncertain: 'retry' as const,
      open: () => Promise.reject(new Error('not here')),
    });
    const broken = {
      ...wordChannel('sms', 'phone'),
      name: 'No Name',
      addressKey: 'recipient',
      maxAddresses: 0,
      providers: [provider('sandbox'), provider('twin'), provider('twin')],
    };
    expect(() => defineChannel(broken)).toThrow(/name must be.*addressKey must be.*maxAddresses.*same name.*"sandbox"/);
  });
});

describe('addresses that are suppressed', () => {
  /** What `suppressed` says of each address; the kinds that were asked for are noted. */
  const submitted = (request: Partial<NotifyRequest>, suppressed: Readonly<Record<string, SuppressionReason>>) => {
    const asked: string[] = [];
    const result = submit({ ...plain, ...request }, defaultTools, now, (channel, address, kind) => {
      asked.push(`${channel} ${address} ${kind}`);
      return suppressed[`${channel} ${address}`] ?? null;
    });
    return { result, asked };
  };

  it('are left out, and a step of which nothing is left is skipped', () => {
    const { result, asked } = submitted(
      { kind: 'marketing' },
      { 'push one': 'manual', 'sms alpha': 'unsubscribed', 'voice omega': 'manual' },
    );
    if (!result.ok) throw new Error('there was a way left');
    expect(result.value.deliveries.map(({ ordinal, step: at, address }) => [ordinal, at, address])).toEqual([
      [1, 0, 'two'],
      [2, 2, 'omega'],
    ]);
    expect(result.value.skipped).toEqual([{ step: 1, channel: 'sms', reason: 'opted_out' }]);
    expect(asked).toEqual(['push one', 'push two', 'sms alpha', 'email omega'].map((one) => `${one} marketing`));
  });

  it('leave no route when there is no other', () => {
    const request = { channels: [step('sms'), step('email')], addresses: { phone: 'alpha' } };
    const { result } = submitted(request, { 'sms alpha': 'bounced' });
    const detail = '"to" has no address for email; the address for sms is suppressed';
    expect(result).toEqual({ ok: false, failure: [{ pointer: '/to', code: 'no_route', detail }] });
  });
});

describe('the bounds of a channel', () => {
  const morning = now + 8 * 3_600_000;
  /** Words that begin with a vowel are of Country A, and asleep until the morning; those that begin with "x" are of none. */
  const bounded = (
    more: Partial<Channel<Text>> = {},
    countries: readonly string[] | null = null,
    lax = false,
  ): SubmitTools => {
    const regionOf = (word: string) => (/^[aeiou]/.test(word) ? 'AA' : word.startsWith('x') ? null : 'BB');
    const channel = { ...wordChannel('sms', 'phone'), regionOf, ...more };
    const opensAt = (kind: string, word: string, at: number) =>
      kind === 'marketing' && regionOf(word) === 'AA' ? Math.max(at, morning) : at;
    const bounds = { countries: countries && new Set(countries), optOutText: !lax, opensAt };
    return {
      ...defaultTools,
      channels: new Map([...defaultTools.channels, ['sms', { ...setup(channel, ['main']), bounds }]]),
    };
  };
  const bySms = { addresses: { phone: 'alpha', email: 'omega' }, channels: [step('sms')] };
  const both = { ...bySms, channels: [step('sms'), step('email')] };
  const marketing = 'marketing' as const;

  it('refuse countries that are not listed, and addresses of no country', () => {
    const refusal = ['/to/phone country_not_allowed'];
    expect(problems(bySms, bounded({}, ['BB', 'CC']))).toEqual(refusal);
    expect(problems({ ...bySms, addresses: { phone: 'xenon' } }, bounded({}, ['BB']))).toEqual(refusal);
    expect(problems({ ...bySms, addresses: { phone: ['bravo', 'alpha'] } }, bounded({}, ['BB']))).toEqual(refusal);
    expect(
      problems({ ...bySms, channels: [step('sms'), step('sms', { accounts: ['main'] })] }, bounded({}, ['BB'])),
    ).toEqual(refusal);
    expect(problems(bySms, bounded({}, ['AA']))).toEqual([]);
    expect(problems({ ...bySms, channels: [step('email')] }, bounded({}, ['BB'])), 'it is not used').toEqual([]);
  });

  it('schedule marketing for when the window opens, and what is behind it with it', () => {
    expect(drafted({ ...both, kind: marketing }, bounded()).dueAt).toBe(morning);
    expect(drafted({ ...both, kind: 'otp' }, bounded()).dueAt).toBeNull();
    expect(
      drafted({ ...both, kind: marketing, addresses: { phone: 'bravo', email: 'omega' } }, bounded()).dueAt,
    ).toBeNull();
    expect(drafted({ ...both, kind: marketing, sendAt: now + 5 }, bounded()).dueAt).toBe(morning);
    expect(drafted({ ...both, kind: marketing, sendAt: morning + 5 }, bounded()).dueAt).toBe(morning + 5);
  });

  it('do not hold up what can go at once: an earlier step, another channel, another address', () => {
    expect(drafted({ ...bySms, channels: [step('email'), step('sms')], kind: marketing }, bounded()).dueAt).toBeNull();
    expect(drafted({ ...both, strategy: 'broadcast', kind: marketing }, bounded()).dueAt).toBeNull();
    expect(
      drafted({ ...bySms, addresses: { phone: ['alpha', 'bravo'] }, kind: marketing }, bounded()).dueAt,
    ).toBeNull();
  });

  it('skip a step that would expire before its window opens; without another one the caller is told', () => {
    const late = { kind: marketing, expiresAt: morning };
    expect(drafted({ ...both, ...late }, bounded())).toMatchObject({
      dueAt: null,
      skipped: [{ step: 0, channel: 'sms', reason: 'outside_window' }],
      deliveries: [{ channel: 'email' }],
    });
    expect(problems({ ...bySms, ...late }, bounded())).toEqual(['/expiresAt no_route']);
    expect(problems({ ...bySms, kind: marketing, ttlMs: 60_000 }, bounded())).toEqual(['/ttl no_route']);
    expect(problems({ ...bySms, kind: marketing, expiresAt: morning + 1 }, bounded())).toEqual([]);
  });

  it('refuse marketing that does not tell how to stop it, and say nothing of what cannot be read', () => {
    const strict = (kind: 'missing' | 'unknown') => bounded({ optOutOf: () => ({ kind, detail: 'add STOP' }) });
    expect(problems({ ...bySms, kind: marketing }, strict('missing'))).toEqual(['/content opt_out_missing']);
    expect(problems({ ...bySms, kind: marketing }, strict('unknown'))).toEqual([]);
    expect(problems({ ...bySms, kind: 'transactional' }, strict('missing'))).toEqual([]);
    const silent = bounded({ optOutOf: () => ({ kind: 'missing', detail: 'add STOP' }) }, null, true);
    expect(problems({ ...bySms, kind: marketing }, silent), 'nobody asks for it').toEqual([]);
    expect(problems({ ...bySms, kind: marketing, content: {} }, strict('missing'))).toEqual([
      '/content/body missing_content',
    ]);
  });

  it('have messages weighed where a budget counts their parts, and only there', () => {
    const weighed = drafted(both, { ...bounded(), weighed: new Set(['sms']) }).deliveries;
    expect(weighed.map(({ channel, parts }) => [channel, parts])).toEqual([
      ['sms', 2],
      ['email', undefined],
    ]);
  });
});
