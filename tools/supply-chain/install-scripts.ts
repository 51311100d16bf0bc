import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Problem } from './problem.ts';

/** Whether each package may run its scripts when it is installed: `allowBuilds` of pnpm-workspace.yaml. */
export type AllowBuilds = Readonly<Record<string, boolean>>;

interface Installed {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

const scripts = ['preinstall', 'install', 'postinstall'];

/** Packages in `node_modules` that would run something when they are installed. */
export function packagesWithScripts(root: string): readonly string[] {
  const found = new Set<string>();
  const manifests = 'node_modules/.pnpm/*/node_modules/{*,@*/*}/package.json';
  for (const file of globSync(manifests, { cwd: root })) {
    const { name, scripts: own = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Installed;
    // npm's rule, which pnpm keeps: what can be compiled and says nothing else is compiled.
    const compiled = existsSync(join(root, dirname(file), 'binding.gyp'));
    if (name !== undefined && (compiled || scripts.some((script) => own[script] !== undefined))) found.add(name);
  }
  return [...found].sort();
}

/** Somebody has looked at each of them and decided. */
export function scriptProblems(place: string, names: readonly string[], allowed: AllowBuilds): readonly Problem[] {
  return names
    .filter((name) => !Object.hasOwn(allowed, name))
    .map((name) => ({
      place,
      fault: `${name} has a script for its installation: say under allowBuilds whether it may`,
    }));
}
