import { resolve } from 'node:path';
import { fail, ok, type Result } from '@posthorn/core';
import { takenNames } from '../http/notify-schema.ts';
import type { LoadChannel } from '../plugins/load-channel.ts';
import { readChannel } from './channels/channel.ts';
import type { ChannelConfig, Config, DefaultsConfig, ServerConfig } from './config.ts';
import { type ConfigDocument, parseConfigDocument } from './document.ts';
import { readEncryption } from './encryption.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { readLimits } from './limits/limits.ts';
import { findingsOf } from './problems/issue.ts';
import { type ConfigProblem, type Finding, isWithin, type Path, pathText, type Report } from './problems/problem.ts';
import { suggestion } from './problems/suggestion.ts';
import { readRedis } from './redis.ts';
import { resolveReferences } from './references.ts';
import { type FileSettings, fileJsonSchema, fileSchema, noEffectYet, unsupportedYet } from './schema.ts';
import { type ConfigSource, overlookedFile, readSource, type Variables } from './source.ts';

export interface LoadOptions {
  /** What `--config` names; null when it was not given. */
  readonly file: string | null;
  readonly env: Variables;
  readonly cwd: string;
  readonly loadChannel: LoadChannel;
}

export interface LoadedConfig {
  readonly config: Config;
  /** What works and should be changed nevertheless. */
  readonly warnings: readonly ConfigProblem[];
}

/** What runs when no file says otherwise: every channel against the sandbox. */
const zeroChannels = Object.fromEntries(
  ['sms', 'email', 'push'].map((name) => [name, { accounts: { sandbox: { use: 'sandbox' } } }]),
);

/** Reads, resolves and checks the configuration. All problems come back together, in the order of the file. */
export async function loadConfig(options: LoadOptions): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  const { environment, problems } = readEnvironment(options.env, options.cwd);
  const source = await readSource(options.file, options.env, options.cwd);
  if (!source.ok) return fail([...problems, source.failure]);
  const document = parseConfigDocument(source.value.text);
  if (!document.ok) return fail([...problems, ...document.failure]);
  const notes = notebook(document.value);
  const config = await readTree(document.value, source.value, environment, options, notes);
  const found = [...problems, ...notes.problems()];
  if (found.length > 0 || config === null) return fail(found);
  const warnings = [...notes.warnings()];
  const overlooked = await overlookedFile(source.value);
  if (overlooked !== null) warnings.push({ path: '', detail: `${overlooked} is not read: name it posthorn.yaml` });
  return ok({ config, warnings });
}

/** Two passes: the file against its schema, then each account against its provider's; a fault in one does not hide the other. */
async function readTree(
  document: ConfigDocument,
  source: ConfigSource,
  environment: Environment,
  options: LoadOptions,
  notes: Notebook,
): Promise<Config | null> {
  const { tree, references } = await resolveReferences(document.tree ?? {}, options.env, source.folder, notes);
  refuseUnsupported(tree, notes);
  warnOfNoEffect(tree, notes);
  notes.cover();
  const parsed = fileSchema.safeParse(tree);
  for (const { path, detail } of findingsOf(parsed.error?.issues ?? [], fileJsonSchema())) notes.problem(path, detail);
  const around = {
    loadChannel: options.loadChannel,
    folder: source.folder,
    references,
    placeOf: document.placeOf,
    report: notes,
  };
  const named = channelsOf(tree);
  if (named === null && source.file !== null) {
    notes.warning([], 'the file has no channels: sms, email and push run against the sandbox and reach nobody');
  }
  const channels: ChannelConfig[] = [];
  for (const [name, block] of Object.entries(named ?? zeroChannels)) {
    const channel = await readChannel(name, block, around);
    if (channel) channels.push(channel);
  }
  refuseClashes(channels, notes);
  const names = Object.keys(named ?? zeroChannels);
  if (parsed.success && names.length === 0)
    notes.problem(['channels'], 'at least one channel is needed; leave the key out for a trial');
  checkDefaultChannels(tree, names, notes);
  const loaded = channels.map(({ channel }) => channel);
  const limits = readLimits(at(tree, ['limits']), names, loaded, notes);
  const given = at(tree, ['encryption']);
  const encryption = given === undefined ? [] : await readEncryption(given, references, notes);
  if (!parsed.success) return null;
  const redis = readRedis(parsed.data.redis?.url, references, notes);
  return assemble(parsed.data, { channels, limits, redis, encryption, file: source.file, environment });
}

/** Words that a request has only once: a channel's own name, and the key of its addresses in `to`. */
function refuseClashes(channels: readonly ChannelConfig[], report: Report): void {
  const keys = new Map<string, string>();
  // The built-in ones first: of two it is the plugin's author who can choose another word.
  for (const { channel, use } of channels.toSorted((a, b) => Number(a.use !== null) - Number(b.use !== null))) {
    const { name, addressKey } = channel;
    const path = use === null ? ['channels', name] : ['channels', name, 'use'];
    const source = use === null ? '' : `${use}: `;
    if (takenNames.has(name))
      report.problem(
        path,
        `${source}a channel cannot be called "${name}", since a request has a field of that name: rename it`,
      );
    const owner = keys.get(addressKey);
    if (owner !== undefined)
      report.problem(
        path,
        `${source}its addressKey "${addressKey}" is that of the channel "${owner}" already: choose another`,
      );
    keys.set(addressKey, owner ?? name);
  }
}

function refuseUnsupported(tree: unknown, report: Report): void {
  for (const { path, value } of unsupportedYet) {
    const found = at(tree, path);
    if (found === undefined || (value !== undefined && found !== value)) continue;
    const what = value === undefined ? 'this' : `"${value}"`;
    report.problem(path, `${what} is not supported by this version yet: remove it`);
  }
}

function warnOfNoEffect(tree: unknown, report: Report): void {
  for (const path of noEffectYet) {
    if (at(tree, path) !== undefined) report.warning(path, 'this is understood, and has no effect in this version yet');
  }
}

function at(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, key) => (isObject(node) ? node[String(key)] : undefined), tree);
}

function checkDefaultChannels(tree: unknown, configured: readonly string[], report: Report): void {
  const defaults = isObject(tree) ? tree['defaults'] : null;
  const names = isObject(defaults) && Array.isArray(defaults['channels']) ? defaults['channels'] : [];
  for (const [index, name] of names.entries()) {
    const path = ['defaults', 'channels', index];
    if (typeof name !== 'string') continue;
    if (!configured.includes(name)) {
      report.problem(path, `there is no channel "${name}" in this file${suggestion(name, configured)}`);
    } else if (names.indexOf(name) !== index) {
      report.problem(path, `the channel "${name}" stands here twice`);
    }
  }
}

function assemble(
  file: FileSettings,
  read: Pick<Config, 'channels' | 'limits' | 'redis' | 'encryption' | 'file' | 'environment'>,
): Config {
  const { channels, environment } = read;
  const server: ServerConfig = {
    host: environment.host ?? file.server.host,
    port: environment.port ?? file.server.port,
    publicUrl: file.server.publicUrl ?? null,
    trustedProxies: Object.freeze(file.server.trustedProxies),
    maxConnections: file.server.maxConnections,
    maxConnectionsPerAddress: file.server.maxConnectionsPerAddress ?? null,
  };
  const defaults: DefaultsConfig = {
    region: file.defaults.region ?? null,
    locale: file.defaults.locale,
    timezone: file.defaults.timezone,
    channels: Object.freeze(file.defaults.channels ?? channels.map((each) => each.channel.name)),
  };
  const { content: contentMs, metadata: metadataMs, idempotency: idempotencyMs } = file.retention;
  const storePath = file.store.kind === 'sqlite' ? file.store.path : '';
  return Object.freeze({
    ...read,
    server: Object.freeze(server),
    defaults: Object.freeze(defaults),
    store: Object.freeze({ kind: 'sqlite', path: resolve(environment.dataDir, storePath) }),
    egress: Object.freeze({ allow: Object.freeze(file.egress.allow) }),
    retention: Object.freeze({ contentMs, metadataMs, idempotencyMs }),
    channels: Object.freeze(channels),
  });
}

interface Notebook extends Report {
  /** From here on nothing more is said about a value that has a problem already, nor about what lies beneath it. */
  cover(): void;
  problems(): readonly ConfigProblem[];
  warnings(): readonly ConfigProblem[];
}

function notebook(document: ConfigDocument): Notebook {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  let covered: readonly Finding[] = [];
  const placed = (findings: readonly Finding[]) =>
    findings
      .map(({ path, detail }): ConfigProblem => ({ path: pathText(path), ...document.placeOf(path), detail }))
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return {
    problem(path, detail) {
      if (covered.some((finding) => isWithin(path, finding.path))) return;
      problems.push({ path, detail });
    },
    warning: (path, detail) => void warnings.push({ path, detail }),
    cover() {
      covered = [...problems];
    },
    problems: () => placed(problems),
    warnings: () => placed(warnings),
  };
}

function channelsOf(tree: unknown): Record<string, unknown> | null {
  const channels = isObject(tree) ? tree['channels'] : undefined;
  if (channels === undefined) return null;
  return isObject(channels) ? channels : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
