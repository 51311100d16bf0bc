import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from '@posthorn/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadChannel } from '../load-channel.ts';
import { scaffoldChannel } from './scaffold.ts';

const root = mkdtempSync(join(tmpdir(), 'posthorn-scaffold-'));
afterAll(() => rmSync(root, { recursive: true }));

const make = (name: string, dir = root) => scaffoldChannel({ name, dir, version: '0.1.0' });

describe('a new channel', () => {
  it.each([
    ['telegram', 'telegram'],
    ['night-pager', 'nightPager'],
    ['x-2-', 'x2'],
    ['recipient', 'recipientAddress'],
    ['region', 'regionAddress'],
    ['phone', 'phoneAddress'],
  ])('called %s is loaded as it is, with nothing installed, and addressed as %s', async (name, addressKey) => {
    const made = make(name, join(root, 'plugins'));
    expect(made).toMatchObject({
      ok: true,
      value: { files: [`${name}.ts`, `${name}.test.ts`, 'package.json', 'tsconfig.json'], linked: true },
    });
    rmSync(join(root, 'plugins', name, 'node_modules'), { recursive: true });
    const loaded = await loadChannel({ name, use: `./plugins/${name}/${name}.ts`, folder: root });
    expect(loaded).toMatchObject({ ok: true, value: { name, addressKey } });
    const settings = loaded.ok ? loaded.value.providers[0]?.settings : undefined;
    expect(settings && validate(settings, { token: 't' }).ok).toBe(true);
  });
});

describe('refuses', () => {
  it.each([
    ['Telegram', /as in "telegram"$/],
    ['my pager', /as in "my-pager"$/],
    ['../evil', /as in "evil"$/],
    ['1pager', /as in "pager"$/],
    ['', /is not the name of a channel.*a letter first$/],
    ['a'.repeat(33), /at most 32/],
    ['SMS', /a letter first$/],
    ['sms', /there is a channel "sms" already/],
    ['content', /a request has a field "content" already/],
    ['to', /a request has a field "to" already/],
  ])('the name %j, with a cure', (name, reason) => {
    const before = readdirSync(root);
    expect(make(name)).toEqual({ ok: false, failure: expect.stringMatching(reason) });
    expect(readdirSync(root)).toEqual(before);
  });

  it.each<[string, (place: string) => void]>([
    ['a folder', (place) => mkdirSync(place)],
    ['a file', (place) => writeFileSync(place, 'mine')],
    ['a link to nowhere', (place) => symlinkSync('/nowhere/at/all', place)],
  ])('to write over %s', (what, put) => {
    const dir = mkdtempSync(join(root, 'taken-'));
    put(join(dir, 'fax'));
    expect(make('fax', dir)).toEqual({ ok: false, failure: expect.stringMatching(/is there already.*--dir/) });
    expect(readdirSync(dir)).toEqual(['fax']);
    if (what === 'a file') expect(readFileSync(join(dir, 'fax'), 'utf8')).toBe('mine');
  });

  it('a place where nothing can be made', () => {
    writeFileSync(join(root, 'a-file'), '');
    expect(() => make('fax', join(root, 'a-file'))).toThrow(/cannot be made.*--dir/);
  });
});
