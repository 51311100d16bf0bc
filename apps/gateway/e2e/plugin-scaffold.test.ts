import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways, startProgram, temporaryFolder } from './gateway-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const compiler = join(root, 'node_modules/.bin/tsc');
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' };

async function program(words: readonly string[], cwd: string) {
  const { exited, stdout, stderr } = startProgram(words, {}, cwd);
  const { code } = await exited;
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Its author's two commands, in a folder where nothing else is. */
async function tested(folder: string): Promise<string> {
  await run(compiler, ['-p', folder], { env });
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, env });
  return stdout;
}

const home = temporaryFolder();
const folder = join(home, 'plugins/night-pager');
let told = '';

beforeAll(async () => {
  const { code, stdout, stderr } = await program(['channel', 'new', 'night-pager'], home);
  expect([code, stderr]).toEqual([0, '']);
  told = stdout;
});
afterAll(endGateways);

describe('what "channel new" writes, far from the source tree,', () => {
  it('compiles under strict and passes its contract with the runner of Node', async () => {
    const report = await tested(folder);
    expect(report).toMatch(/^ok \d+ - accepts: accepted/m);
    expect(report).toMatch(/^ok \d+ - reads every spelling/m);
    expect(report).toMatch(/^# pass 3\d$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });

  it('is loaded by what it tells to write', async () => {
    const config = told.slice(told.indexOf('channels:'), told.indexOf('docs/writing'));
    writeFileSync(join(home, 'posthorn.yaml'), config);
    expect(await program(['config', 'check', '--json'], home)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/"problems":\[\],"warnings":\[\]/),
    });
  });

  it('fails its test once its provider calls an error a success', async () => {
    const bad = join(temporaryFolder(), 'night-pager');
    cpSync(folder, bad, { recursive: true });
    const file = join(bad, 'night-pager.ts');
    const text = readFileSync(file, 'utf8');
    const worse = text
      .replace("typeof id === 'string' && error === undefined ?", 'error !== null ?')
      .replace('Object.hasOwn(outcomes, error)', 'error === ""');
    expect(worse).not.toBe(text);
    writeFileSync(file, worse);
    await expect(run(process.execPath, ['--test'], { cwd: bad, env })).rejects.toMatchObject({
      stdout: expect.stringContaining('✖ refuses-address: refused'),
    });
  });

  it('is not written twice, and a misspelt wish ends with 2', async () => {
    const before = readFileSync(join(folder, 'night-pager.ts'), 'utf8');
    const again = await program(['channel', 'new', 'night-pager'], home);
    expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/is there already.*--dir/) });
    expect(readFileSync(join(folder, 'night-pager.ts'), 'utf8')).toBe(before);
    const elsewhere = await program(['channel', 'new', 'night-pager', '--dir', 'other', '--json'], home);
    expect([elsewhere.code, JSON.parse(elsewhere.stdout)]).toMatchObject([
      0,
      {
        folder: join(realpathSync(home), 'other/night-pager'),
        use: './other/night-pager/night-pager.ts',
        linked: true,
      },
    ]);
  });
});

describe('in the folder of a stranger, with the packages as they are published,', () => {
  const stranger = join(temporaryFolder(), 'night-pager');

  beforeAll(async () => {
    cpSync(folder, stranger, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const modules = join(stranger, 'node_modules');
    for (const name of ['core', 'egress', 'testkit']) await unpack(name, join(modules, '@posthorn', name));
    // What an installation would bring along.
    const installed = [
      ['zod', 'packages/testkit'],
      ['@standard-schema/spec', 'packages/core'],
      ['@types/node', '.'],
      ['vitest', '.'],
    ] as const;
    for (const [name, from] of installed) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      const found = findPackageJSON(name, join(root, from, 'package.json'));
      symlinkSync(realpathSync(dirname(found ?? '')), join(modules, name));
    }
  });

  it('nothing of the source tree is there', () => {
    const here = createRequire(join(stranger, 'night-pager.ts'));
    for (const name of ['@posthorn/core', '@posthorn/testkit'])
      expect(here.resolve(name)).toBe(join(realpathSync(stranger), 'node_modules', name, 'dist/index.js'));
  });

  it('it compiles and passes its contract as well', async () => {
    expect(await tested(stranger)).toMatch(/^# pass 3\d$/m);
  });

  it('also with vitest, once one line says so', async () => {
    const file = join(stranger, 'night-pager.test.ts');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace("from 'node:test'; // or from 'vitest'", "from 'vitest';");
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    const { stdout } = await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], {
      cwd: stranger,
      env,
    });
    expect(stdout).toMatch(/Tests\s+3\d passed/);
  });
});

/** Packs a package of this repository and unpacks it as an installation does. */
async function unpack(name: string, place: string): Promise<void> {
  const parcel = temporaryFolder();
  // Quietly: the compiler has nothing to say where the check has run.
  await run('pnpm', ['pack', '--pack-destination', parcel], { cwd: join(root, 'packages', name), env });
  mkdirSync(place, { recursive: true });
  await run('sh', ['-c', `tar -xzf "$1"/*.tgz -C "$2" --strip-components=1`, 'unpack', parcel, place], { env });
  rmSync(parcel, { recursive: true });
}
