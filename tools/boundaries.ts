import { join } from 'node:path';
import { check } from './boundaries/check.ts';

/** Fails when a file imports what ARCHITECTURE.md says it may not. `node tools/boundaries.ts [root]` */
const root = process.argv[2] ?? join(import.meta.dirname, '..');
const { files, imports, violations } = check(root);

for (const { file, rule } of violations) console.error(`${file}: ${rule}`);
console.log(`boundaries: ${files} files, ${imports} imports, ${violations.length} violations`);
if (files === 0) console.error('boundaries: there was nothing to look at');
process.exitCode = violations.length > 0 || files === 0 ? 1 : 0;
