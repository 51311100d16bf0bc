import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { OwnPackage } from './bill.ts';
import type { AllowBuilds } from './install-scripts.ts';
import { type Manifest, packageUrl } from './manifests.ts';

/** The packages of ours, and what they may do. */
export interface Workspace {
  /** By file, the root's first. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly allowBuilds: AllowBuilds;
}

export function readWorkspace(root: string): Workspace {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const { packages, allowBuilds } = parse(read('pnpm-workspace.yaml')) as {
    readonly packages: readonly string[];
    readonly allowBuilds: AllowBuilds;
  };
  const files = [
    'package.json',
    ...globSync(
      packages.map((each) => `${each}/package.json`),
      { cwd: root },
    ).sort(),
  ];
  return { manifests: new Map(files.map((file) => [file, JSON.parse(read(file)) as Manifest])), allowBuilds };
}

/** What each of them needs when it runs. The root brings Node itself, and the program. */
export function ownPackages({ manifests }: Workspace, program: string): readonly OwnPackage[] {
  const versions = new Map([...manifests.values()].map(({ name, version }) => [name, version]));
  return [...manifests].map(([file, { name, version, dependencies, optionalDependencies }]) => {
    const needed = Object.entries({ ...dependencies, ...optionalDependencies });
    if (file === 'package.json') needed.push([program, 'workspace:^']);
    const dependsOn = needed.map(([other, exact]) => packageUrl(other, versions.get(other) ?? exact));
    return { ref: packageUrl(name, version), dependsOn };
  });
}
