import fc from 'fast-check';

type Path = readonly (string | number)[];

/** Values that break parsers, stores and those who trust a type. */
const hostile: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 0.1, 1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 31, 1e21],
  ...['', ' ', '\0', 'a\0b', '\ud800', '\udc00x', '\u202e', '\ufeff', 'e\u0301'.repeat(200), '\u200d'.repeat(500)],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'NaN',
    'Infinity',
    '1e400',
    '-0',
    '0x10',
    'true',
    '[object Object]',
  ],
  ...[
    '../../etc/passwd',
    'file:///etc/passwd',
    'http://169.254.169.254/',
    'javascript:alert(1)',
    '%00',
    '%s%n',
    '#{7*7}',
  ],
  ...[
    '{{constructor.constructor("return process")()}}',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    'a\r\nBcc: v@evil.example',
  ],
  ...['x'.repeat(256), 'x'.repeat(5_000), 'x'.repeat(100_001), '😀'.repeat(500), '9'.repeat(400)],
  ...[[], {}, [[]], [null], [[[[[[[[]]]]]]]], { a: 1 }, { toString: 1 }, { length: -1 }, { toJSON: 'x' }],
  ...[Array.from({ length: 101 }, () => 'x'), Array.from({ length: 1_001 }, () => ({}))],
  ...['2026-13-45T99:99:99Z', '+275760-09-13T00:00:00.001Z', '-1d', 'P1Y', '99999999999999999999h', '0s'],
];

const oddNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'id',
  'status',
  'idempotencyKey',
];

interface Mutation {
  /** Which place of the document, counted over all of them. */
  readonly place: number;
  readonly how: 'replace' | 'remove' | 'add' | 'nest' | 'repeat' | 'wrap';
  readonly value: unknown;
  readonly name: string;
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'nest', 'repeat', 'wrap'),
  value: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...hostile) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  ),
  name: fc.oneof(fc.constantFrom(...oddNames), fc.string({ maxLength: 10 })),
});

/** A copy of a document with one thing wrong. */
export function mutated(document: unknown, { place, how, value, name }: Mutation): unknown {
  const places = placesIn(document, []);
  const path = places[place % places.length] ?? [];
  return changed(document, path, (old) => {
    switch (how) {
      case 'replace':
        return value;
      case 'remove':
        return undefined;
      case 'add':
        return isObject(old) ? withMember(old, name, value) : value;
      case 'nest':
        return Array.from({ length: 40 }).reduce((inner) => ({ a: inner }), old);
      case 'repeat':
        return Array.isArray(old) ? Array.from({ length: 120 }, () => old[0] ?? null) : [old, old];
      default:
        return [old];
    }
  });
}

function placesIn(value: unknown, path: Path): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function changed(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((inner, place) => (String(place) === first ? changed(inner, rest, change) : inner));
  const members = Object.entries(value as object).map(([key, inner]) => [
    key,
    key === first ? changed(inner, rest, change) : inner,
  ]);
  return Object.fromEntries(members);
}

/** `__proto__` as well becomes a member like any other. */
function withMember(value: object, name: string, member: unknown): object {
  return Object.fromEntries([...Object.entries(value), [name, member]]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const hostileTexts: readonly string[] = hostile.filter((value) => typeof value === 'string');
