import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, eventually, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';

/** How a provider may misbehave: the body of its `send`, and what an attempt then came to. */
const sends: Readonly<Record<string, readonly [body: string, status: string, code: string | null]>> = {
  hangs: ['return new Promise(() => {});', 'uncertain', 'timeout'],
  listens: [
    'signal.addEventListener("abort", () => { throw new Error("c4n4ry"); }); return new Promise(() => {});',
    'uncertain',
    'timeout',
  ],
  throws: ['throw new Error("c4n4ry " + delivery.address);', 'uncertain', 'provider_threw'],
  rejects: ['return Promise.reject({ get name() { throw new Error("c4n4ry"); } });', 'uncertain', 'provider_threw'],
  thenable: ['return { then() { throw new RangeError("c4n4ry"); } };', 'uncertain', 'provider_threw'],
  nothing: ['return undefined;', 'uncertain', 'provider_garbage'],
  shapes: ['return { kind: "sent", vendorId: 1 };', 'uncertain', 'provider_garbage'],
  getters: ['return { get kind() { throw new Error("c4n4ry"); } };', 'uncertain', 'provider_threw'],
  huge: [
    'return { kind: "refused", because: "address", code: "c".repeat(1e6), detail: "d".repeat(1e7) };',
    'failed',
    'c'.repeat(100),
  ],
  later: [
    'setTimeout(() => { throw new Error("c4n4ry"); }, 1); setImmediate(() => { throw "c4n4ry"; }); Promise.reject(new Error("c4n4ry")); return ok;',
    'sent',
    null,
  ],
  chatter: [
    'for (let i = 0; i < 20000; i++) tools.log.error("line " + i, { big: "x".repeat(100000), deep: { a: 1 } }); return ok;',
    'sent',
    null,
  ],
  reports: [
    'for (let i = 0; i < 20000; i++) tools.report(i % 2 ? delivery.id : "dlv_" + i, i % 3 ? { status: "banana" } : { status: "delivered", at: NaN, detail: "d".repeat(1e4) }); return ok;',
    'delivered',
    null,
  ],
  keeps: [
    'for (let i = 0; i < 5000; i++) tools.inbox.keep({ delivery: i, content: () => 1 }).catch(() => {}); tools.inbox.keep(null); return ok;',
    'sent',
    null,
  ],
};

/** How a rule may misbehave, beside a provider that works. */
const rules: Readonly<Record<string, string>> = {
  mask: 'maskAddress() { throw new Error("c4n4ry"); }',
  naked: 'maskAddress: (address) => address',
  address: 'parseAddress() { throw new Error("c4n4ry"); }',
  words: 'parseAddress: () => "yes"',
  render: 'render: () => ({ ok: true, value: { f() {}, big: 10n } })',
  problems: 'render: () => ({ ok: false, failure: "all" })',
  schema:
    'content: { "~standard": { ...schema["~standard"], validate: async () => { throw new Error("c4n4ry"); }, jsonSchema: { input() { throw 1; }, output() { throw 1; } } } }',
  flows: 'flowOf() { throw new Error("c4n4ry"); }, measure: () => ({ parts: -1 })',
  early: '',
  stops:
    'providers: [{ ...providers[0], open: async () => ({ send: async () => ok, close: () => new Promise(() => {}) }) }]',
};

const plugin = (name: string, send: string, rule = ''): string => `
console.log('${name} was loaded');
let opened = false;
${name === 'early' ? 'const poll = setInterval(() => { if (!opened) return; clearInterval(poll); throw new Error("c4n4ry"); }, 5);' : ''}
const ok = { kind: 'accepted', vendorId: null };
const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: 'object' }), output: () => ({}) } } };
const providers = [{
  name: 'p', settings: schema, secrets: [], endpoint: null, onUncertain: 'hold',
  open: async (settings, tools) => (opened = true, { send(delivery, signal) { ${send} } }),
}];
export default {
  api: 1, name: '${name}', addressKey: '${name}', maxAddresses: 1, content: schema, sandbox: {},
  retry: { maxAttempts: 2, baseMs: 1000, capMs: 60000 }, providers,
  parseAddress: (text) => ({ ok: true, value: text }), maskAddress: () => '***', render: (neutral) => ({ ok: true, value: { text: neutral.body } }),
  ${rule}
};`;

let gateway: GatewayProcess;
let calls: Client;
const address = '4711-c4n4ry';

beforeAll(async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'plugins'));
  const lines = ['channels:', '  email: { accounts: { box: { use: sandbox } } }'];
  const add = (name: string, text: string) => {
    writeFileSync(join(home, `plugins/${name}.mjs`), text);
    lines.push(`  ${name}: { use: ./plugins/${name}.mjs, accounts: { a: { timeout: 200ms } } }`);
  };
  for (const [name, [send]] of Object.entries(sends)) add(name, plugin(name, send));
  for (const [name, rule] of Object.entries(rules)) add(name, plugin(name, 'return ok;', rule));
  writeFileSync(join(home, 'posthorn.yaml'), lines.join('\n'));
  gateway = await startGateway({ env: { POSTHORN_CONFIG: join(home, 'posthorn.yaml') } });
  calls = client(gateway);
});
afterAll(endGateways);

/** The healthy account delivers, whatever goes on beside it. */
async function isWell(): Promise<void> {
  const { id } = await calls.accepted({ to: { email: freshEmail() }, content: { body: 'x' } });
  expect((await calls.settled(id)).deliveries).toMatchObject([{ account: 'box', status: 'sent' }]);
}

const content = { title: 'T', body: 'c4n4ry body' };
const to = (name: string) => ({ to: { [name]: address }, content });

describe('a provider that misbehaves harms its own lane alone:', () => {
  it('all of them at once, and the truth about each', async () => {
    const sent = await Promise.all(
      Object.keys(sends).map(async (name) => [name, (await calls.accepted(to(name))).id] as const),
    );
    await isWell();
    const found = sent.map(async ([name, id]) => {
      const [, status, code] = sends[name] ?? [];
      const { deliveries } = await calls.when(id, (seen) => seen.deliveries.every((each) => each.status === status));
      expect(deliveries, name).toMatchObject([{ channel: name, status, code }]);
    });
    await Promise.all(found);
    await isWell();
  });

  it('what was thrown where nobody waits is a line with the account, and nothing else', async () => {
    const lines = () =>
      gateway
        .stderr()
        .split('\n')
        .filter((line) => line.includes('where nobody waits'));
    await eventually(() => (lines().length >= 6 ? true : undefined), undefined, lines);
    const seen = lines().map((line) => (JSON.parse(line) as { plugin: string }).plugin);
    expect(seen.toSorted()).toEqual(['early', 'keeps/a', 'later/a', 'later/a', 'later/a', 'listens/a']);
  });

  it('what it prints is not taken for the output of the program', () => {
    expect(gateway.stderr()).toContain('hangs was loaded\n');
    expect(gateway.stdout()).not.toContain('was loaded');
  });

  it('of a flood of lines some are there, and the others are counted', async () => {
    const written = gateway
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"plugin":"chatter/a"'));
    expect(written.length).toBeGreaterThan(199);
    expect(written.length).toBeLessThan(1_000);
    expect(written.every((line) => line.length < 3_000)).toBe(true);
    const counted = () => gateway.stderr().match(/"plugin":"chatter\/a","lines":(\d+)/)?.[1];
    expect(Number(await eventually(counted))).toBeGreaterThan(19_000);
  });
});

describe('a rule that misbehaves is said at its place:', () => {
  it.each([
    ['address', 422, '/to/address', 'channel_fault'],
    ['words', 422, '/to/words', 'channel_fault'],
    ['render', 422, '/content', 'channel_fault'],
    ['problems', 422, '/content', 'channel_fault'],
    ['schema', 400, '/schema', 'invalid'],
  ])('%s', async (name, status, pointer, code) => {
    const answer = await calls.notify({ ...to(name), [name]: {} });
    expect(answer).toMatchObject({
      status,
      body: { errors: [{ pointer, code, detail: expect.stringContaining('a fault of its own') }] },
    });
    // Beside it in one request, and in a batch, the others are as they were.
    await isWell();
  });

  it('lists show what they can, and never a whole address', async () => {
    for (const name of ['mask', 'naked', 'flows']) {
      const { id } = await calls.accepted(to(name));
      expect((await calls.settled(id)).deliveries).toMatchObject([{ channel: name, status: 'sent', address: '***' }]);
    }
    const plan = await gateway.request('POST', '/notify?dryRun=true', to('flows'));
    expect(plan.status).toBe(200);
    expect((await calls.list('/notifications?limit=100')).length).toBeGreaterThan(10);
  });

  it('the list of channels says which content nobody can describe', async () => {
    const channels = await calls.list<{ name: string; content: object }>('/channels');
    expect(channels).toHaveLength(1 + Object.keys(sends).length + Object.keys(rules).length);
    const described = channels.find(({ name }) => name === 'schema')?.content;
    expect(described).toEqual({ type: 'object', description: expect.stringContaining('cannot describe itself') });
  });
});

it('the process that lived through all of it ends as it should, and told nothing', async () => {
  await isWell();
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr() + gateway.stdout()).not.toContain('c4n4ry');
});

it('an error of our own still ends the process, and says where', async () => {
  const preload = join(temporaryFolder(), 'bug.mjs');
  writeFileSync(
    preload,
    'const poll = setInterval(() => { if (process.listenerCount("uncaughtException") === 0) return; clearInterval(poll); throw new Error("a bug of ours"); }, 5);',
  );
  const { exited, stderr } = startProgram(['serve'], {
    NODE_OPTIONS: `--import=${preload}`,
    POSTHORN_DATA_DIR: join(temporaryFolder(), 'data'),
    POSTHORN_PORT: '0',
  });
  expect(await exited).toEqual({ code: 1, signal: null });
  expect(stderr()).toMatch(/Error: a bug of ours\n\s+at .*bug\.mjs/);
});
