import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';
import { type MailServer, mailServer } from './mail-server.ts';

const script = fileURLToPath(new URL('../../../tools/bundle.ts', import.meta.url));
/** Nothing of the source tree is above them. */
const [parcel, home] = [temporaryFolder(), temporaryFolder()];
let program: string;
let vendor: VendorDouble;
let mail: MailServer;

beforeAll(async () => {
  program = execFileSync(process.execPath, [script, parcel], { encoding: 'utf8' }).trim();
  mail = await mailServer();
  vendor = await vendorDouble({
    reply({ url }) {
      const said = Object.values(replies).find(([path]) => path.test(url))?.[1];
      return { status: 200, body: said ?? '{"id":"m-1"}' };
    },
  });
});
afterAll(async () => {
  await endGateways();
  await Promise.all([vendor.close(), mail.close()]);
});

/** One file, in the types that a single file may have: it imports nothing of ours when it runs. */
const singleFile = `
import type { Channel, Outcome } from '@posthorn/core';
import type { PluginHost } from '@posthorn/testkit';

const accepted: Outcome = { kind: 'accepted', vendorId: 'file' };

export default ({ defineChannel, ok, z }: PluginHost): Channel<{ readonly text: string }> =>
  defineChannel({
    api: 1, name: 'pigeon', addressKey: 'pigeon', maxAddresses: 1,
    content: z.strictObject({ text: z.string() }), sandbox: {},
    retry: { maxAttempts: 2, baseMs: 1_000, capMs: 60_000 },
    providers: [{
      name: 'loft', settings: z.strictObject({}), secrets: [], endpoint: null, onUncertain: 'retry',
      open: async () => ({ send: async () => accepted }),
    }],
    parseAddress: (text) => ok(text), maskAddress: () => '***', render: ({ body }) => ok({ text: body ?? '' }),
  });
`;

/** A package with a library of its own, as an installation leaves it beside the configuration. */
const packageFiles: Readonly<Record<string, string>> = {
  'posthorn-channel-horn/package.json': JSON.stringify({
    name: 'posthorn-channel-horn',
    type: 'module',
    exports: './index.js',
  }),
  'posthorn-channel-horn/index.js': `
import { vendorId } from 'horn-sdk';
const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: 'object' }), output: () => ({}) } } };
export default {
  api: 1, name: 'horn', addressKey: 'horn', maxAddresses: 1, content: schema, sandbox: {},
  retry: { maxAttempts: 2, baseMs: 1000, capMs: 60000 },
  providers: [{
    name: 'brass', settings: schema, secrets: [], endpoint: null, onUncertain: 'hold',
    open: async () => ({ send: async () => ({ kind: 'accepted', vendorId: vendorId() }) }),
  }],
  parseAddress: (text) => ({ ok: true, value: text }), maskAddress: () => '***', render: ({ body }) => ({ ok: true, value: { text: body } }),
};`,
  'horn-sdk/package.json': JSON.stringify({ name: 'horn-sdk', main: './index.js' }),
  'horn-sdk/index.js': `exports.vendorId = () => 'package';`,
};

function plant(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

function pem(type: 'rsa' | 'ec'): string {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What each vendor says to a message; whoever is not listed is the one of `channel new`. */
const replies: Readonly<Record<string, readonly [path: RegExp, reply: string]>> = {
  aliyun: [/^\/(\?|$)/, '{"Code":"OK","Message":"OK","RequestId":"R","BizId":"biz-1"}'],
  google: [/^\/token$/, '{"access_token":"t","expires_in":3599,"token_type":"Bearer"}'],
  fcm: [/^\/v1\/projects\/p\//, '{"name":"projects/p/messages/1"}'],
  slack: [/^\/services\//, 'ok'],
};

/** The channels that come with it, each with a vendor that has a library of its own where there is one. */
function builtIn(): string {
  const google = { type: 'service_account', project_id: 'p', private_key: pem('rsa'), client_email: 'a@b.example' };
  const endpoint = JSON.stringify(vendor.origin);
  return `
  sms:
    route: { default: [aliyun] }
    accounts:
      aliyun: { use: aliyun, accessKeyId: id, accessKeySecret: secret, endpoint: ${endpoint} }
      tencent: { use: tencent, secretId: id, secretKey: secret, sdkAppId: "1400000000" }
  email: { accounts: { relay: { use: smtp, host: 127.0.0.1, port: ${mail.port}, tls: none, from: a@b.example } } }
  push:
    accounts:
      fcm: { use: fcm, serviceAccount: ${JSON.stringify(JSON.stringify(google))}, endpoint: ${endpoint} }
      apns: { use: apns, teamId: TEAM123456, keyId: KEY1234567, key: ${JSON.stringify(pem('ec'))}, topic: com.example.app }
  chat: { accounts: { slack: { use: slack, url: "${vendor.origin}/services/T/B/x" } } }
  webhook: { accounts: { hook: { use: http, allowPrivate: true } } }
`;
}

describe('the packaged program, in a folder where nothing else is,', () => {
  let gateway: GatewayProcess;

  beforeAll(async () => {
    const told = startProgram(['channel', 'new', 'night-pager'], {}, home, { program });
    expect(await told.exited).toMatchObject({ code: 0 });
    plant(join(home, 'node_modules'), packageFiles);
    plant(home, { 'plugins/pigeon.ts': singleFile });
    writeFileSync(
      join(home, 'posthorn.yaml'),
      `channels:
  pigeon: { use: ./plugins/pigeon.ts, accounts: { loft: { use: loft } } }
  horn: { use: posthorn-channel-horn, accounts: { brass: { use: brass } } }
  night-pager: { use: ./plugins/night-pager/night-pager.ts, accounts: { real: { use: http, token: t, endpoint: "${vendor.origin}" } } }
${builtIn()}`,
    );
    gateway = await startGateway({
      program,
      env: { POSTHORN_CONFIG: join(home, 'posthorn.yaml'), POSTHORN_LOG_FORMAT: 'pretty' },
    });
  });

  it('has nothing of the source tree in it', () => {
    const files = readdirSync(parcel, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.ts'))).toEqual([]);
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    expect(readFileSync(program, 'utf8')).not.toContain(root);
  });

  it('writes lines for people with the library that it loads for them alone', () => {
    expect(gateway.stderr()).toMatch(/^\[\d\d:.*(INFO|WARN)/m);
  });

  it.each([
    ['a file of TypeScript', 'pigeon', 'p-1', 'file'],
    ['a package', 'horn', 'h-1', 'package'],
    ['what "channel new" wrote', 'nightPager', 'pager-1', 'm-1'],
  ])('sends through %s', async (_what, addressKey, address, vendorId) => {
    const calls = client(gateway);
    const { id } = await calls.accepted({ to: { [addressKey]: address }, content: { body: 'x' } });
    expect((await calls.settled(id)).deliveries).toMatchObject([{ status: 'sent', vendorId }]);
  });

  const sms = { templateCode: 'SMS_1', signName: 'Post', params: { code: '1' } };
  it.each([
    ['sms', () => ({ to: { phone: '+8613800138000' }, sms }), 'biz-1'],
    ['email', () => ({ to: { email: freshEmail() } }), expect.any(String)],
    ['push', () => ({ to: { push: ['bundle-test-token-0123456789abcdef0123'] } }), 'projects/p/messages/1'],
    ['chat', () => ({ to: { chat: 'slack' } }), null],
    ['webhook', () => ({ to: { webhook: `${vendor.origin}/hook` } }), null],
  ])('sends by the built-in channel %s', async (channel, request, vendorId) => {
    const calls = client(gateway);
    const { id } = await calls.accepted({ ...request(), content: { title: 'T', body: 'x' } });
    expect((await calls.settled(id)).deliveries).toMatchObject([{ channel, status: 'sent', vendorId }]);
  });
});
