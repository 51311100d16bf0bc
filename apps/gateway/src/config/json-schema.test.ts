import { type Channel, defineChannel, ok, type ProviderKind } from '@posthorn/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from './json-schema.ts';

function kind(name: string, settings: ProviderKind['settings']): ProviderKind {
  const open = () => Promise.reject(new Error('not in this test'));
  return { name, settings, secrets: [], endpoint: null, onUncertain: 'hold', open };
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

const tree = z.strictObject({
  name: z.string(),
  get children() {
    return z.array(tree).optional();
  },
});
const schema = configJsonSchema([
  channel('sms', [
    kind('aliyun', z.strictObject({ accessKeyId: z.string(), tries: z.int().optional() })),
    kind('tencent', z.strictObject({ secretId: z.string(), headers: z.record(z.string(), z.string()).optional() })),
  ]),
  channel('email', [
    kind('smtp', z.union([z.strictObject({ host: z.string() }), z.strictObject({ service: z.string() })])),
  ]),
  channel('telegram', [kind('bot', tree)]),
  channel('odd', [kind('mute', z.strictObject({ made: z.instanceof(Date) }))]),
]);
const file = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (text: string) => file.safeParse(parse(text)).success;
const account = (name: string, text: string) => accepts(`channels: { ${name}: { accounts: { a: ${text} } } }`);

test('it is one document of draft 2020-12', () => {
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

test.each([
  'server: { port: 80, host: { env: HOST }, trustedProxies: [{ env: PROXY }] }',
  'defaults: { region: CN, channels: [sms] }',
  'store: { kind: sqlite, path: { file: ./path } }',
  'redis: { url: { env: REDIS_URL } }',
  'egress: { allow: [10.0.0.0/8] }',
  'limits: { perKey: 1000/s, sms: { perNumber: [1/60s], countries: [CN], dailyBudget: 5, marketingWindow: false } }',
  'limits: { sms: { perPrefix: { digits: 7, limits: [50/15m] }, marketingWindow: { from: 08:00, to: 20:00 } } }',
  'limits: { sms: { perSource: [30/1h], hourlyBudget: 5, perPrefix: { digits: 7, limits: [5/1m], unlessVerified: 20% } } }',
  'limits: { sms: { perPrefix: false } }',
  'encryption: { keys: [{ id: k2, secret: { file: ./k2 } }, { id: k1, secret: { env: K1 } }] }',
  '{}',
])('it takes %s', (text) => {
  expect(accepts(text)).toBe(true);
});

test.each([
  'server: { prot: 80 }',
  'server: { host: { env: HOST, default: x } }',
  'store: { kind: postgres, url: x }',
  'redis: { uri: x }',
  'limits: { sms: { perNumbers: [1/s] } }',
  'limits: { sms: { marketingWindow: true } }',
  'limits: { sms: { perPrefix: true } }',
  'alerts: { to: [] }',
  'channels: { sms: { accounts: { a: { use: sandbox } }, weight: 1 } }',
])('it refuses %s', (text) => {
  expect(accepts(text)).toBe(false);
});

test.each([
  ['sms', '{ use: aliyun, accessKeyId: x, tries: 3, timeout: 5s, rate: 1/s, weight: 2, endpoint: { env: E } }'],
  ['sms', '{ use: aliyun, accessKeyId: { env: ID } }'],
  ['sms', '{ use: tencent, secretId: { file: ./id }, headers: { x: { env: X } } }'],
  ['sms', '{ use: sandbox, concurrency: 3 }'],
  ['email', '{ use: smtp, host: h }'],
  ['email', '{ service: s, onUncertain: hold }'],
  ['telegram', '{ name: a, children: [{ name: b, children: [{ name: c }] }] }'],
  ['odd', '{ whatever: 5, timeout: 5s }'],
])('an account of %s may be %s', (name, text) => {
  expect(account(name, text)).toBe(true);
});

test.each([
  ['sms', '{ accessKeyId: x }'],
  ['sms', '{ use: alyun, accessKeyId: x }'],
  ['sms', '{ use: aliyun }'],
  ['sms', '{ use: aliyun, accessKeyId: x, secretId: x }'],
  ['sms', '{ use: aliyun, accessKeyId: x, tries: { env: TRIES } }'],
  ['sms', '{ use: sandbox, token: x }'],
  ['sms', '{ use: sandbox, onUncertain: pray }'],
  ['email', '{ use: smtp, host: h, service: s }'],
  ['telegram', '{ name: a, children: [{ nam: b }] }'],
])('an account of %s may not be %s', (name, text) => {
  expect(account(name, text)).toBe(false);
});
