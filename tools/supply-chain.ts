import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesWithScripts, scriptProblems } from './supply-chain/install-scripts.ts';
import { lockfileProblems } from './supply-chain/lockfile.ts';
import { manifestProblems } from './supply-chain/manifests.ts';
import { readWorkspace } from './supply-chain/workspace.ts';

/** Fails when a version is not exact, a package has an address of its own, or one could run something unseen at its installation. */
const root = join(import.meta.dirname, '..');
const { manifests, allowBuilds } = readWorkspace(root);
const scripted = packagesWithScripts(root);
const problems = [
  ...[...manifests].flatMap(([file, manifest]) => manifestProblems(file, manifest)),
  ...lockfileProblems('pnpm-lock.yaml', readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')),
  ...scriptProblems('pnpm-workspace.yaml', scripted, allowBuilds),
];

for (const { place, fault } of problems) console.error(`${place}: ${fault}`);
const counts = `${manifests.size} packages of ours, ${scripted.length} with scripts`;
console.log(`supply chain: ${counts}, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
