import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding, Report } from './problems/problem.ts';
import { resolveReferences } from './references.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-references-'));
  await writeFile(join(folder, 'key'), 'hunter2\n\n');
  await writeFile(join(folder, 'windows'), '\uFEFFhunter2\r\n');
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
  await writeFile(join(folder, 'large'), 'x'.repeat(300 * 1024));
});
afterAll(() => rm(folder, { recursive: true }));

async function resolved(tree: unknown, env: Record<string, string> = {}) {
  const problems: Finding[] = [];
  const report: Report = {
    problem: (path, detail) => void problems.push({ path, detail }),
    warning: () => expect.unreachable(),
  };
  return { ...(await resolveReferences(tree, env, folder, report)), problems };
}

test('references are replaced wherever they stand, and their places are known', async () => {
  const { tree, references, problems } = await resolved(
    { a: { env: 'A' }, b: [1, { c: { file: './key' } }], d: { file: join(folder, 'windows') } },
    { A: ' spaces count\n' },
  );
  expect(tree).toEqual({ a: ' spaces count\n', b: [1, { c: 'hunter2\n' }], d: 'hunter2' });
  expect(references.map((reference) => reference.path)).toEqual([['a'], ['b', 1, 'c'], ['d']]);
  expect(problems).toEqual([]);
});

test.each([
  [{ env: 'A', default: 'x' }],
  [{ env: 1 }],
  [{ file: { use: 'sandbox' } }],
  [{ secret: 'A' }],
  [{}],
  [null],
])('this is no reference: %j', async (value) => {
  const { tree, references } = await resolved({ value });
  expect(tree).toEqual({ value });
  expect(references).toEqual([]);
});

test.each([
  [{ env: 'NOBODY' }, 'the environment variable NOBODY is not set'],
  [{ env: 'EMPTY' }, 'the environment variable EMPTY is empty'],
  [{ env: 'toString' }, 'the environment variable toString is not set'],
  [{ file: 'nobody' }, 'does not exist'],
  [{ file: 'key/nobody' }, 'does not exist'],
  [{ file: '.' }, 'is a folder, not a file'],
  [{ file: 'empty' }, 'is empty'],
  [{ file: 'binary' }, 'is not UTF-8 text'],
  [{ file: 'large' }, 'is larger than 256 KiB'],
  [{ file: 'a\0b' }, 'cannot be read'],
])('%j is a problem with its path', async (reference, detail) => {
  const { problems, references } = await resolved({ a: { b: reference } }, { EMPTY: '' });
  expect(problems).toEqual([{ path: ['a', 'b'], detail: expect.stringContaining(detail) }]);
  expect(references).toEqual([{ path: ['a', 'b'], value: '' }]);
});
