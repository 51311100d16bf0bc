import type { Problem } from './problem.ts';

const resolution = /^ {4}resolution: (.*)$/;
const byHash = /^\{integrity: sha512-[A-Za-z0-9+/]+={0,2}\}$/;
const packageKey = /^ {2}\S.*:$/;

/**
 * Every package of a pnpm lockfile is found by its name and held by its hash, so that it is the same from whatever registry;
 * none comes from an address of its own.
 */
export function lockfileProblems(place: string, text: string): readonly Problem[] {
  const problems: Problem[] = [];
  let name = '';
  let resolved = 0;
  for (const line of text.split('\n')) {
    if (packageKey.test(line)) name = line.trim().slice(0, -1);
    if (/[a-z+]:\/\//i.test(line)) problems.push({ place, fault: `${name}: an address stands there: ${line.trim()}` });
    const [, how] = resolution.exec(line) ?? [];
    if (how === undefined) continue;
    resolved++;
    if (!byHash.test(how)) problems.push({ place, fault: `${name}: it is held by no SHA-512 alone: ${how}` });
  }
  if (resolved === 0) problems.push({ place, fault: 'no package was found in it' });
  return problems;
}
