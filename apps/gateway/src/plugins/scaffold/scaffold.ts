import { existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '@posthorn/core';
import { takenNames } from '../../http/notify-schema.ts';
import { builtInChannels } from '../plugin-place.ts';
import { channelText } from './channel-text.ts';
import { compilerText, packageText } from './package-text.ts';
import { testText } from './test-text.ts';

/** A new channel on the disk. */
export interface Scaffold {
  readonly folder: string;
  /** Names within the folder. */
  readonly files: readonly string[];
  /** True when it was linked to the packages of this source tree, so that it runs without an installation. */
  readonly linked: boolean;
}

export interface ScaffoldRequest {
  readonly name: string;
  /** Where the folder of the channel is made. */
  readonly dir: string;
  readonly version: string;
}

/** Makes the folder `dir/name` with a channel that works, or says what is wrong with the wish; nothing is overwritten. Throws when the disk does not take it. */
export function scaffoldChannel({ name, dir, version }: ScaffoldRequest): Result<Scaffold, string> {
  const fault = nameFault(name);
  if (fault !== null) return fail(fault);
  const folder = join(dir, name);
  const files = {
    [`${name}.ts`]: channelText(name, addressKeyOf(name)),
    [`${name}.test.ts`]: testText(name),
    'package.json': packageText(name, version),
    'tsconfig.json': compilerText,
  };
  try {
    if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined)
      return fail(`${folder} is there already, and nothing is overwritten: remove it, or choose another NAME or --dir`);
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text, { flag: 'wx' });
    return ok({ folder, files: Object.keys(files), linked: linkSource(folder) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${folder} cannot be made (${reason}): choose another --dir`, { cause: error });
  }
}

function nameFault(name: string): string | null {
  if (!channelName.test(name)) {
    const guess = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 32);
    const cure = channelName.test(guess) && nameFault(guess) === null ? `, as in "${guess}"` : '';
    return `"${name}" is not the name of a channel: use at most 32 lower-case letters, digits and dashes, a letter first${cure}`;
  }
  if (Object.hasOwn(builtInChannels, name)) return `there is a channel "${name}" already: choose another name`;
  if (takenNames.has(name)) return `a request has a field "${name}" already: choose another name for the channel`;
  return null;
}

const channelName = /^[a-z][a-z0-9-]{0,31}$/;

/** `night-pager` is addressed as `nightPager`. */
function addressKeyOf(name: string): string {
  const key = name.replaceAll(/-+([a-z0-9]?)/g, (_, next: string) => next.toUpperCase());
  return ['recipient', 'region', 'phone'].includes(key) ? `${key}Address` : key;
}

const tools = ['@posthorn/core', '@posthorn/testkit', '@types/node'];

/**
 * From source its author needs no registry: the packages are these. Linked, they are found in their real place, where Node
 * runs TypeScript; a copy below node_modules it would refuse.
 */
function linkSource(folder: string): boolean {
  const places = tools.map((name) => [name, placeOf(name)] as const);
  if (places.some(([name, place]) => place === null || (name.startsWith('@posthorn/') && isInstalled(place))))
    return false;
  for (const [name, place] of places) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (place !== null) symlinkSync(place, link, 'junction');
  }
  return true;
}

function placeOf(name: string): string | null {
  try {
    const file = findPackageJSON(name, import.meta.url);
    return file !== undefined && existsSync(file) ? realpathSync(dirname(file)) : null;
  } catch {
    return null;
  }
}

function isInstalled(place: string): boolean {
  return /[\\/]node_modules[\\/]/.test(place);
}
