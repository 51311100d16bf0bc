import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail, ok, type Result } from '@posthorn/core';
import type { ConfigProblem } from './problems/problem.ts';
import { readTextFile } from './values/text-file.ts';

/** The variables of the process. Passed in by whoever starts the program; nothing here reads them by itself. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The text of the configuration; `file` is null when there is none and everything is left at its default. */
export interface ConfigSource {
  readonly file: string | null;
  /** What relative paths in the file start from. */
  readonly folder: string;
  readonly text: string;
}

const usualName = 'posthorn.yaml';
/** People's files have some kilobytes; this is where a mistaken path (a log, a database) is told apart. */
const maxBytes = 1024 * 1024;

/** Finds the file (`--config`, else `POSTHORN_CONFIG`, else `./posthorn.yaml` if it is there) and reads it. */
export async function readSource(
  named: string | null,
  env: Variables,
  cwd: string,
): Promise<Result<ConfigSource, ConfigProblem>> {
  const usual = resolve(cwd, usualName);
  const variable = env['POSTHORN_CONFIG'] || null;
  const chosen = named ?? variable;
  if (chosen === null && !(await exists(usual))) return ok({ file: null, folder: cwd, text: '' });
  const file = chosen === null ? usual : resolve(cwd, chosen);
  const text = await readTextFile(file, maxBytes);
  if (text.ok) return ok({ file, folder: dirname(file), text: text.value });
  const origin = named === null && variable !== null ? ', which POSTHORN_CONFIG names,' : '';
  return fail({ path: '', detail: `the configuration file ${file}${origin} ${text.failure}` });
}

/** The usual name with the other usual ending: people wait in vain for it to be read. */
export async function overlookedFile(source: ConfigSource): Promise<string | null> {
  const other = resolve(source.folder, 'posthorn.yml');
  return source.file === null && (await exists(other)) ? other : null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    // A file that is there but out of reach is for the reader to complain about, not to pass over.
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}
