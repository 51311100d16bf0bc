import { globSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { cyclesOf } from './cycles.ts';
import {
  backDoor,
  connections,
  forbiddenCalls,
  type House,
  houses,
  nameless,
  namesSomething,
  reexportingFiles,
  testFiles,
} from './rules.ts';
import { type Import, readSource, type Source } from './source.ts';

interface Violation {
  readonly file: string;
  readonly rule: string;
}

interface Report {
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly Violation[];
}

const sources = '{packages,apps,bench,tools}/**/*.{ts,tsx,mts,cts}';
const notOurs = new Set(['node_modules', 'dist']);

/** Holds every source file below `root` against the rules. */
export function check(root: string): Report {
  const files = globSync(sources, { cwd: root, exclude: (path) => notOurs.has(path.split(sep).at(-1) ?? '') })
    .map((file) => file.replaceAll(sep, '/'))
    .sort();
  const known = new Set(files);
  const names = new Set(files.flatMap((file) => namesSomething.flatMap((path) => path.exec(file)?.[1] ?? [])));
  const graph = new Map<string, Set<string>>();
  const violations: Violation[] = [];
  let imports = 0;
  for (const file of files) {
    const source = readSource(file, readFileSync(join(root, file), 'utf8'));
    imports += source.imports.length;
    for (const rule of new Set([...faultsOf(file, source), ...nameFaults(file, source, names)]))
      violations.push({ file, rule });
    const targets = source.imports.map(({ specifier }) => targetOf(file, specifier)).filter((path) => known.has(path));
    graph.set(file, new Set(targets));
  }
  for (const cycle of cyclesOf(graph))
    violations.push({ file: cycle[0] ?? '', rule: `imports itself in a ring: ${cycle.join(' -> ')}` });
  return { files: files.length, imports, violations };
}

function* faultsOf(file: string, source: Source): Generator<string> {
  if (source.fault !== null) yield `cannot be parsed: ${source.fault}`;
  if (source.reexports && !reexportingFiles.test(file)) yield 'only src/index.ts of a package re-exports';
  for (const { in: place, call, because } of forbiddenCalls)
    if (place.test(file) && source.calls.has(call)) yield `${call}: ${because}`;
  const isBound = connections.in.test(file) && !connections.may.some((exempt) => exempt.test(file));
  if (isBound) yield* connections.calls.filter((call) => source.calls.has(call)).map(connectionFault);
  const house = houses.find(({ at }) => at.test(file));
  if (house === undefined) {
    yield 'lies in no house: tools/boundaries/rules.ts must say what it may import';
    return;
  }
  for (const found of source.imports) {
    const fault = isPath(found.specifier) ? pathFault(file, found, house) : packageFault(file, found, house);
    if (fault !== null) yield `${found.specifier}: ${fault}`;
    else if (isBound && connections.modules.test(found.specifier)) yield connectionFault(found.specifier);
  }
}

function connectionFault(by: string): string {
  return `${by}: ${connections.because}`;
}

function nameFaults(file: string, { compared }: Source, names: ReadonlySet<string>): readonly string[] {
  if (!nameless.test(file)) return [];
  return [...compared]
    .filter((text) => names.has(text))
    .map((text) => `compares something with "${text}", the name of a channel or a vendor: what differs is data`);
}

function isPath(specifier: string): boolean {
  return /^(\.|\/|file:)/.test(specifier);
}

function pathFault(file: string, { specifier }: Import, { at }: House): string | null {
  const target = targetOf(file, specifier);
  // The first house decides, as for the file itself: a house within a house is not its neighbour's.
  const door = houses.find((house) => house.at.test(target))?.at.exec(target)?.[0];
  if (door !== at.exec(file)?.[0]) return 'a relative import must not leave its package';
  if (testFiles.test(target) && !testFiles.test(file)) return 'what is only for tests is imported by tests only';
  return null;
}

function packageFault(
  file: string,
  { specifier, dynamic }: Import,
  { may, testsMay, mayLoad, because }: House,
): string | null {
  if (backDoor.test(specifier)) return 'a package is entered through its one door';
  const allowed =
    may.test(specifier) ||
    (testFiles.test(file) && testsMay.test(specifier)) ||
    (dynamic && mayLoad?.test(specifier) === true);
  return allowed ? null : because;
}

/** The file that an import means, as a path from the root; a package of ours is its door. */
function targetOf(file: string, specifier: string): string {
  const own = /^@posthorn\/([^/]+)$/.exec(specifier)?.[1];
  if (own !== undefined) return `packages/${own}/src/index.ts`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
}
