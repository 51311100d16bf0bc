import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadChannel } from '../plugins/load-channel.ts';
import { loadConfig } from './load.ts';
import { configText } from './show.ts';

const text = 'hunter2'.repeat(5);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-encryption-'));
});
beforeEach(() => writeFile(join(folder, 'k1.key'), `${text}\n`));
afterAll(() => rm(folder, { recursive: true }));

async function load(keys: string, env: Record<string, string> = {}) {
  await writeFile(join(folder, 'posthorn.yaml'), `encryption:\n  keys:\n    - ${keys}\n`);
  return loadConfig({ file: null, env, cwd: folder, loadChannel });
}

test.each([0o600, 0o640, 0o440])('a key comes out of a file of mode %o', async (mode) => {
  await chmod(join(folder, 'k1.key'), mode);
  const loaded = await load('{ id: k1, secret: { file: k1.key } }');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const { config, warnings } = loaded.value;
  expect(config.encryption.map(({ id, secret }) => [id, secret.reveal()])).toEqual([['k1', text]]);
  expect(warnings.map(({ path }) => path)).not.toContain('encryption.keys[0].secret');
  for (const format of ['yaml', 'json'] as const) expect(configText(config, format)).not.toContain('hunter2');
});

test.each([0o604, 0o644, 0o444])('a file that everybody can read is refused: %o', async (mode) => {
  await chmod(join(folder, 'k1.key'), mode);
  const loaded = await load('{ id: k1, secret: { file: k1.key } }');
  expect(loaded.ok).toBe(false);
  if (loaded.ok) return;
  expect(loaded.failure).toEqual([
    {
      path: 'encryption.keys[0].secret',
      line: 3,
      column: 17,
      detail: `the file ${join(folder, 'k1.key')} can be read by everybody: run chmod o-rwx ${join(folder, 'k1.key')}, or mount it with mode 0440`,
    },
  ]);
});

test('a key comes out of a variable, and one that stands in the file is warned of', async () => {
  const loaded = await load(`{ id: k1, secret: { env: K1 } }\n    - { id: k0, secret: ${text} }`, { K1: text });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  expect(loaded.value.config.encryption.map(({ id }) => id)).toEqual(['k1', 'k0']);
  expect(loaded.value.warnings).toContainEqual(
    expect.objectContaining({
      path: 'encryption.keys[1].secret',
      detail: expect.stringContaining('stands in the file'),
    }),
  );
});
