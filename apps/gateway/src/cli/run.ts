import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { type ConfigProblem, problemText } from '../config/problems/problem.ts';
import { configText } from '../config/show.ts';
import type { Variables } from '../config/source.ts';
import { loadChannel } from '../plugins/load-channel.ts';
import { runChannelNew } from './channel-new.ts';
import { type CommandLine, helpText } from './usage.ts';

/** What the process lends a command. */
export interface Surroundings {
  readonly env: Variables;
  readonly cwd: string;
  readonly terminal: boolean;
  out(text: string): void;
  err(text: string): void;
  /** Resolves at the first SIGTERM or SIGINT. */
  stopRequested(): Promise<void>;
}

/** Carries out a command; resolves with the exit code. */
export async function run(line: CommandLine, around: Surroundings): Promise<number> {
  if (line.help || line.command === 'help') {
    around.out(helpText(version()));
    return 0;
  }
  if (line.command === 'version') {
    around.out(line.json ? JSON.stringify({ version: version() }) : version());
    return 0;
  }
  if (line.command === 'channel') return runChannelNew(line, around, version());
  const { url } = line.options;
  if (url !== undefined) return runOn(url, line, around);
  const loaded = await loadConfig({ file: line.config, env: around.env, cwd: around.cwd, loadChannel });
  if (!loaded.ok) {
    tell(loaded.failure, line, around);
    return 1;
  }
  switch (line.command) {
    case 'serve':
      return runServe(loaded.value, around);
    case 'backup':
    case 'restore':
      return runCopy(loaded.value.config, line, around);
    case 'keys':
    case 'projects': {
      const { runLocally } = await import('./access/access.ts');
      return runLocally(line, loaded.value.config, around);
    }
    default:
      return runConfig(loaded.value, line, around);
  }
}

// The gateway and its store take a second to load, which only those who need them should wait for.

async function runCopy(config: Config, line: CommandLine, around: Surroundings): Promise<number> {
  const { backUp, restore } = await import('@posthorn/store-sqlite');
  const store = config.store.path;
  const copy = resolve(around.cwd, line.operand ?? '');
  const { force, resume } = line;
  const report =
    line.command === 'backup' ? backUp(store, copy) : restore(copy, store, { force, resume, now: Date.now() });
  const done = line.command === 'backup' ? `backed up to ${copy}` : `restored from ${copy}`;
  around.out(
    line.json ? JSON.stringify(report) : `${done}: ${report.notifications} notifications, ${report.bytes} bytes`,
  );
  if (line.command === 'backup' && !line.json)
    around.err(
      'keep posthorn.key and the secrets of encryption.keys, away from it: it is sealed, and nobody can read it without them',
    );
  return 0;
}

/** A command for a gateway that runs elsewhere: what is configured here is not asked, but for a key that is at hand. */
async function runOn(url: string, line: CommandLine, around: Surroundings): Promise<number> {
  const { environment, problems } = readEnvironment(around.env, around.cwd);
  if (problems.length > 0) {
    tell(problems, line, around);
    return 1;
  }
  const { runRemotely } = await import('./access/access.ts');
  return runRemotely(line, url, environment, around);
}

async function runServe({ config, warnings }: LoadedConfig, around: Surroundings): Promise<number> {
  const [{ serve }, { openLog }] = await Promise.all([import('./serve.ts'), import('../observe/log.ts')]);
  const format = config.environment.logFormat ?? (around.terminal ? 'pretty' : 'json');
  const log = openLog(config.environment.logLevel, format);
  for (const { path, detail } of warnings) log.warn('the configuration works, but should be changed', { path, detail });
  await serve(config, log, around);
  return 0;
}

function runConfig({ config, warnings }: LoadedConfig, line: CommandLine, around: Surroundings): number {
  if (line.operand === 'show') around.out(configText(config, line.json ? 'json' : 'yaml').trimEnd());
  if (line.operand === 'schema') {
    around.out(JSON.stringify(configJsonSchema(config.channels.map(({ channel }) => channel)), null, 2));
  }
  if (line.operand !== 'check') return 0;
  const where = config.file ?? 'no file: everything goes into the sandbox';
  around.out(
    line.json
      ? JSON.stringify({ ok: true, file: config.file, problems: [], warnings })
      : `the configuration is in order (${where})`,
  );
  if (!line.json) for (const warning of warnings) around.err(`warning: ${problemText(warning, config.file)}`);
  return 0;
}

function tell(problems: readonly ConfigProblem[], line: CommandLine, around: Surroundings): void {
  if (line.json) {
    around.out(JSON.stringify({ ok: false, problems }));
    return;
  }
  const file = line.config ?? (around.env['POSTHORN_CONFIG'] || 'posthorn.yaml');
  // What has no line is not in the file: a variable, or the file itself.
  for (const problem of problems) around.err(problemText(problem, problem.line === undefined ? null : file));
  around.err(
    `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the configuration; nothing was started`,
  );
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
