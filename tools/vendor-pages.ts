import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readChannels } from './vendor-pages/channels.ts';
import { pagesOf } from './vendor-pages/pages.ts';

/** Writes docs/vendors/, a page for each provider of the built-in channels. `node tools/vendor-pages.ts` */
const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/vendors');
const pages = await pagesOf(await readChannels(root));
mkdirSync(folder, { recursive: true });
for (const [name, text] of pages) writeFileSync(join(folder, name), text);
console.log(`vendor pages: ${pages.size} written`);
