import { createRequire } from 'node:module';
import { join } from 'node:path';
import { types } from 'node:util';
import { type Channel, fail, type Result } from '@posthorn/core';
import { asPlugin } from './isolation/fault-watch.ts';
import { pluginHost } from './plugin-host.ts';
import { type PluginPlace, placeOfPlugin } from './plugin-place.ts';
import { checkChannel } from './plugin-shape.ts';

export interface ChannelRequest {
  /** The key under `channels`. */
  readonly name: string;
  /** What its block says under `use`; null for a built-in channel. */
  readonly use: string | null;
  /** The folder of the configuration file. */
  readonly folder: string;
}

/** Gives a channel, or a sentence that says why not and what to do. */
export type LoadChannel = (request: ChannelRequest) => Promise<Result<Channel, string>>;

/**
 * Loads a channel, built-in or a stranger's alike: with `require`, which takes CommonJS, ES modules and TypeScript, in
 * development and in the packaged program. A file is loaded once; a change of it counts after a restart.
 */
export async function loadChannel(request: ChannelRequest): Promise<Result<Channel, string>> {
  const place = await placeOfPlugin(request.name, request.use, request.folder);
  if (!place.ok) return place;
  const load = () => channelFrom(place.value, request);
  try {
    // What a stranger's file leaves running is known by its name, as what its accounts do is.
    return named(place.value, place.value.from === 'folder' ? asPlugin(request.name, load) : load());
  } catch (error) {
    return named(place.value, fail(`cannot be loaded: ${reason(error, place.value)}`));
  }
}

function channelFrom(place: PluginPlace, request: ChannelRequest): Result<Channel, string> {
  const base = place.from === 'gateway' ? import.meta.url : join(request.folder, 'posthorn.yaml');
  const loaded: unknown = createRequire(base)(place.specifier);
  if (types.isModuleNamespaceObject(loaded) && !Reflect.has(loaded as object, 'default')) {
    return fail('has no default export: write "export default" before the channel');
  }
  const exported = defaultOf(loaded);
  // A plugin's own function may do anything; only what it returns is looked at.
  const made: unknown = typeof exported === 'function' ? exported(pluginHost) : exported;
  if (types.isPromise(made)) return fail('returns a promise: return the channel itself, and do slow work in open()');
  return checkChannel(made, request.name);
}

/** `export default` of an ES module, also as a compiler to CommonJS writes it; else `module.exports` itself. */
function defaultOf(loaded: unknown): unknown {
  const isModule = types.isModuleNamespaceObject(loaded);
  const isCompiled = typeof loaded === 'object' && loaded !== null && '__esModule' in loaded && 'default' in loaded;
  return isModule || isCompiled ? Reflect.get(loaded as object, 'default') : loaded;
}

function named(place: PluginPlace, result: Result<Channel, string>): Result<Channel, string> {
  return result.ok ? result : fail(`${place.label}: ${result.failure}`);
}

const reasons: Readonly<Record<string, string>> = {
  ERR_REQUIRE_ASYNC_MODULE:
    'it, or a module it imports, uses top-level await; move what is awaited into open() of the provider',
  ERR_REQUIRE_CYCLE_MODULE: 'its modules import each other in a circle',
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'it uses TypeScript that cannot simply be removed (an enum, a namespace, a parameter property); write plain types only',
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: 'a package must be published as JavaScript, not as TypeScript',
  ERR_PACKAGE_PATH_NOT_EXPORTED:
    'its package.json exports nothing that can be loaded; add a "default" condition to "exports"',
};

/** Errors of plugins are read with care: they may be anything, with getters that throw as well. */
function reason(error: unknown, place: PluginPlace): string {
  try {
    const { code, message, stack } = error as Readonly<Partial<Record<'code' | 'message' | 'stack', unknown>>>;
    const known = typeof code === 'string' && Object.hasOwn(reasons, code) ? reasons[code] : undefined;
    if (known !== undefined) return known;
    const text = typeof message === 'string' && message !== '' ? message : 'it threw something without a message';
    const [first = ''] = text.split('\n');
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return missingModule(first, place);
    return `${first}${whereOf(error, stack, place)}`;
  } catch {
    return 'it threw something that cannot be read';
  }
}

/** The line of the plugin, where the error knows it; of faulty JavaScript it does not. */
function whereOf(error: unknown, stack: unknown, { specifier, label }: PluginPlace): string {
  const frame = String(stack)
    .split('\n')
    .find((each) => each.includes(`${specifier}:`));
  const line = frame === undefined ? null : /^:(\d+)/.exec(frame.slice(frame.indexOf(specifier) + specifier.length));
  if (line !== null) return ` (line ${line[1]})`;
  return error instanceof SyntaxError ? `; node --check ${label} shows where, if it is in that file` : '';
}

function missingModule(message: string, place: PluginPlace): string {
  const [, missing] = /'([^']+)'/.exec(message) ?? [];
  if (missing === place.specifier) {
    return place.from === 'gateway'
      ? 'it is not installed'
      : 'install it beside the configuration file, with npm install';
  }
  const cure = "install that beside the configuration file, or take what the plugin needs from the function's argument";
  return `it imports ${missing ?? 'something'}, which is not there; ${cure}`;
}
