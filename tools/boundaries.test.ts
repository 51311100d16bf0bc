import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { check } from './boundaries/check.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'boundaries-'));
  roots.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const found = (files: Readonly<Record<string, string>>) =>
  check(plant(files)).violations.map(({ file, rule }) => `${file}: ${rule}`);

describe('is refused:', () => {
  test.each<[string, string, string]>([
    ['packages/core/src/a.ts', `import { push } from '@posthorn/channel-push';`, 'core is words'],
    ['packages/core/src/a.ts', `import { Hono } from 'hono';`, 'core is words'],
    ['packages/core/src/a.ts', `import { sql } from 'drizzle-orm';`, 'core is words'],
    ['packages/core/src/a.ts', `import Database from 'better-sqlite3';`, 'core is words'],
    ['packages/core/src/a.ts', `import { z } from 'zod';`, 'core is words'],
    ['packages/core/src/a.ts', `import { readFileSync } from 'node:fs';`, 'core is words'],
    ['packages/core/src/a.ts', `import { readFileSync } from 'fs';`, 'core is words'],
    ['packages/core/src/a.ts', `import { connect } from 'node:net';`, 'core is words'],
    ['packages/core/src/a.ts', `import { request } from 'node:http';`, 'core is words'],
    ['packages/core/src/a.ts', `import type { Hono } from 'hono';`, 'core is words'],
    ['packages/core/src/a.ts', `export type Server = import('node:http').Server;`, 'core is words'],
    ['packages/core/src/a.ts', `export const load = () => import('hono');`, 'core is words'],
    ['packages/core/src/a.ts', 'export const load = () => import(`hono`);', 'core is words'],
    ['packages/core/src/a.ts', `const hono = require('hono');`, 'core is words'],
    ['packages/core/src/a.ts', `import hono = require('hono');`, 'core is words'],
    ['packages/core/src/a.ts', `import 'hono';`, 'core is words'],
    ['packages/core/src/a.ts', `import { runContract } from '@posthorn/testkit';`, 'core is words'],
    ['packages/core/src/index.ts', `export * from 'hono';`, 'core is words'],
    ['packages/core/src/a.test.ts', `import { Hono } from 'hono';`, 'core is words'],
    ['packages/core/src/a.ts', 'export const at = Date.now();', 'Date.now: core reads the time'],
    ['packages/core/src/a.ts', 'export const at = new Date();', 'new Date: core reads the time'],
    ['packages/core/src/clock.ts', 'export const dice = Math.random();', 'Math.random: chance'],
    ['packages/store-sqlite/src/a.ts', `import { Hono } from 'hono';`, 'a store knows'],
    ['packages/store-sqlite/src/a.ts', `import push from '@posthorn/channel-push';`, 'a store knows'],
    ['packages/store-sqlite/src/a.ts', `import { runContract } from '@posthorn/testkit';`, 'a store knows'],
    ['packages/channel-webhook/src/a.ts', `import { request } from 'node:https';`, 'a webhook leaves through'],
    ['packages/channel-webhook/src/a.ts', `import { request } from 'undici';`, 'a webhook leaves through'],
    ['packages/channel-sms/src/a.ts', `import { request } from 'node:https';`, 'what goes out by HTTP'],
    ['packages/channel-chat/src/a.ts', `import { connect } from 'net';`, 'what goes out by HTTP'],
    ['packages/channel-push/src/providers/webpush/a.ts', `import got from 'got';`, 'what goes out by HTTP'],
    ['packages/channel-email/src/a.ts', `await globalThis.fetch('https://a.example');`, 'what goes out by HTTP'],
    ['apps/gateway/src/a.ts', `await fetch('https://a.example');`, 'what goes out by HTTP'],
    ['packages/egress/src/a.ts', `import { Hono } from 'hono';`, 'the way out by HTTP knows'],
    [
      'packages/channel-webhook/src/a.ts',
      `export const out = () => fetch('https://a.example');`,
      'fetch: what goes out by HTTP',
    ],
    ['packages/channel-push/src/a.ts', `import sms from '@posthorn/channel-sms';`, 'a channel knows'],
    ['packages/channel-push/src/a.ts', `import { open } from '@posthorn/store-sqlite';`, 'a channel knows'],
    ['packages/channel-push/src/a.ts', `import { runContract } from '@posthorn/testkit';`, 'a channel knows'],
    ['packages/channel-push/src/a.ts', `import { plan } from '@posthorn/core/src/plan.ts';`, 'one door'],
    ['packages/channel-push/src/a.ts', `import { plan } from '../../core/src/plan.ts';`, 'must not leave'],
    ['packages/channel-push/src/a.ts', `import { plan } from '/opt/plan.ts';`, 'must not leave'],
    ['packages/channel-push/src/a.ts', `import { google } from '../doubles/google.ts';`, 'only for tests'],
    ['packages/channel-push/src/a.ts', `import { google } from './google.test.ts';`, 'only for tests'],
    ['packages/testkit/src/a.ts', `import { open } from '@posthorn/store-sqlite';`, 'the testkit knows'],
    ['packages/testkit/src/a.ts', `import { test } from 'vitest';`, 'the testkit knows'],
    ['packages/mystery/src/a.ts', 'export const a = 1;', 'lies in no house'],
    ['apps/gateway/src/a.ts', `import push from '@posthorn/channel-push';`, 'loads channels by name'],
    ['apps/gateway/src/a.ts', `import type { Content } from '@posthorn/channel-push';`, 'loads channels by name'],
    ['apps/gateway/src/a.ts', `import { runContract } from '@posthorn/testkit';`, 'loads channels by name'],
    ['apps/gateway/src/a.ts', `import { sql } from 'drizzle-orm/sqlite-core';`, 'databases are the stores'],
    ['apps/gateway/src/a.ts', `import Database from 'better-sqlite3';`, 'databases are the stores'],
    ['apps/gateway/src/a.ts', `import { Redis } from 'ioredis';`, 'databases are the stores'],
    ['packages/store-redis/src/a.ts', `import Database from 'better-sqlite3';`, 'knows core and ioredis'],
    ['packages/store-redis/src/a.ts', `import { connect } from 'node:net';`, 'knows core and ioredis'],
    ['packages/store-sqlite/src/a.ts', `import { Redis } from 'ioredis';`, 'a store knows'],
    ['apps/gateway/src/index.ts', `export { a } from './a.ts';`, 'only src/index.ts'],
    ['apps/gateway/e2e/a.test.ts', `import { ok } from '@posthorn/core';`, 'end-to-end tests know'],
    ['apps/gateway/e2e/a.test.ts', `import { compose } from '../src/compose.ts';`, 'must not leave'],
    ['apps/console/src/a.tsx', `import { Page } from '@posthorn/core';`, 'the console knows'],
    ['bench/main.ts', `import push from '@posthorn/channel-push';`, 'the bench knows'],
    ['bench/main.ts', `import { main } from '../apps/gateway/src/main.ts';`, 'must not leave'],
    ['tools/a.ts', `import { runContract } from '@posthorn/testkit';`, 'the testkit is for tests'],
    ['packages/core/src/a.ts', `export { b } from './b.ts';`, 'only src/index.ts'],
    ['packages/core/src/a.ts', `export type * from './b.ts';`, 'only src/index.ts'],
    ['packages/core/src/a.ts', `import { b } from './b.ts';\nexport { b };`, 'only src/index.ts'],
    ['packages/core/src/a.ts', 'import from from from;', 'cannot be parsed'],
  ])('%s with %s', (file, text, rule) => {
    const violations = found({ [file]: text });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(`${file}: `);
    expect(violations[0]).toContain(rule);
  });

  const vendors = {
    'packages/channel-fax/src/index.ts': `export const fax = 'fax';`,
    'packages/channel-fax/src/providers/acme.ts': `export const is = (name: string) => name === 'acme';`,
    'packages/channel-fax/src/providers/zeta/zeta-codes.ts': '',
  };
  test.each([
    ['packages/core/src/a.ts', `export const is = (name: string) => name === 'fax';`, 'fax'],
    ['packages/core/src/a.ts', `export const is = (name: string) => 'acme' != name;`, 'acme'],
    ['packages/store-sqlite/src/a.ts', 'export const is = (name: string) => name !== `zeta`;', 'zeta'],
    ['apps/gateway/src/http/a.ts', `switch (name) { case 'fax': break; default: }`, 'fax'],
  ])('%s with %s, the name of a channel or a vendor', (file, text, name) => {
    expect(found({ ...vendors, [file]: text })).toEqual([expect.stringContaining(`compares something with "${name}"`)]);
  });

  test.each([
    ['packages/core/src/a.test.ts', `if (name === 'fax') run();`],
    ['packages/core/src/a.ts', `export const all = ['fax', 'acme']; if (name === 'faxes' || size === 1) run();`],
    ['packages/channel-fax/src/a.ts', `if (name === 'acme') run();`],
    ['apps/gateway/src/a.ts', `export const packages = { fax: '@posthorn/channel-fax' };`],
  ])('but not %s with %s', (file, text) => {
    expect(found({ ...vendors, [file]: text })).toEqual([]);
  });

  test('a ring of values, once, with its way', () => {
    expect(
      found({
        'packages/core/src/a.ts': `import { b } from './b.ts';`,
        'packages/core/src/b.ts': `import { c } from './c.ts';`,
        'packages/core/src/c.ts': `import { a } from './a.ts';`,
        'packages/core/src/d.ts': `import { c } from './c.ts';`,
      }),
    ).toEqual([expect.stringMatching(/ring: \S+a\.ts -> \S+b\.ts -> \S+c\.ts -> \S+a\.ts$/)]);
  });

  test.each([
    [`import type { B } from './b.ts';`, `import type { A } from './a.ts';`],
    [`import { type B } from './b.ts';`, `export type C = import('./a.ts').A;`],
    [`import { b } from './b.ts';`, `export const load = () => import('./a.ts');`],
  ])('a ring in which types count: %s', (a, b) => {
    expect(found({ 'packages/core/src/a.ts': a, 'packages/core/src/b.ts': b })).toEqual([
      expect.stringContaining('ring'),
    ]);
  });

  test('a ring through the door of a package', () => {
    expect(
      found({
        'packages/core/src/index.ts': `export { a } from './a.ts';`,
        'packages/core/src/a.test.ts': `import { kit } from '@posthorn/testkit';`,
        'packages/core/src/a.ts': `import { kit } from './a.test.ts';`,
        'packages/testkit/src/index.ts': `import { a } from '@posthorn/core';`,
      }),
    ).toEqual([expect.stringContaining('only for tests'), expect.stringContaining('ring')]);
  });
});

test('what the drawing allows is allowed', () => {
  expect(
    found({
      'packages/core/src/index.ts': `export { a } from './a.ts';`,
      'packages/core/src/a.ts': `import { randomFillSync } from 'node:crypto'; import type { S } from '@standard-schema/spec';
        // import 'hono'; Date.now()
        const text = "import 'hono'";
        export const a = new Date(0);`,
      'packages/core/src/clock.ts': 'export const now = () => Date.now();',
      'packages/core/src/a.test.ts': `import { test } from 'vitest'; import { manualClock } from '@posthorn/testkit'; Math.random();`,
      'packages/egress/src/egress.ts': `import { request } from 'node:http'; import '@posthorn/core';`,
      'packages/channel-push/src/providers/apns/line.ts': `import { connect } from 'node:http2';`,
      'apps/gateway/src/http/server.ts': `import { createServer } from 'node:http';`,
      'packages/testkit/src/index.ts': `export { a } from '@posthorn/core'; import '@posthorn/egress'; import assert from 'node:assert/strict';`,
      'packages/store-sqlite/src/index.ts': `import 'drizzle-orm/better-sqlite3'; import 'better-sqlite3'; import '@posthorn/core'; import 'node:fs';`,
      'packages/channel-push/src/index.ts': `import '@posthorn/core'; import 'firebase-admin/app'; import './providers/fcm.ts';`,
      'packages/channel-push/src/index.test.ts': `import '../doubles/google.ts'; import '@posthorn/testkit';`,
      'packages/channel-push/doubles/google.ts': `import '@posthorn/testkit'; import '../src/index.ts';`,
      'packages/channel-push/node_modules/x/a.ts': `import '@posthorn/channel-sms';`,
      'packages/channel-push/dist/a.ts': `import '@posthorn/channel-sms';`,
      'apps/gateway/src/main.ts': `import 'hono'; import '@posthorn/core'; import '@posthorn/store-sqlite';
        export const load = (name: string) => import(name); export const push = () => import('@posthorn/channel-push');`,
      'apps/gateway/src/main.test.ts': `import '@posthorn/testkit';`,
      'apps/gateway/e2e/send.test.ts': `import '@posthorn/testkit'; import './program.ts'; import 'vitest';`,
      'bench/main.ts': `import '@posthorn/testkit'; import './load.ts';`,
      'bench/figures/outbox.ts': `import '@posthorn/store-sqlite'; import { idMint } from '@posthorn/core';`,
    }),
  ).toEqual([]);
});

describe('as a program', () => {
  const run = (root: string) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('boundaries.ts', import.meta.url)), root], { encoding: 'utf8' });

  test('says how much it looked at', () => {
    const { status, stdout } = run(plant({ 'bench/a.ts': `import 'node:fs';`, 'bench/b.ts': '' }));
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'boundaries: 2 files, 1 imports, 0 violations\n' });
  });

  test('fails on a violation and names it', () => {
    const { status, stderr } = run(plant({ 'bench/a.ts': `import '@posthorn/channel-push';` }));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bench\/a\.ts: @posthorn\/channel-push: the bench knows/);
  });

  test('fails when there is nothing to look at', () => {
    const { status, stderr } = run(plant({ 'README.md': 'nothing' }));
    expect(status).toBe(1);
    expect(stderr).toContain('nothing to look at');
  });
});
