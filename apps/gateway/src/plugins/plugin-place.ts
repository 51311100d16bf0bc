import { realpath, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { extname, isAbsolute, join, sep } from 'node:path';
import { fail, ok, type Result } from '@posthorn/core';
import { nearest } from '../config/problems/suggestion.ts';

/** The channels that come with the gateway. They are packages like any other; only their place is known beforehand. */
export const builtInChannels: Readonly<Record<string, string>> = {
  sms: '@posthorn/channel-sms',
  email: '@posthorn/channel-email',
  push: '@posthorn/channel-push',
  chat: '@posthorn/channel-chat',
  webhook: '@posthorn/channel-webhook',
};

/** What to require, and from where: the config file's folder, or the gateway's own installation. */
export interface PluginPlace {
  /** How the plugin is called in messages. */
  readonly label: string;
  readonly specifier: string;
  readonly from: 'folder' | 'gateway';
}

const loadable = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
/** npm's rule for names, without the historical exceptions. */
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Where the channel `name` is to be found, by what its block says under `use`. */
export async function placeOfPlugin(
  name: string,
  use: string | null,
  folder: string,
): Promise<Result<PluginPlace, string>> {
  if (use === null) return builtIn(name);
  // Never from the config file's folder: a package of the same name there must not take the place of ours.
  if (Object.values(builtInChannels).includes(use)) return ok({ label: use, specifier: use, from: 'gateway' });
  if (/^[a-z][a-z0-9+.-]*:/i.test(use))
    return fail(`"${use}" is a URL: a plugin is a file here or an installed package`);
  if (isAbsolute(use) || use.includes('\\') || use.startsWith('~'))
    return fail(`"${use}" is not a relative path: ${stay}`);
  if (use.startsWith('./') || use.startsWith('../')) return fileInside(use, folder);
  if (loadable.includes(extname(use))) return fail(`write "./${use}" if it is a file beside the configuration`);
  if (!packageName.test(use)) return fail(`"${use}" is neither a file (./plugins/name.ts) nor the name of a package`);
  if (isBuiltin(use)) return fail(`"${use}" is a part of Node.js, not a channel`);
  return ok({ label: `package ${use}`, specifier: use, from: 'folder' });
}

const stay = 'a plugin lies in the folder of the configuration file, as in ./plugins/name.ts';

function builtIn(name: string): Result<PluginPlace, string> {
  const specifier = Object.hasOwn(builtInChannels, name) ? builtInChannels[name] : undefined;
  if (specifier !== undefined) return ok({ label: specifier, specifier, from: 'gateway' });
  const guess = nearest(name, Object.keys(builtInChannels));
  const cure = `for a channel of your own add use: ./plugins/${name}.ts or the name of a package`;
  return fail(`there is no built-in channel "${name}"${guess === null ? '' : `, did you mean "${guess}"?`}; ${cure}`);
}

/** Symbolic links are followed before the check, or one of them would lead out of the folder. */
async function fileInside(use: string, folder: string): Promise<Result<PluginPlace, string>> {
  if (!loadable.includes(extname(use))) return fail(`"${use}" must name a file that ends in ${loadable.join(', ')}`);
  try {
    const base = await realpath(folder);
    const file = await realpath(join(folder, use));
    if (!file.startsWith(base.endsWith(sep) ? base : base + sep))
      return fail(`"${use}" leads out of the folder: ${stay}`);
    if (!(await stat(file)).isFile()) return fail(`"${use}" is not a file`);
    return ok({ label: use, specifier: file, from: 'folder' });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    // A path that climbs is refused in the same words whether or not something is there.
    if (use.split('/').includes('..')) return fail(`"${use}" leads out of the folder: ${stay}`);
    return fail(missing ? `there is no file "${use}" beside the configuration` : `"${use}" cannot be read`);
  }
}
