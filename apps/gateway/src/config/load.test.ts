import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { type Channel, defineChannel, fail, ok, type ProviderKind } from '@posthorn/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type LoadChannel, loadChannel } from '../plugins/load-channel.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { problemText } from './problems/problem.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-load-'));
  await writeFile(join(folder, 'service-account.json'), '{"key":"hunter2-json"}\n');
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

const aliyun = z.strictObject({
  accessKeyId: z.string(),
  accessKeySecret: z.string(),
  signName: z.string(),
  nested: z.strictObject({ depth: z.number() }).optional(),
});
const tencent = z.strictObject({
  secretId: z.string(),
  secretKey: z.string(),
  sdkAppId: z.string(),
  signName: z.string(),
});
const smtp = z.strictObject({
  host: z.string(),
  port: z.int().default(587),
  username: z.string().optional(),
  password: z.string().optional(),
  from: z.string(),
  tls: z.enum(['required', 'opportunistic', 'none']).default('required'),
  dkim: z.strictObject({ domain: z.string(), privateKey: z.string() }).optional(),
});
const channels: readonly Channel[] = [
  {
    ...channel('sms', [
      kind('aliyun', aliyun, ['accessKeySecret']),
      kind('tencent', tencent, ['secretId', 'secretKey']),
    ]),
    regionOf: () => 'CN',
  },
  channel('email', [kind('smtp', smtp, ['password', 'dkim.privateKey'])]),
  channel('push', [kind('fcm', z.strictObject({ serviceAccount: z.string() }), ['serviceAccount'])]),
  channel('telegram', [kind('bot', z.strictObject({ token: z.string() }), ['token'])]),
];

const fakes: LoadChannel = ({ name, use }) => {
  const found = channels.find((each) => each.name === name);
  return Promise.resolve(found ? ok(found) : fail(`nothing under ${use}`));
};

async function load(text: string | null, env: Record<string, string> = {}, loader = fakes) {
  if (text !== null) await writeFile(join(folder, 'posthorn.yaml'), text);
  const file = text === null ? null : 'posthorn.yaml';
  return loadConfig({ file, env, cwd: text === null ? tmpdir() : folder, loadChannel: loader });
}

async function loaded(text: string | null, env: Record<string, string> = {}) {
  const result = await load(text, env);
  if (!result.ok) throw new Error(result.failure.map((problem) => problemText(problem, 'f')).join('\n'));
  return result.value;
}

const accountsOf = (config: Config) => config.channels.flatMap((each) => each.accounts.map((account) => account.lane));
const sandboxed = (accounts: string) => `channels:\n  sms:\n    accounts: ${accounts}\n`;

test('without a file the usual channels run against the sandbox', async () => {
  const { config, warnings } = await loaded(null);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    file: null,
    server: {
      host: '127.0.0.1',
      port: 8080,
      publicUrl: null,
      trustedProxies: [],
      maxConnections: 10_000,
      maxConnectionsPerAddress: null,
    },
    defaults: { region: null, locale: 'en', timezone: 'UTC', channels: ['sms', 'email', 'push'] },
    store: { kind: 'sqlite', path: join(tmpdir(), 'data', 'posthorn.db') },
  });
  expect(accountsOf(config)).toEqual(['sms/sandbox', 'email/sandbox', 'push/sandbox']);
  expect(config.channels[0]?.route).toEqual({ default: ['sandbox'] });
  expect(config.channels[0]?.accounts[0]).toMatchObject({
    name: 'sandbox',
    kind: { name: 'sandbox' },
    endpoint: null,
    timeoutMs: 15_000,
    concurrency: 32,
    ratePerSecond: null,
    weight: 1,
    onUncertain: 'retry',
    shown: {},
  });
});

test('a file without channels does the same and says so', async () => {
  const { config, warnings } = await loaded('server: { port: 9000 }\n');
  expect(config.server.port).toBe(9000);
  expect(accountsOf(config)).toEqual(['sms/sandbox', 'email/sandbox', 'push/sandbox']);
  expect(warnings).toEqual([{ path: '', detail: expect.stringContaining('reach nobody') }]);
});

const example = `
server: { host: 127.0.0.1, port: 8080, publicUrl: https://notify.example.com, trustedProxies: [10.0.0.0/8] }
defaults: { region: CN, locale: zh-CN, timezone: Asia/Shanghai, channels: [push, sms, email] }
store:  { kind: sqlite, path: posthorn.db }
channels:
  sms:
    route: { default: [aliyun-main, tencent-backup], otp: [aliyun-otp], marketing: { weighted: { aliyun-main: 70, tencent-backup: 30 } } }
    accounts:
      aliyun-main:    { use: aliyun, accessKeyId: { env: ALIYUN_ID }, accessKeySecret: { env: ALIYUN_SECRET }, signName: 示例, concurrency: 32, rate: 500/s }
      aliyun-otp:     { use: aliyun, accessKeyId: { env: ALIYUN_ID }, accessKeySecret: { env: ALIYUN_SECRET }, signName: 示例 }
      tencent-backup: { use: tencent, secretId: { env: TC_ID }, secretKey: { env: TC_KEY }, sdkAppId: "1400000000", signName: 示例 }
  email:
    accounts:
      smtp: { use: smtp, host: smtp.example.com, port: 587, username: { env: SMTP_USER }, password: { env: SMTP_PASSWORD }, from: "Shop <no-reply@example.com>" }
  push:
    accounts:
      fcm:  { use: fcm, serviceAccount: { file: ./service-account.json } }
  telegram: { use: ./plugins/telegram.ts, accounts: { bot: { token: { env: TG_TOKEN } } } }
limits: { sms: { perNumber: [1/60s, 5/1h, 10/24h], dailyBudget: 5000, countries: [CN, HK] }, perKey: 1000/s, perProject: 30/m }
`;
const exampleEnv = Object.fromEntries(
  ['ALIYUN_ID', 'ALIYUN_SECRET', 'TC_ID', 'TC_KEY', 'SMTP_USER', 'SMTP_PASSWORD', 'TG_TOKEN'].map((name) => [
    name,
    `hunter2-${name}`,
  ]),
);

test('the example of the contract, as far as this version carries it out', async () => {
  const { config, warnings } = await loaded(example, exampleEnv);
  expect(warnings.map(({ path }) => path)).toEqual(['defaults.locale']);
  expect(config.server.publicUrl?.href).toBe('https://notify.example.com/');
  expect(config.defaults.channels).toEqual(['push', 'sms', 'email']);
  expect(accountsOf(config)).toEqual([
    'sms/aliyun-main',
    'sms/aliyun-otp',
    'sms/tencent-backup',
    'email/smtp',
    'push/fcm',
    'telegram/bot',
  ]);
  const [sms, email, push, telegram] = config.channels;
  expect(sms?.route).toEqual({
    default: ['aliyun-main', 'tencent-backup'],
    otp: ['aliyun-otp'],
    marketing: { weighted: { 'aliyun-main': 70, 'tencent-backup': 30 } },
  });
  expect(sms?.accounts[0]).toMatchObject({ concurrency: 32, ratePerSecond: 500, onUncertain: 'hold' });
  expect(sms?.accounts[0]?.settings.reveal()).toEqual({
    accessKeyId: 'hunter2-ALIYUN_ID',
    accessKeySecret: 'hunter2-ALIYUN_SECRET',
    signName: '示例',
  });
  expect(email?.accounts[0]?.settings.reveal()).toMatchObject({ tls: 'required' });
  expect(push?.accounts[0]?.settings.reveal()).toEqual({ serviceAccount: '{"key":"hunter2-json"}' });
  expect(config.limits).toEqual({
    perKeyPerSecond: 1_000,
    perProjectPerSecond: 30 / 60,
    channels: new Map([
      [
        'sms',
        {
          perAddress: [
            { most: 1, ms: 60_000 },
            { most: 5, ms: 3_600_000 },
            { most: 10, ms: 86_400_000 },
          ],
          perSource: null,
          perPrefix: null,
          countries: ['CN', 'HK'],
          hourlyBudget: null,
          dailyBudget: 5_000,
          marketingWindow: null,
          optOutText: null,
        },
      ],
    ]),
  });
  expect(telegram).toMatchObject({ use: './plugins/telegram.ts', accounts: [{ kind: { name: 'bot' } }] });
});

test('no printing of the configuration gives a secret away, and it is frozen', async () => {
  const { config } = await loaded(example, { ...exampleEnv, POSTHORN_ADMIN_KEY: `hunter2-${'k'.repeat(32)}` });
  expect(inspect(config, { depth: null, showHidden: true })).not.toContain('hunter2');
  expect(JSON.stringify(config)).not.toContain('hunter2');
  for (const part of [config, config.server, config.defaults, config.store, config.channels, config.environment]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  for (const { accounts, route } of config.channels) {
    expect([accounts, route, ...accounts].every((part) => Object.isFrozen(part))).toBe(true);
  }
});

test('an account wins over its channel, the channel over the defaults', async () => {
  const { config } = await loaded(`
channels:
  sms:
    timeout: 5s
    concurrency: 4
    rate: 30/m
    onUncertain: retry
    accounts:
      a: { use: sandbox }
      b: { use: sandbox, timeout: 2s, concurrency: 8, rate: 10/s, onUncertain: hold, endpoint: "http://localhost:1/x" }
`);
  expect(config.channels[0]?.accounts).toMatchObject([
    { timeoutMs: 5_000, concurrency: 4, ratePerSecond: 0.5, onUncertain: 'retry', endpoint: null },
    {
      timeoutMs: 2_000,
      concurrency: 8,
      ratePerSecond: 10,
      onUncertain: 'hold',
      endpoint: new URL('http://localhost:1/x'),
    },
  ]);
});

test('accounts stay in the order of the file, named by numbers or not', async () => {
  const { config } = await loaded(
    sandboxed('{ zulu: { use: sandbox }, 163: { use: sandbox }, "1": { use: sandbox } }'),
  );
  expect(accountsOf(config)).toEqual(['sms/zulu', 'sms/163', 'sms/1']);
  expect(config.channels[0]?.route.default).toEqual(['zulu', '163', '1']);
});

test('two channels may name their accounts alike', async () => {
  const { config } = await loaded(
    'channels: { sms: { accounts: { a: &a { use: sandbox } } }, push: { accounts: { a: *a } } }\n',
  );
  expect(accountsOf(config)).toEqual(['sms/a', 'push/a']);
});

test('weights share the first tries where the channel has no route, and are idle where it has one', async () => {
  const accounts = '{ a: { use: sandbox, weight: 3 }, b: { use: sandbox } }';
  const free = await loaded(sandboxed(accounts));
  expect(free.config.channels[0]?.route).toEqual({ default: { weighted: { a: 3, b: 1 } } });
  expect(free.warnings).toEqual([]);
  const routed = await loaded(`${sandboxed(accounts)}    route: { default: [b] }\n`);
  expect(routed.config.channels[0]?.route).toEqual({ default: ['b'] });
  expect(routed.warnings).toEqual([
    { path: 'channels.sms.accounts.a.weight', line: 3, column: 36, detail: expect.stringContaining('no effect') },
  ]);
});

test('a route is idle where addresses name their accounts', async () => {
  const rooms = ok({ ...channel('rooms', []), addressNamesAccount: true });
  const text = `channels:
  rooms: { use: ./rooms.ts, accounts: { a: { use: sandbox } }, route: { default: [a] } }
`;
  const result = await load(text, {}, async () => rooms);
  expect(result.ok && result.value.warnings.map(({ path, detail }) => [path, detail])).toEqual([
    ['channels.rooms.route', expect.stringContaining('no effect')],
  ]);
});

test('POSTHORN_HOST and POSTHORN_PORT win over the file, POSTHORN_DATA_DIR places the store', async () => {
  const env = { POSTHORN_HOST: '::', POSTHORN_PORT: '0', POSTHORN_DATA_DIR: 'state' };
  const { config } = await loaded('server: { port: 9000 }\nstore: { kind: sqlite, path: own.db }\n', env);
  expect(config.server).toMatchObject({ host: '::', port: 0 });
  expect(config.store.path).toBe(join(folder, 'state', 'own.db'));
});

test('a secret in the file works with a warning, a reference without', async () => {
  const account = (rest: string) => `channels: { email: { accounts: { a: { host: h, from: f, ${rest} } } } }\n`;
  const literal = await loaded(account('password: hunter2, dkim: { domain: d, privateKey: hunter2 }'));
  expect(literal.warnings.map((warning) => problemText(warning, 'f'))).toEqual([
    expect.stringMatching(/^f:1:57 channels\.email\.accounts\.a\.password: this secret stands in the file itself/),
    expect.stringMatching(/^f:1:95 channels\.email\.accounts\.a\.dkim\.privateKey: this secret/),
  ]);
  expect(JSON.stringify(literal)).not.toContain('hunter2');
  const kept = await loaded(account('password: { env: A }, dkim: { domain: d, privateKey: { env: A } }'), {
    A: 'hunter2',
  });
  expect(kept.warnings).toEqual([]);
});

test('the password of a Redis is kept as any other secret', async () => {
  const url = 'rediss://me:hunter2@cache:6380/2';
  const place = { host: 'cache', port: 6380, tls: true, username: 'me', password: 'hunter2', database: 2 };
  const channels = sandboxed('{ a: { use: sandbox } }');
  const kept = await loaded(`redis: { url: { env: R } }\n${channels}`, { R: url });
  expect(kept.config.redis?.reveal()).toEqual(place);
  expect(kept.warnings).toEqual([]);
  const literal = await loaded(`redis: { url: "${url}" }\n${channels}`);
  expect(literal.config.redis?.reveal()).toEqual(place);
  expect(literal.warnings.map((warning) => problemText(warning, 'f'))).toEqual([
    expect.stringMatching(/^f:1:10 redis\.url: the password of this URL stands in the file itself/),
  ]);
  expect(JSON.stringify([kept, literal]) + inspect([kept, literal], { depth: 9 })).not.toContain('hunter2');
  expect((await loaded(`redis: { url: redis://cache }\n${channels}`)).warnings).toEqual([]);
});

test('a loader gets the folder of the file', async () => {
  const folders: string[] = [];
  await load(example, exampleEnv, (request) => {
    folders.push(request.folder);
    return fakes(request);
  });
  expect(new Set(folders)).toEqual(new Set([folder]));
});

test('the real channels and a plugin in one file, by the real loader', async () => {
  const plugin = `export default ({ defineChannel, ok, z }) => defineChannel({
    api: 1, name: 'telegram', addressKey: 'telegram', maxAddresses: 1, content: z.strictObject({}), sandbox: {},
    retry: { maxAttempts: 3, baseMs: 1000, capMs: 60000 },
    providers: [{ name: 'bot', settings: z.strictObject({ token: z.string() }), secrets: ['token'], endpoint: null,
      onUncertain: 'hold', open() {} }],
    parseAddress: ok, maskAddress: () => '***', render: () => ok({}),
  });`;
  await writeFile(join(folder, 'telegram.ts'), plugin);
  const text = `channels:
  sms: { accounts: { a: { use: sandbox } } }
  email: { accounts: { a: { use: sandbox } } }
  push: { accounts: { a: { use: sandbox } } }
  telegram: { use: ./telegram.ts, accounts: { bot: { token: { env: A } } } }
`;
  const result = await load(text, { A: 'hunter2' }, loadChannel);
  expect(result.ok ? accountsOf(result.value.config) : result.failure).toEqual([
    'sms/a',
    'email/a',
    'push/a',
    'telegram/bot',
  ]);
});

test('posthorn.yml alone is not read, and that is said', async () => {
  const other = await mkdtemp(join(dirname(folder), 'posthorn-yml-'));
  await cp(join(folder, 'service-account.json'), join(other, 'posthorn.yml'));
  const result = await loadConfig({ file: null, env: {}, cwd: other, loadChannel: fakes });
  await rm(other, { recursive: true });
  expect(result.ok && result.value.warnings).toEqual([{ path: '', detail: expect.stringContaining('posthorn.yml') }]);
});
