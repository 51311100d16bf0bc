import { resolve } from 'node:path';
import { fail, ok, type Result } from '@posthorn/core';
import type { Path, Report } from './problems/problem.ts';
import type { Variables } from './source.ts';
import { readTextFile } from './values/text-file.ts';

/** A value that the file did not hold itself. */
export interface Referenced {
  readonly path: Path;
  readonly value: string;
  /** The file that holds it; left out for a variable, and for what could not be read. */
  readonly file?: string;
}

export interface ResolvedTree {
  /** The tree with every reference replaced by its text; one that could not be read is an empty text and a problem. */
  readonly tree: unknown;
  readonly references: readonly Referenced[];
}

/** A private key with its chain has some kilobytes. */
const maxBytes = 256 * 1024;

/**
 * Replaces `{env: NAME}` and `{file: path}` by what they name. An object is a reference when this is its only key and
 * the value a text; files are relative to `folder`, and one line break at their end is not part of the value.
 */
export async function resolveReferences(
  tree: unknown,
  env: Variables,
  folder: string,
  report: Report,
): Promise<ResolvedTree> {
  const references: Referenced[] = [];
  const visit = async (node: unknown, path: Path): Promise<unknown> => {
    if (Array.isArray(node)) {
      const items: unknown[] = [];
      for (const [index, item] of node.entries()) items.push(await visit(item, [...path, index]));
      return items;
    }
    if (typeof node !== 'object' || node === null) return node;
    const named = referenceOf(node);
    if (named === null) {
      const entries: [string, unknown][] = [];
      for (const [key, value] of Object.entries(node)) entries.push([key, await visit(value, [...path, key])]);
      return Object.fromEntries(entries);
    }
    const read = named.kind === 'env' ? variable(named.name, env) : await secretFile(named.name, folder);
    if (!read.ok) report.problem(path, read.failure);
    const value = read.ok ? read.value : '';
    references.push({ path, value, ...(read.ok && named.kind === 'file' && { file: resolve(folder, named.name) }) });
    return value;
  };
  return { tree: await visit(tree, []), references };
}

function referenceOf(node: object): { readonly kind: 'env' | 'file'; readonly name: string } | null {
  const [entry, more] = Object.entries(node);
  if (!entry || more) return null;
  const [kind, name] = entry;
  return (kind === 'env' || kind === 'file') && typeof name === 'string' ? { kind, name } : null;
}

function variable(name: string, env: Variables): Result<string, string> {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) return fail(`the environment variable ${name} is not set`);
  return value === '' ? fail(`the environment variable ${name} is empty`) : ok(value);
}

async function secretFile(name: string, folder: string): Promise<Result<string, string>> {
  const path = resolve(folder, name);
  const text = await readTextFile(path, maxBytes);
  if (!text.ok) return fail(`the file ${path} ${text.failure}`);
  const value = text.value.replace(/\r?\n$/, '');
  return value === '' ? fail(`the file ${path} is empty`) : ok(value);
}
