import type { Problem } from './problem.ts';

/** As much of a package.json as says what it depends on. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
const exact = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const ours = /^workspace:\^$/;

/** The package URL of a version, as bills name packages (purl-spec, type npm). */
export function packageUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** Every version is exact: no range, tag, URL, Git reference or alias. */
export function manifestProblems(place: string, manifest: Manifest): readonly Problem[] {
  return kinds.flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, version]) => !exact.test(version) && !ours.test(version))
      .map(([name, version]) => ({ place, fault: `${kind}: ${name} is "${version}": write an exact version` })),
  );
}
