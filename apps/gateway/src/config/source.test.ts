import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { overlookedFile, readSource } from './source.ts';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-source-'));
  for (const name of ['usual', 'empty', 'other', 'folder/posthorn.yaml']) await mkdir(at(name), { recursive: true });
  await writeFile(at('usual', 'posthorn.yaml'), 'usual');
  await writeFile(at('other', 'posthorn.yml'), 'other');
  await writeFile(at('named.yaml'), 'named');
  await writeFile(at('large.yaml'), '#'.repeat(1024 * 1024 + 1));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['the option wins', '../named.yaml', '../large.yaml', 'usual', 'named'],
  ['then the variable', null, '../named.yaml', 'usual', 'named'],
  ['then the usual name', null, undefined, 'usual', 'usual'],
  ['an empty variable is none', null, '', 'usual', 'usual'],
  ['then nothing', null, undefined, 'empty', ''],
])('%s', async (_name, option, variable, cwd, text) => {
  const source = await readSource(option, { POSTHORN_CONFIG: variable }, at(cwd));
  expect(source.ok && source.value.text).toBe(text);
});

test('the folder is that of the file, and without a file the working directory', async () => {
  const named = await readSource('../named.yaml', {}, at('usual'));
  expect(named).toMatchObject({ ok: true, value: { file: at('named.yaml'), folder } });
  const none = await readSource(null, {}, at('empty'));
  expect(none).toEqual({ ok: true, value: { file: null, folder: at('empty'), text: '' } });
});

test.each([
  ['nobody.yaml', undefined, 'usual', 'does not exist'],
  [null, 'nobody.yaml', 'usual', 'which POSTHORN_CONFIG names, does not exist'],
  ['../large.yaml', undefined, 'usual', 'is larger than 1024 KiB'],
  [null, undefined, 'folder', 'is a folder, not a file'],
])('a file that is named and cannot be read is a problem: %s %s', async (option, variable, cwd, detail) => {
  const source = await readSource(option, { POSTHORN_CONFIG: variable }, at(cwd));
  expect(source).toMatchObject({ ok: false, failure: { path: '', detail: expect.stringContaining(detail) } });
});

test('posthorn.yml is noticed when nothing else is there', async () => {
  const source = await readSource(null, {}, at('other'));
  if (!source.ok) throw new Error('refused');
  expect(await overlookedFile(source.value)).toBe(at('other', 'posthorn.yml'));
  expect(await overlookedFile({ ...source.value, file: at('x.yaml') })).toBeNull();
});
