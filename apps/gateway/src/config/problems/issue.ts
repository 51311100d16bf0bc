import { nestedKeys } from './known-keys.ts';
import type { Finding, Path } from './problem.ts';
import { suggestion } from './suggestion.ts';

/** The part of a zod issue that is read here. */
export interface Issue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
  /** What an invalid key of a record came to. */
  readonly issues?: readonly Issue[];
  /** What each branch of a union came to. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** Says zod's issues in our words; `jsonSchema` of the same schema knows which keys a misspelt one could have been. */
export function findingsOf(issues: readonly Issue[], jsonSchema: unknown, prefix: Path = []): readonly Finding[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
    if (issue.keys) return issue.keys.map((key) => unknownKey([...path, key], nestedKeys(jsonSchema, path)));
    if (issue.issues?.[0]) return [{ path, detail: plain(issue.issues[0].message) }];
    const branch = issue.errors?.find((errors) => !errors.some(isOfAnotherShape));
    if (branch) return findingsOf(branch, jsonSchema, path);
    return [{ path, detail: plain(issue.message) }];
  });
}

export function unknownKey(path: Path, known: readonly string[]): Finding {
  const key = String(path.at(-1));
  return { path, detail: `there is no "${key}" here${suggestion(key, known)}` };
}

/** What schema libraries say by default, in the words of someone who edits a file. */
export function plain(message: string): string {
  const [, expected, received] = /^Invalid input: expected (\S+), received (\S+)$/.exec(message) ?? [];
  if (expected !== undefined) return mismatch(expected, received ?? '');
  const [, options] = /^Invalid option: expected one of (.+)$/.exec(message) ?? [];
  if (options !== undefined) return `must be one of ${options.replaceAll('"', '').replaceAll('|', ', ')}`;
  return message;
}

/** A branch of a union that the value was never meant for says so about the value as a whole. */
function isOfAnotherShape(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function mismatch(expected: string, received: string): string {
  const noun = nouns[expected] ?? expected;
  if (received === 'undefined') return `is missing: it must be ${noun}`;
  const quote = expected === 'string' && (received === 'number' || received === 'boolean') ? ': put it in quotes' : '';
  return `must be ${noun}, not ${nouns[received] ?? received}${quote}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of settings',
  record: 'a block of settings',
  null: 'empty',
  NaN: 'not a number',
};
