import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadChannel } from './load-channel.ts';
import { builtInChannels } from './plugin-place.ts';

/** A channel without any import, as the text of a module. */
const channel = `{
  api: 1, name: 'telegram', addressKey: 'telegram', maxAddresses: 1, content: schema, sandbox: {},
  retry: { maxAttempts: 3, baseMs: 1000, capMs: 60000 },
  providers: [{ name: 'bot', settings: schema, secrets: ['token'], endpoint: null, onUncertain: 'hold', open() {} }],
  parseAddress: (text) => ({ ok: true, value: text }), maskAddress: () => '***', render: () => ({ ok: true, value: {} }),
}`;
const schema = `const schema = { '~standard': {
  version: 1, vendor: 'test', validate: (value) => ({ value }), jsonSchema: { input: () => ({}), output: () => ({}) },
} };`;
const typed = `type Name = string; const own: Name = 'telegram'; ${schema}`;

const files: Readonly<Record<string, string>> = {
  'plugins/object.ts': `${typed} export default { ...${channel}, name: own };`,
  'plugins/function.ts': `${typed} export default (posthorn: { defineChannel(c: unknown): unknown }) => posthorn.defineChannel(${channel});`,
  'plugins/zod.ts': `export default ({ z, defineChannel, ok }) => { const schema = z.strictObject({ token: z.string() }); return defineChannel(${channel}); };`,
  'plugins/common.cjs': `${schema} module.exports = ${channel};`,
  'plugins/compiled.cjs': `${schema} Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${channel};`,
  'plugins/circular.mjs': `${schema} const it = ${channel}; it.self = it; it.providers[0].channel = it; export default it;`,
  'plugins/named.ts': `${typed} export const telegram = ${channel};`,
  'plugins/await.ts': `await Promise.resolve(); ${typed} export default ${channel};`,
  'plugins/awaits-inside.ts': `import './await.ts'; ${typed} export default ${channel};`,
  'plugins/enum.ts': `enum Kind { A } ${typed} export default ${channel};`,
  'plugins/broken.ts': `const a: number = 1;\nexport default {{{`,
  'plugins/broken.mjs': `export default {{{`,
  'plugins/no-such-export.mjs': `import { nope } from 'node:fs'; export default nope;`,
  'plugins/standard-only.ts': `${typed} export default { ...${channel}, content: { '~standard': { version: 1, vendor: 'test', validate() {} } } };`,
  'plugins/throws.ts': `throw new Error('no network\\nsecond line');`,
  'plugins/throws-odd.mjs': `throw { get message() { throw 1; } };`,
  'plugins/throws-null.mjs': `export default () => { throw null; };`,
  'plugins/imports.ts': `import 'left-pad-of-nobody'; export default 1;`,
  'plugins/async.ts': `${typed} export default async () => (${channel});`,
  'plugins/api.ts': `${typed} export default { ...${channel}, api: 2 };`,
  'plugins/no-api.ts': `${typed} export default { ...${channel}, api: undefined };`,
  'plugins/other-name.ts': `${typed} export default { ...${channel}, name: 'telegramm' };`,
  'plugins/list.ts': `export default [];`,
  'plugins/number.ts': `export default 5;`,
  'plugins/null.ts': `export default null;`,
  'plugins/hollow.ts': `export default { api: 1, name: 'telegram', providers: [5, {}] };`,
  'plugins/taken-key.ts': `${typed} export default { ...${channel}, addressKey: 'recipient' };`,
  'plugins/no-waits.ts': `${typed} export default { ...${channel}, retry: { waitsMs: [], jitter: 2 } };`,
  'plugins/no-sends.ts': `${typed} const it = ${channel};
    it.providers[0].quotas = [{ per: 'address', windows: [{ most: 0, ms: 60000 }] }]; export default it;`,
  'plugins/no-rules.ts': `${typed} export default { ...${channel}, flowOf: 'a', regionOf: 'NO', optOutOf: {}, fold: true, defaults: null };`,
  'plugins/half-defaults.ts': `${typed} export default { ...${channel}, defaults: { codesPerAddress: [5], codesPerSource: [5], codesPerPrefix: { digits: 1 }, marketingWindow: { from: 5 } } };`,
  'plugins/odd-provider.ts': `${typed} const it = ${channel}; Object.assign(it.providers[0], { simulated: 'yes', takes: [1] }); export default it;`,
  'plugins/half-true.ts': `${typed} export default { ...${channel}, addressNamesAccount: 'yes' };`,
  'plugins/getter.mjs': `${schema} export default { ...${channel}, get name() { throw new Error('go away'); } };`,
  'plugins/proxy.mjs': `export default new Proxy({}, { get() { throw new Error('go away'); }, ownKeys() { throw 1; } });`,
  'plugins/with-sdk/plugin.ts': `${typed} import { word } from 'acme-words'; const it = ${channel};
    it.providers[0].open = async () => { const { sent } = await import('acme-sdk'); return { send: async () => sent(word) }; };
    export default it;`,
  'plugins/with-sdk/node_modules/acme-words/package.json': '{ "name": "acme-words", "main": "./index.cjs" }',
  'plugins/with-sdk/node_modules/acme-words/index.cjs': `exports.word = 'w';`,
  'plugins/with-sdk/node_modules/acme-sdk/package.json':
    '{ "name": "acme-sdk", "type": "module", "exports": "./index.js" }',
  'plugins/with-sdk/node_modules/acme-sdk/index.js': `await null; export const sent = (vendorId) => ({ kind: 'accepted', vendorId });`,
  'plugins/note.txt': `not code`,
  'node_modules/acme-telegram/package.json':
    '{ "name": "acme-telegram", "type": "module", "exports": { "default": "./index.js" } }',
  'node_modules/acme-telegram/index.js': `${schema} export default ${channel};`,
  'node_modules/acme-typed/package.json': '{ "name": "acme-typed", "type": "module", "exports": "./index.ts" }',
  'node_modules/acme-typed/index.ts': `${typed} export default ${channel};`,
  'node_modules/acme-import/package.json': '{ "name": "acme-import", "exports": { "import": "./index.js" } }',
  'node_modules/acme-import/index.js': '',
  'node_modules/acme-closed/package.json': '{ "name": "acme-closed", "exports": { "browser": "./index.js" } }',
  'node_modules/@posthorn/channel-sms/package.json': '{ "name": "@posthorn/channel-sms", "exports": "./index.cjs" }',
  'node_modules/@posthorn/channel-sms/index.cjs': `throw new Error('the false one');`,
};

let root = '';
let folder = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'posthorn-plugins-'));
  folder = join(root, 'config');
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  }
  await writeFile(join(root, 'outside.mjs'), `${schema} export default ${channel};`);
  await mkdir(join(root, 'config-of-another'));
  await writeFile(join(root, 'config-of-another/telegram.mjs'), `${schema} export default ${channel};`);
  await symlink(join(root, 'outside.mjs'), join(folder, 'plugins/link.mjs'));
  await symlink(join(folder, 'plugins/object.ts'), join(folder, 'plugins/inner-link.ts'));
  await mkdir(join(folder, 'plugins/folder.ts'));
});
afterAll(() => rm(root, { recursive: true }));

test.each([
  './plugins/object.ts',
  './plugins/function.ts',
  './plugins/zod.ts',
  './plugins/common.cjs',
  './plugins/compiled.cjs',
  './plugins/circular.mjs',
  './plugins/inner-link.ts',
  './plugins/../plugins/object.ts',
  'acme-telegram',
])('%s is loaded', async (use) => {
  const loaded = await loadChannel({ name: 'telegram', use, folder });
  expect(loaded.ok ? loaded.value.name : loaded.failure).toBe('telegram');
});

test('a plugin brings its own packages along, heavy ones when an account is opened', async () => {
  const loaded = await loadChannel({ name: 'telegram', use: './plugins/with-sdk/plugin.ts', folder });
  if (!loaded.ok) throw new Error(loaded.failure);
  const provider = await loaded.value.providers[0]?.open({}, {} as never);
  expect(await provider?.send({} as never, AbortSignal.timeout(1_000))).toEqual({ kind: 'accepted', vendorId: 'w' });
});

const outside = /leads out of the folder: a plugin lies in the folder of the configuration file/;
test.each([
  ['../outside.mjs', outside],
  ['../nobody.mjs', outside],
  ['./../outside.mjs', outside],
  ['./plugins/../../outside.mjs', outside],
  ['./plugins/link.mjs', outside],
  ['../config-of-another/telegram.mjs', outside],
  ['/etc/telegram.mjs', /not a relative path/],
  ['~/telegram.mjs', /not a relative path/],
  ['.\\plugins\\object.ts', /not a relative path/],
  ['C:\\telegram.mjs', /is a URL/],
  ['http://example.com/telegram.mjs', /is a URL/],
  ['data:text/javascript,export default 1', /is a URL/],
  ['file:///etc/telegram.mjs', /is a URL/],
  ['node:fs', /is a URL/],
  ['fs', /part of Node.js/],
  ['plugins/object.ts', /write "\.\/plugins\/object\.ts"/],
  ['object.ts', /write "\.\/object\.ts"/],
  ['acme/telegram', /neither a file/],
  ['', /neither a file/],
  ['..', /neither a file/],
  ['./plugins/note.txt', /must name a file that ends in \.ts/],
  ['./plugins/object', /must name a file that ends in \.ts/],
  ['./plugins/folder.ts', /is not a file/],
  ['./plugins/nobody.ts', /there is no file "\.\/plugins\/nobody\.ts"/],
  ['./plugins/a\0.ts', /cannot be read/],
  ['acme-nobody', /package acme-nobody: cannot be loaded: install it beside the configuration file/],
  ['acme-typed', /must be published as JavaScript/],
  ['acme-closed', /exports nothing that can be loaded/],
  ['./plugins/named.ts', /^\.\/plugins\/named\.ts: has no default export/],
  ['./plugins/await.ts', /^\.\/plugins\/await\.ts: .*top-level await; move/],
  ['./plugins/awaits-inside.ts', /top-level await; move/],
  ['./plugins/enum.ts', /cannot simply be removed/],
  ['./plugins/broken.ts', /^\.\/plugins\/broken\.ts: cannot be loaded: .* \(line 2\)$/],
  [
    './plugins/broken.mjs',
    /^\.\/plugins\/broken\.mjs: cannot be loaded: .*; node --check \.\/plugins\/broken\.mjs shows/,
  ],
  ['./plugins/no-such-export.mjs', /an export named 'nope'/],
  ['./plugins/standard-only.ts', /content must be a schema \(Standard Schema with JSON Schema/],
  ['./plugins/throws.ts', /cannot be loaded: no network \(line 1\)$/],
  ['./plugins/throws-odd.mjs', /threw something that cannot be read/],
  ['./plugins/throws-null.mjs', /threw something that cannot be read/],
  ['./plugins/imports.ts', /it imports left-pad-of-nobody, which is not there/],
  ['./plugins/async.ts', /returns a promise/],
  ['./plugins/api.ts', /it speaks api 2, this Posthorn speaks api 1/],
  ['./plugins/no-api.ts', /does not say its api version/],
  ['./plugins/other-name.ts', /is called "telegramm": put it under channels\.telegramm instead of "telegram"/],
  ['./plugins/list.ts', /default export is a list, not a channel/],
  ['./plugins/number.ts', /default export is a number, not a channel/],
  ['./plugins/null.ts', /default export is null, not a channel/],
  [
    './plugins/hollow.ts',
    /addressKey must be a text; .*providers\[0\] must be an object; providers\[1\]\.name must be a text/,
  ],
  ['./plugins/taken-key.ts', /addressKey must be a free camelCase word/],
  ['./plugins/no-waits.ts', /retry\.waitsMs must list at least one wait.*; retry\.jitter must be a share/],
  ['./plugins/no-sends.ts', /provider "bot": quotas\[0\]: a window allows at least 1/],
  [
    './plugins/no-rules.ts',
    /flowOf must be a function, or left out; regionOf .*; fold .*; defaults must be an object .*; optOutOf must be a function/,
  ],
  [
    './plugins/half-defaults.ts',
    /defaults\.codesPerAddress: a window allows at least 1 .*; defaults\.codesPerSource: a window .*; defaults\.codesPerPrefix: digits must be 2 to 14; defaults\.codesPerPrefix: unlessVerified must be 1 to 100; defaults\.codesPerPrefix: windows must .*; defaults\.marketingWindow: it must/,
  ],
  [
    './plugins/odd-provider.ts',
    /providers\[0\]\.simulated must be true, or left out; providers\[0\]\.takes must be a list of texts/,
  ],
  ['./plugins/half-true.ts', /addressNamesAccount must be true, false, or left out/],
  ['./plugins/getter.mjs', /cannot be loaded: go away/],
  ['./plugins/proxy.mjs', /cannot be loaded: go away/],
])('%j is refused', async (use, reason) => {
  const loaded = await loadChannel({ name: 'telegram', use, folder });
  expect(loaded).toEqual({ ok: false, failure: expect.stringMatching(reason) });
});

test('a channel that is not built in says what to do', async () => {
  expect(await loadChannel({ name: 'emial', use: null, folder })).toEqual({
    ok: false,
    failure: expect.stringMatching(/did you mean "email"\?; .* use: \.\/plugins\/emial\.ts/),
  });
  expect(await loadChannel({ name: 'constructor', use: null, folder })).toMatchObject({ ok: false });
});

test.each(Object.entries(builtInChannels))('the built-in channel %s is loaded from its package', async (name, use) => {
  // Not from a package of the same name beside the configuration, by whichever way it is named.
  for (const each of [null, use]) {
    const loaded = await loadChannel({ name, use: each, folder });
    expect(loaded.ok ? loaded.value.name : loaded.failure).toBe(name);
  }
});
