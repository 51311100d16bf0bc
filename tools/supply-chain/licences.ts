import type { Bill, Component } from './bill.ts';
import type { Problem } from './problem.ts';

/** Licences of what is shipped: each lets anyone use, change and pass on, and asks for no source in return. SPDX ids. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
]);

/** Packages that do not say their licence in a way a program understands; somebody has read it. */
const readByHand: Readonly<Record<string, { readonly licence: string; readonly because: string }>> = {
  '@darabonba/typescript@1.0.5': {
    licence: 'Apache-2.0',
    because: 'its package.json writes it out as "Apache License 2.0"',
  },
  'limiter@1.1.5': { licence: 'MIT', because: 'its LICENSE.txt is the text of MIT; its package.json says nothing' },
};

/** A package and its licence. */
export interface Licensed {
  readonly package: string;
  readonly licence: string;
  /** Where the licence was read by hand. */
  readonly because?: string;
}

/** Every package of a bill with its licence, by name. */
export function licencesIn(bill: Bill): readonly Licensed[] {
  return bill.components
    .map((component) => {
      const name = nameOf(component);
      const { licence, because } = readByHand[name] ?? { licence: licenceOf(component) };
      return { package: name, licence, ...(because !== undefined && { because }) };
    })
    .toSorted((a, b) => (a.package < b.package ? -1 : 1));
}

export function licenceProblems(licences: readonly Licensed[]): readonly Problem[] {
  const problems = licences
    .filter(({ licence }) => !isAllowed(licence))
    .map((each) => ({
      place: each.package,
      fault: `its licence is not one of those that may be shipped: ${each.licence}`,
    }));
  const names = new Set(licences.map((each) => each.package));
  const stale = Object.keys(readByHand)
    .filter((name) => !names.has(name))
    .map((name) => ({ place: name, fault: 'its licence was read by hand, and it is not shipped: remove the entry' }));
  return [...problems, ...stale];
}

function nameOf({ group, name, version }: Component): string {
  return `${group === undefined ? '' : `${group}/`}${name}@${version}`;
}

function licenceOf({ licenses = [] }: Component): string {
  const texts = licenses.map((each) =>
    'expression' in each ? each.expression : (each.license.id ?? each.license.name ?? 'none'),
  );
  return texts.length === 0 ? 'none' : texts.join(' AND ');
}

/** An SPDX expression without nesting: any side of an OR, all sides of an AND. */
function isAllowed(licence: string): boolean {
  const words = licence.replaceAll(/[()]/g, ' ').trim();
  return words.split(/\s+OR\s+/).some((option) => option.split(/\s+AND\s+/).every((id) => allowed.has(id.trim())));
}
