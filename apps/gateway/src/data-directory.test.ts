import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (...names: readonly string[]) => statSync(join(folder, ...names)).mode & 0o777;

describe('openDataDirectory', () => {
  it('makes the folder and both keys, for their owner alone', () => {
    const path = join(folder, 'deep', 'down');
    const { key, adminKey } = openDataDirectory(path, null);
    expect(key).toHaveLength(32);
    expect(adminKey).toEqual({
      value: expect.stringMatching(/^phk_admin_[\w-]{43}$/),
      file: join(path, 'admin.key'),
      fresh: true,
    });
    expect(readFileSync(join(path, 'admin.key'), 'utf8')).toBe(`${adminKey.value}\n`);
    expect(modeOf('deep')).toBe(0o700);
    expect(modeOf('deep', 'down')).toBe(0o700);
    expect(modeOf('deep', 'down', 'admin.key')).toBe(0o600);
    expect(modeOf('deep', 'down', 'posthorn.key')).toBe(0o600);
  });

  it('finds both again', () => {
    const first = openDataDirectory(folder, null);
    const second = openDataDirectory(folder, null);
    expect(second.key).toEqual(first.key);
    expect(second.adminKey).toEqual({ ...first.adminKey, fresh: false });
  });

  it('writes a given admin key nowhere', () => {
    const { adminKey } = openDataDirectory(folder, 'k'.repeat(40));
    expect(adminKey).toEqual({ value: 'k'.repeat(40), file: null, fresh: false });
    expect(() => statSync(join(folder, 'admin.key'))).toThrow('ENOENT');
  });

  it('closes a folder that is open to others', () => {
    chmodSync(folder, 0o755);
    openDataDirectory(folder, null);
    expect(modeOf()).toBe(0o700);
  });

  it.each(['admin.key', 'posthorn.key'])('refuses a %s that others can read', (name) => {
    openDataDirectory(folder, null);
    chmodSync(join(folder, name), 0o640);
    expect(() => openDataDirectory(folder, null)).toThrow(`chmod 600 ${join(folder, name)}`);
  });

  it.each([
    ['posthorn.key', ''],
    ['posthorn.key', 'c2hvcnQ='],
    ['admin.key', ''],
    ['admin.key', 'changeme'],
  ])('refuses a %s that says "%s", and leaves it', (name, text) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    expect(() => openDataDirectory(folder, null)).toThrow(join(folder, name));
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  it.each(['/proc/posthorn/data', '/dev/null/data'])('says that %s cannot be used', (path) => {
    expect(() => openDataDirectory(path, null)).toThrow(`the data directory ${path} cannot be used`);
  });

  it('says that a file is no folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openDataDirectory(join(folder, 'file'), null)).toThrow('it is not a folder');
  });
});
