import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { client, freshEmail } from './api.ts';
import { endGateways, startGateway, startProgram, temporaryFolder, writeConfig } from './gateway-process.ts';

afterAll(endGateways);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Promise<Ran> {
  const { exited, stdout, stderr } = startProgram(words, env, cwd);
  const { code } = await exited;
  // Whatever goes wrong, nobody has to read a stack.
  expect(stderr()).not.toMatch(/^\s+at |node:internal|TypeError/m);
  return { code, stdout: stdout(), stderr: stderr() };
}

const serve = (env: Readonly<Record<string, string>>) => run(['serve'], { POSTHORN_PORT: '0', ...env });

const good = `
server: { port: 8181 }
channels:
  sms:
    accounts:
      main: { use: aliyun, accessKeyId: { env: ALIYUN_ID }, accessKeySecret: s3cr3t-in-the-file, signName: Shop, timeout: 5s }
  email:
    accounts:
      relay: { use: smtp, host: smtp.example.com, username: shop, password: { env: SMTP_PASSWORD }, from: "Shop <a@example.com>" }
`;
const env = { ALIYUN_ID: 'AKID-from-env', SMTP_PASSWORD: 'hunter2-from-env' };
const bad = `server: { prot: 8181 }
defaults: { region: China }
channels:
  sms:
    accounts:
      main: { use: aliyun, accessKeyId: x, accesKeySecret: s3cr3t, timeout: fast }
  email:
    accounts:
      relay: { use: smpt, host: h, from: a@example.com }
`;

describe('version and help', () => {
  it.each([['version'], ['--version'], ['-v']])('posthorn %s', async (word) => {
    expect(await run([word])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('posthorn version --json', async () => {
    const { code, stdout } = await run(['version', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([0, { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) }]);
  });

  it.each([[['help']], [['--help']], [['-h']], [[]], [['serve', '--help']]])('posthorn %s', async (words) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of ['serve', 'config', 'version', 'help'])
      expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
  });
});

describe('wrong usage', () => {
  it.each([
    [['serv'], 'did you mean "serve"'],
    [['confg', 'check'], 'did you mean "config"'],
    [['config', 'chek'], 'did you mean "check"'],
    [['config', 'check', '--confg', 'x'], 'did you mean "--config"'],
    [['config'], 'check, schema, show'],
    [['serve', 'now'], '"now"'],
    [['config', 'check', 'this'], '"this"'],
    [['serve', '--role', 'nobody'], '"nobody"'],
    [['serve', '--config'], '--config'],
    [['version', '--json=1'], '--json'],
    [['constructor'], 'there is no command "constructor"'],
    [['__proto__'], 'there is no command "__proto__"'],
  ])('posthorn %j ends with 2 and helps', async (words, help) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(help);
    expect(stderr).toContain('posthorn help');
  });
});

describe('config check', () => {
  it('is content with a good file, and warns of a secret in it', async () => {
    const file = writeConfig(good);
    const { code, stdout, stderr } = await run(['config', 'check', '--config', file], env);
    expect(code).toBe(0);
    expect(stdout).toContain(file);
    expect(stderr).toMatch(/warning: .*:6:\d+ channels\.sms\.accounts\.main\.accessKeySecret/);
    expect(stdout + stderr).not.toMatch(/s3cr3t|hunter2/);
  });

  it('needs no file', async () => {
    expect(await run(['config', 'check'])).toMatchObject({ code: 0, stdout: expect.stringContaining('sandbox') });
  });

  const places = [
    /:1:\d+ server\.prot: .*did you mean "port"/,
    /:2:\d+ defaults\.region: /,
    /:6:\d+ channels\.sms\.accounts\.main\.accesKeySecret: .*did you mean "accessKeySecret"/,
    /:6:\d+ channels\.sms\.accounts\.main\.timeout: /,
    /:9:\d+ channels\.email\.accounts\.relay\.use: .*did you mean "smtp"/,
  ];

  it('says every problem of a bad file with its line, and ends with 1', async () => {
    const file = writeConfig(bad);
    const { code, stdout, stderr } = await run(['config', 'check', '--config', file]);
    expect([code, stdout]).toEqual([1, '']);
    for (const place of places) expect(stderr).toMatch(new RegExp(file.replaceAll('.', '\\.') + place.source));
    expect(stderr).not.toContain('s3cr3t');
  });

  it('says them with their line however the file was named', async () => {
    const file = writeConfig(bad);
    const byVariable = await run(['config', 'check'], { POSTHORN_CONFIG: file });
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'posthorn.yaml'), bad);
    const byPlace = await run(['config', 'check'], {}, folder);
    for (const { code, stderr } of [byVariable, byPlace]) {
      expect(code).toBe(1);
      for (const place of places) expect(stderr).toMatch(new RegExp(`posthorn\\.yaml${place.source}`));
    }
  });

  it('says them in JSON too', async () => {
    const { code, stdout } = await run(['config', 'check', '--json', '--config', writeConfig(bad)]);
    const report = JSON.parse(stdout) as { ok: boolean; problems: readonly { path: string; line: number }[] };
    expect([code, report.ok]).toEqual([1, false]);
    expect(report.problems.map(({ path, line }) => `${line} ${path}`)).toContain('9 channels.email.accounts.relay.use');
  });

  it('keeps serve from starting', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const { code, stdout } = await serve({ POSTHORN_DATA_DIR: dataDir, POSTHORN_CONFIG: writeConfig(bad) });
    expect([code, stdout]).toEqual([1, '']);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('asks for a file that is not there, and for a variable that is not set', async () => {
    const missing = await run(['config', 'check', '--config', '/nowhere/posthorn.yaml']);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/nowhere/posthorn.yaml does not exist'),
    });
    const unset = await run(['config', 'check', '--config', writeConfig(good)]);
    expect(unset.code).toBe(1);
    for (const name of ['ALIYUN_ID', 'SMTP_PASSWORD']) expect(unset.stderr).toContain(name);
  });
});

describe('config show', () => {
  it.each([[[]], [['--json']]])('masks every secret %j', async (more) => {
    const { code, stdout } = await run(['config', 'show', '--config', writeConfig(good), ...more], env);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/s3cr3t|hunter2|AKID/);
    expect(stdout).toContain('***');
    expect(stdout).toContain('smtp.example.com');
    expect(stdout).toContain('8181');
  });
});

describe('config schema', () => {
  it('is JSON Schema that knows the providers', async () => {
    const { code, stdout } = await run(['config', 'schema']);
    const schema = JSON.parse(stdout) as { $schema?: string; properties?: object };
    expect(code).toBe(0);
    expect(schema.$schema).toContain('json-schema.org');
    expect(schema.properties).toMatchObject({ server: expect.anything(), channels: expect.anything() });
    expect(stdout).toContain('"aliyun"');
  });
});

describe('serve refuses to start', () => {
  it('on a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { code, stdout, stderr } = await serve({ POSTHORN_DATA_DIR: temporaryFolder(), POSTHORN_PORT: port });
    taken.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`posthorn: port ${port} of 127.0.0.1 is taken`);
  });

  it('with a short admin key, a port that is none, and says both', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const variables = { POSTHORN_DATA_DIR: dataDir, POSTHORN_ADMIN_KEY: 'k'.repeat(31), POSTHORN_PORT: '65536' };
    const { code, stderr } = await serve(variables);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^POSTHORN_ADMIN_KEY: .*32 characters/m);
    expect(stderr).toMatch(/^POSTHORN_PORT: /m);
    expect(stderr).not.toContain('k'.repeat(31));
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each(['admin.key', 'posthorn.key'])('with a %s that others can read', async (name) => {
    const first = await startGateway({ adminKey: null });
    first.kill('SIGTERM');
    await first.exited;
    const file = join(first.dataDir, name);
    chmodSync(file, 0o640);
    const { code, stderr } = await serve({ POSTHORN_DATA_DIR: first.dataDir });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`chmod 600 ${file}`)]);
    chmodSync(file, 0o600);
    await startGateway({ adminKey: null, dataDir: first.dataDir });
  });

  it('with a key that is damaged', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'posthorn.key'), 'c2hvcnQ=', { mode: 0o600 });
    const { code, stderr } = await serve({ POSTHORN_DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([1, expect.stringContaining('posthorn.key')]);
    expect(readFileSync(join(dataDir, 'posthorn.key'), 'utf8')).toBe('c2hvcnQ=');
  });

  it('in a data directory that cannot be made, or is a file', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const place of ['/proc/posthorn', file]) {
      const { code, stdout, stderr } = await serve({ POSTHORN_DATA_DIR: place });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(place);
      expect(stderr).toContain('POSTHORN_DATA_DIR');
    }
  });

  it('on an address of another machine', async () => {
    const { code, stderr } = await serve({ POSTHORN_DATA_DIR: temporaryFolder(), POSTHORN_HOST: '203.0.113.1' });
    expect([code, stderr]).toEqual([1, expect.stringContaining('203.0.113.1 is not an address of this machine')]);
  });

  it.each([
    '../../evil.js',
    'http://127.0.0.1/evil.js',
    'data:text/javascript,process.exit(7)',
    'file:///etc/passwd',
    'no-such-package-of-anybody',
  ])('with a plugin named %s', async (use) => {
    const config = `channels: { fax: { use: ${JSON.stringify(use)}, accounts: { a: { use: sandbox } } } }`;
    const { code, stdout, stderr } = await serve({
      POSTHORN_DATA_DIR: temporaryFolder(),
      POSTHORN_CONFIG: writeConfig(config),
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('channels.fax');
  });
});

describe('a data directory', () => {
  it('that others could look into is closed, also behind a link', async () => {
    const folder = temporaryFolder();
    const place = join(folder, 'data');
    mkdirSync(place, { mode: 0o755 });
    symlinkSync(place, join(folder, 'link'));
    const { dataDir } = await startGateway({ dataDir: join(folder, 'link') });
    expect(existsSync(join(dataDir, 'posthorn.db'))).toBe(true);
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });
});

describe('backup and restore', () => {
  it('bring back what was there', async () => {
    const gateway = await startGateway();
    const { id } = await client(gateway).accepted({ to: { email: freshEmail() }, content: { body: 'x' } });
    await client(gateway).settled(id);
    const copy = join(temporaryFolder(), 'copy.db');
    expect(await run(['backup', copy], { POSTHORN_DATA_DIR: gateway.dataDir })).toMatchObject({ code: 0 });
    await client(gateway).accepted({ to: { email: freshEmail() }, content: { body: 'later' } });
    gateway.kill('SIGTERM');
    await gateway.exited;

    const refused = await run(['restore', copy], { POSTHORN_DATA_DIR: gateway.dataDir });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--force')]);
    expect(await run(['restore', copy, '--force'], { POSTHORN_DATA_DIR: gateway.dataDir })).toMatchObject({ code: 0 });
    const restored = client(await startGateway({ dataDir: gateway.dataDir }));
    expect((await restored.notification(id)).status).toBe('sent');
    expect(await restored.count()).toBe(1);
  });
});
