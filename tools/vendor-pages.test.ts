import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Channel } from '@posthorn/core';
import { describe, expect, test } from 'vitest';
import { readChannels } from './vendor-pages/channels.ts';
import { pagesOf } from './vendor-pages/pages.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/vendors');
const channels = await readChannels(root);

test('docs/vendors/ is what the tables say: `pnpm vendor-pages` writes it anew', async () => {
  const pages = await pagesOf(channels);
  expect(readdirSync(folder).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [name, text] of pages) expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text);
});

describe('each page', () => {
  test('names every setting, marks every secret, and has every code once in its table', async () => {
    const pages = await pagesOf(channels);
    for (const kind of channels.flatMap(({ providers }) => providers)) {
      const page = pages.get(`${kind.name}.md`) ?? '';
      const schema = kind.settings['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
      const names = Object.keys(schema['properties'] as object);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
        expect(row, `${kind.name}: ${name}`).toBeDefined();
        expect(row?.includes('· secret'), `${kind.name}: ${name}`).toBe(kind.secrets.includes(name));
        expect(row?.split(' | ').at(-1), `${kind.name}: ${name} has no description`).not.toMatch(/^\s*\|?$/);
      }
      for (const line of page.split('\n## What its answers mean')[0]?.split('\n') ?? [])
        if (line.startsWith('| `')) expect(line, `${kind.name}: no description`).not.toMatch(/\|\s*\|$/);
      const reference = await kind.reference?.();
      for (const { rows } of [...(reference?.answers ?? []), ...(reference?.receipts ?? [])]) {
        expect(rows.length).toBeGreaterThan(0);
        expect(new Set(rows.map(({ code }) => code)).size, kind.name).toBe(rows.length);
        for (const { means } of rows) expect(page).toContain(means.replaceAll('|', '\\|'));
      }
    }
  });

  test('has the settings of each choice where a block is one of several', async () => {
    const page = (await pagesOf(channels)).get('smtp.md');
    expect(page).toContain('| `events.use` | must be given | `ses`, `sendgrid`, `dsn` |');
    for (const name of ['topicArn', 'configurationSet', 'publicKey']) expect(page).toContain(`| \`events.${name}\` |`);
  });

  test('says of receipts that end nothing, of objections, and of marks where one word is not enough', async () => {
    const pages = await pagesOf(channels);
    expect(pages.get('aliyun.md')).toMatch(/`REQUEST_SUCCESS` \|[^|]+\| nothing \| nothing: it stays as it is \|/);
    expect(pages.get('smtp.md')).toMatch(/`spamreport` \|[^|]+\| objection · complaint \|.*gets nothing more \|/);
    expect(pages.get('webpush.md')).toMatch(/HTTP 410 \|.*; a mark against the address \|/);
    expect(pages.get('webpush.md')).not.toContain('is dead');
  });

  test('a provider without a reference is named', async () => {
    const [first] = channels as readonly [Channel];
    const { reference: _, ...bare } = first.providers[0] as NonNullable<(typeof first.providers)[0]>;
    await expect(pagesOf([{ ...first, providers: [bare] }])).rejects.toThrow(`${first.name}/${bare.name}`);
  });
});
