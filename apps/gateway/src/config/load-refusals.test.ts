import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, defineChannel, fail, ok, type ProviderKind } from '@posthorn/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadChannel } from '../plugins/load-channel.ts';
import { loadConfig } from './load.ts';
import { problemText } from './problems/problem.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-refusals-'));
});
afterAll(() => rm(folder, { recursive: true }));

function kind(name: string, settings: ProviderKind['settings'], secrets: readonly string[]): ProviderKind {
  const open = () => Promise.reject(new Error('not in this test'));
  return { name, settings, secrets, endpoint: null, onUncertain: 'hold', open };
}

function channel(name: string, providers: readonly ProviderKind[]): Channel {
  return defineChannel({
    api: 1,
    name,
    addressKey: name,
    maxAddresses: 1,
    content: z.strictObject({}),
    retry: { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 },
    sandbox: {},
    providers,
    parseAddress: ok,
    maskAddress: () => '***',
    render: () => ok({}),
  });
}

const long = 'hunter2'.repeat(5);
const nested = z.strictObject({ depth: z.number() }).optional();
const aliyun = z.strictObject({ accessKeyId: z.string(), accessKeySecret: z.string(), signName: z.string(), nested });
const tencent = z.strictObject({ secretId: z.string() });
const smtp = z.strictObject({ host: z.string(), from: z.string() });
const quoting = z.any().transform((given: object, context) => {
  context.addIssue({ code: 'custom', message: `cannot use ${JSON.stringify(given)}`, path: ['token'] });
});
const throwing: ProviderKind['settings'] = {
  '~standard': {
    ...z.strictObject({})['~standard'],
    validate(given) {
      throw new Error(`broke on ${JSON.stringify(given)}`);
    },
  },
};

const channels: readonly Channel[] = [
  {
    ...channel('sms', [
      kind('aliyun', aliyun, ['accessKeySecret']),
      kind('tencent', tencent, []),
      kind('quoting', quoting, []),
      kind('throwing', throwing, []),
    ]),
    regionOf: () => 'CN',
  },
  channel('email', [kind('smtp', smtp, [])]),
  channel('push', [kind('fcm', z.strictObject({}), [])]),
  { ...channel('pager', []), addressKey: 'sms' },
  channel('content', []),
];

const loadChannel: LoadChannel = ({ name, use }) => {
  const found = channels.find((each) => each.name === name);
  return Promise.resolve(found ? ok(found) : fail(`nothing under ${use}`));
};

/** The problems, one line each, as if the file were called `f`. */
async function refused(text: string, env: Record<string, string> = {}) {
  await writeFile(join(folder, 'posthorn.yaml'), text);
  const result = await loadConfig({ file: null, env, cwd: folder, loadChannel });
  if (result.ok) throw new Error('it was accepted');
  return result.failure.map((problem) => problemText(problem, 'f'));
}

const sandboxed = (accounts: string) => `channels:\n  sms:\n    accounts: ${accounts}\n`;
const a = 'channels.sms.accounts.a';
test.each([
  ['server: { prot: 1 }', 'server.prot: there is no "prot" here: did you mean "port"?'],
  [
    'server: { database: 1 }',
    'server.database: there is no "database" here; there is host, port, publicUrl, trustedProxies, maxConnections, maxConnectionsPerAddress',
  ],
  ['sever: { port: 1 }', 'sever: there is no "sever" here: did you mean "server"?'],
  ['server: { port: 65536 }', 'server.port: must be at most 65535'],
  ['server: { port: 80.5 }', 'server.port: must be a whole number, not a number'],
  ['server: { port: "80" }', 'server.port: must be a number, not a text'],
  ['server: { publicUrl: notify.example.com }', 'server.publicUrl: must be a URL'],
  ['server: { trustedProxies: [10.0.0.0/99] }', 'server.trustedProxies[0]: must be an IP address'],
  ['server: []', 'server: must be a block of settings, not a list'],
  ['just text', ': must be a block of settings, not a text'],
  ['defaults: { region: UK }', 'defaults.region: must be written as "GB"'],
  ['defaults: { timezone: Asia/Shanghi }', 'defaults.timezone: must be an IANA time zone'],
  ['defaults: { locale: zh_CN }', 'defaults.locale: must be a language tag'],
  [
    'defaults: { channels: [sms, puhs] }',
    'defaults.channels[1]: there is no channel "puhs" in this file: did you mean "push"?',
  ],
  ['defaults: { channels: [sms, sms] }', 'defaults.channels[1]: the channel "sms" stands here twice'],
  ['defaults: { channels: [] }', 'defaults.channels: must name at least one channel'],
  ['store: { kind: postgres, url: x }', 'store.kind: "postgres" is not supported by this version yet: remove it'],
  ['store: { kind: sqlite, url: x }', 'store.url: there is no "url" here'],
  ['store: { path: x }', 'store.kind: '],
  ['redis: { url: x }', 'redis.url: must be a URL such as redis://host:6379/0'],
  ['redis: { url: "redis://h?db=1" }', 'redis.url: must not have settings in it'],
  ['redis: { uri: "redis://h" }', 'redis.uri: there is no "uri" here: did you mean "url"?'],
  ['redis: { url: { env: REDIS_URL } }', 'redis.url: the environment variable REDIS_URL is not set'],
  ['encryption: { keys: [] }', 'encryption.keys: must name at least one key'],
  [
    'encryption: { keys: [{ id: k1, secret: hunter2 }] }',
    'encryption.keys[0].secret: must have at least 32 characters',
  ],
  [`encryption: { keys: [{ id: a b, secret: ${long} }] }`, 'encryption.keys[0].id: a key is named by letters'],
  [`encryption: { keys: [{ id: default, secret: ${long} }] }`, 'encryption.keys[0].id: "default" is the key of'],
  [
    `encryption: { keys: [{ id: k, secret: ${long} }, { id: k, secret: ${long} }] }`,
    'encryption.keys[1].id: the key "k" stands here twice',
  ],
  ['egress: { allow: [10.0.0.0/99] }', 'egress.allow[0]: must be an IP address or a range such as 10.0.0.0/8'],
  ['egress: { allow: [10.0.0.0/8, intranet] }', 'egress.allow[1]: must be an IP address'],
  ['egress: { allow: 10.0.0.0/8 }', 'egress.allow: must be a list'],
  ['egress: { alow: [] }', 'egress.alow: there is no "alow" here: did you mean "allow"?'],
  ['egress: { allow: [169.254.169.254] }', 'egress.allow[0]: cannot be opened: a metadata service is never reached'],
  ['egress: { allow: ["fe80::/64"] }', 'egress.allow[0]: cannot be opened: a link-local address is never reached'],
  ['limits: { perKeys: 1 }', 'limits.perKeys: must be a block of settings, not a number'],
  ['limits: { perKey: fast }', 'limits.perKey: must be a rate such as'],
  ['limits: { smss: {} }', 'limits.smss: there is no channel "smss" in this file: did you mean "sms"?'],
  ['limits: { fax: { dailyBudget: 5 } }', 'limits.fax: there is no channel "fax" in this file'],
  [
    'limits: { sms: { perNumbers: [1/s] } }',
    'limits.sms.perNumbers: there is no "perNumbers" here: did you mean "perNumber"?',
  ],
  ['limits: { sms: { perNumber: [1/s, often] } }', 'limits.sms.perNumber[1]: must be a rate'],
  [
    'limits: { sms: { perNumber: [5/1m, 5/1h] } }',
    'limits.sms.perNumber: 5 in 1m can never be reached: 5 in 1h allows no more',
  ],
  [
    'limits: { sms: { perAddress: [1/60d] } }',
    'limits.sms.perAddress: a window allows at least 1 (most) within 1 ms to 31 days',
  ],
  ['limits: { sms: { perNumber: [1/s], perAddress: [1/s] } }', 'limits.sms.perNumber: says the same as perAddress'],
  ['limits: { sms: { perPrefix: { digits: 7 } } }', 'limits.sms.perPrefix.limits: is missing'],
  ['limits: { sms: { perPrefix: { digits: 1, limits: [1/s] } } }', 'limits.sms.perPrefix.digits: must be at least 2'],
  [
    'limits: { sms: { perPrefix: { digits: 7, limits: [2/s, 3/s] } } }',
    'limits.sms.perPrefix.limits: two windows of 1s',
  ],
  ['limits: { sms: { countries: [CN, UK] } }', 'limits.sms.countries[1]: must be written as "GB"'],
  ['limits: { sms: { countries: [] } }', 'limits.sms.countries: must name at least one country'],
  ['limits: { sms: { perPrefix: true } }', 'limits.sms.perPrefix: must have digits and limits, or be false'],
  [
    'limits: { sms: { perPrefix: { digits: 7, limits: [1/s], unlessVerified: 0% } } }',
    'limits.sms.perPrefix.unlessVerified: must be a share from 1% to 100%',
  ],
  [
    'limits: { sms: { perPrefix: { digits: 7, limits: [1/s], unlessVerified: 20 } } }',
    'limits.sms.perPrefix.unlessVerified: must be a text',
  ],
  ['limits: { sms: { perSource: [often] } }', 'limits.sms.perSource[0]: must be a rate'],
  [
    'limits: { sms: { perSource: [5/1m, 5/1h] } }',
    'limits.sms.perSource: 5 in 1m can never be reached: 5 in 1h allows no more',
  ],
  ['limits: { sms: { dailyBudget: 0 } }', 'limits.sms.dailyBudget: must be at least 1'],
  ['limits: { sms: { hourlyBudget: 0 } }', 'limits.sms.hourlyBudget: must be at least 1'],
  [
    'limits: { sms: { hourlyBudget: 50, dailyBudget: 50 } }',
    'limits.sms.hourlyBudget: can never be reached: dailyBudget allows no more',
  ],
  ['limits: { sms: { marketingWindow: { from: 08:00 } } }', 'limits.sms.marketingWindow.to: is missing'],
  ['limits: { sms: { marketingWindow: { from: 8, to: 20:00 } } }', 'limits.sms.marketingWindow.from: must be a text'],
  [
    'limits: { sms: { marketingWindow: { from: 08:00, to: 25:00 } } }',
    'limits.sms.marketingWindow.to: must be a time of the day',
  ],
  [
    'limits: { sms: { marketingWindow: { from: 20:00, to: 08:00 } } }',
    'limits.sms.marketingWindow.to: must be later than from',
  ],
  [
    'limits: { push: { countries: [CN] } }',
    'limits.push.countries: the addresses of this channel belong to no country',
  ],
  [
    'limits: { push: { marketingWindow: { from: 08:00, to: 20:00 } } }',
    'limits.push.marketingWindow: the addresses of',
  ],
  [
    'limits: { push: { perPrefix: { digits: 7, limits: [1/s] } } }',
    'limits.push.perPrefix: the addresses of this channel',
  ],
  ['retention: { content: 91d }', 'retention.content: must not be longer than metadata'],
  ['retention: { idempotency: 1h }', 'retention.idempotency: must be at least 24h'],
  ['alerts: { to: [] }', 'alerts: this is not supported by this version yet'],
  ['channels: {}', 'channels: at least one channel is needed'],
  ['channels:', 'channels: must be a block of settings, not empty'],
  ['channels: { SMS: { accounts: {} } }', 'channels.SMS: a channel is named by lower-case letters'],
  ['channels: { fax: { accounts: { a: {} } } }', 'channels.fax: nothing under null'],
  ['channels: { fax: { use: ./f.ts, accounts: { a: {} } } }', 'channels.fax.use: nothing under ./f.ts'],
  ['channels: { sms: {} }', 'channels.sms.accounts: is missing: it must be a block of settings'],
  [sandboxed('{}'), 'channels.sms.accounts: a channel needs at least one account'],
  [sandboxed('{ A_b: { use: sandbox } }'), 'channels.sms.accounts.A_b: an account is named by lower-case letters'],
  [sandboxed('{ a: }'), `${a}: must be a block of settings, not empty`],
  [sandboxed('{ a: { use: alyun } }'), `${a}.use: sms has no provider "alyun": did you mean "aliyun"?`],
  [sandboxed('{ a: {} }'), `${a}: must name its provider: add use: with one of aliyun, tencent`],
  [sandboxed('{ a: { use: 5 } }'), `${a}.use: must be a text, not a number: put it in quotes`],
  [sandboxed('{ a: { use: sandbox, token: x } }'), `${a}.token: there is no "token" here`],
  [
    sandboxed('{ a: { use: aliyun, timeuot: 5s } }'),
    `${a}.timeuot: there is no "timeuot" here: did you mean "timeout"?`,
  ],
  [sandboxed('{ a: { use: sandbox, timeout: soon } }'), `${a}.timeout: must be a duration such as`],
  [sandboxed('{ a: { use: sandbox, timeout: 20 } }'), `${a}.timeout: must be a text, not a number`],
  [sandboxed('{ a: { use: sandbox, timeout: 1h } }'), `${a}.timeout: must be at most 10m`],
  [sandboxed('{ a: { use: sandbox, rate: 100 } }'), `${a}.rate: must be a text, not a number`],
  [sandboxed('{ a: { use: sandbox, rate: 100/x } }'), `${a}.rate: must be a rate such as 100/s`],
  [sandboxed('{ a: { use: sandbox, concurrency: 0 } }'), `${a}.concurrency: must be at least 1`],
  [sandboxed('{ a: { use: sandbox, weight: 0 } }'), `${a}.weight: must be more than 0`],
  [sandboxed('{ a: { use: sandbox, onUncertain: pray } }'), `${a}.onUncertain: must be one of retry, hold`],
  [sandboxed('{ a: { use: sandbox, endpoint: "http://sms.example.com" } }'), `${a}.endpoint: must begin with https`],
  [`${sandboxed('{ a: { use: sandbox } }')}    weight: 1`, 'channels.sms.weight: there is no "weight" here'],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { default: [a, b] }`,
    'channels.sms.route.default[1]: the channel has no account "b"',
  ],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { otp: [a, a] }`,
    'channels.sms.route.otp[1]: the account "a" stands here twice',
  ],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { otp: [] }`,
    'channels.sms.route.otp: must name at least one account',
  ],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { optp: [a] }`,
    'channels.sms.route.optp: there is no "optp" here: did you mean "otp"?',
  ],
  [`${sandboxed('{ a: { use: sandbox } }')}    route: { otp: a }`, 'channels.sms.route.otp: '],
  [`${sandboxed('{ a: { use: sandbox } }')}    route: { otp: { weigthed: { a: 1 } } }`, 'did you mean "weighted"?'],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { otp: { weighted: {} } }`,
    'channels.sms.route.otp: must name at least one account',
  ],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { otp: { weighted: { a: 0 } } }`,
    'channels.sms.route.otp.weighted.a: must be more than 0',
  ],
  [
    `${sandboxed('{ a: { use: sandbox } }')}    route: { otp: { weighted: { b: 1 } } }`,
    'channels.sms.route.otp.weighted.b: the channel has no account "b"',
  ],
])('%s is refused', async (text, expected) => {
  const problems = await refused(text);
  expect(problems).toContainEqual(expect.stringContaining(expected.replace(/^: /, 'f ')));
});

test('one mistake is one problem', async () => {
  expect(await refused('limits: { perKeys: 1 }')).toHaveLength(1);
  expect(
    await refused(`${sandboxed('{ a: { use: sandbox } }')}    route: { otp: { weigthed: { a: 1 } } }`),
  ).toHaveLength(2);
  expect(await refused('channels: { email: { accounts: { a: { from: f, host: { env: NOBODY } } } } }')).toEqual([
    'f:1:48 channels.email.accounts.a.host: the environment variable NOBODY is not set',
  ]);
});

test('all problems come together, with their lines, in the order of the file', async () => {
  const text = `server:
  prot: 9000
  host: ""
store: { kind: postgres, url: { env: NOBODY } }
channels:
  sms:
    route: { default: [mian] }
    accounts:
      main:
        use: aliyun
        accesKeyId: { env: A }
        timeout: soon
        signName: 1400000000
        nested: { deepth: 1 }
        accessKeySecret: { file: ./nobody }
      backup: { use: alyun }
  fax: { use: ./plugins/fax.ts, accounts: {} }
`;
  expect(await refused(text, { A: 'hunter2', POSTHORN_PORT: 'x' })).toEqual([
    expect.stringMatching(/^f POSTHORN_PORT: must be a port/),
    'f:2:3 server.prot: there is no "prot" here: did you mean "port"?',
    'f:3:3 server.host: must not be empty',
    'f:4:10 store.kind: "postgres" is not supported by this version yet: remove it',
    'f:4:26 store.url: the environment variable NOBODY is not set',
    'f:7:24 channels.sms.route.default[0]: the channel has no account "mian": did you mean "main"?',
    'f:9:7 channels.sms.accounts.main.accessKeyId: is missing: it must be a text',
    'f:11:9 channels.sms.accounts.main.accesKeyId: there is no "accesKeyId" here: did you mean "accessKeyId"?',
    expect.stringMatching(/^f:12:9 channels\.sms\.accounts\.main\.timeout: must be a duration/),
    'f:13:9 channels.sms.accounts.main.signName: must be a text, not a number: put it in quotes',
    'f:14:9 channels.sms.accounts.main.nested.depth: is missing: it must be a number',
    'f:14:19 channels.sms.accounts.main.nested.deepth: there is no "deepth" here: did you mean "depth"?',
    expect.stringMatching(/^f:15:9 channels\.sms\.accounts\.main\.accessKeySecret: the file .*nobody does not exist$/),
    'f:16:17 channels.sms.accounts.backup.use: sms has no provider "alyun": did you mean "aliyun"?',
    'f:17:10 channels.fax.use: nothing under ./plugins/fax.ts',
    'f:17:33 channels.fax.accounts: a channel needs at least one account, for a trial with use: sandbox',
  ]);
});

test.each(['quoting', 'throwing'])('a provider that repeats a secret in its message is masked: %s', async (use) => {
  const text = `channels: { sms: { accounts: { a: { use: ${use}, token: { env: A } } } } }`;
  const problems = await refused(text, { A: 'hunter2' });
  expect(problems).toEqual([expect.stringContaining('{"token":"***"}')]);
});

test('a word of a request that is taken already is said with the file of the plugin', async () => {
  const trial = 'accounts: { a: { use: sandbox } }';
  const text = `channels:
  pager: { use: ./plugins/pager.ts, ${trial} }
  content: { use: ./plugins/content.ts, ${trial} }
  sms: { ${trial} }
`;
  expect(await refused(text)).toEqual([
    'f:2:12 channels.pager.use: ./plugins/pager.ts: its addressKey "sms" is that of the channel "sms" already: choose another',
    'f:3:14 channels.content.use: ./plugins/content.ts: a channel cannot be called "content", since a request has a field of that name: rename it',
  ]);
});
