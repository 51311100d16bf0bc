import type { Logger } from '@posthorn/core';
import { compose } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { type DataDirectory, openDataDirectory } from '../data-directory.ts';
import { watchFaults } from '../plugins/isolation/fault-watch.ts';

/** Where a command writes, and what ends it. */
export interface Terminal {
  out(line: string): void;
  /** Resolves at the first SIGTERM or SIGINT. */
  stopRequested(): Promise<void>;
}

/** Runs the gateway until it is asked to stop. */
export async function serve(config: Config, log: Logger, terminal: Terminal): Promise<void> {
  const data = openDataDirectory(config.environment.dataDir, config.environment.adminKey?.reveal() ?? null);
  watchFaults(process, log, crash);
  const gateway = await compose(config, data, log);
  // Before the greeting: whoever has read it may ask to stop at once.
  const stopRequested = terminal.stopRequested();
  // In one piece: whoever waits for the first line has the others too.
  terminal.out(greeting(gateway.url, config, data).join('\n'));
  await stopRequested;
  log.info('stopping: nothing new is taken, what is under way is finished');
  await gateway.stop();
  log.info('stopped');
}

/** A bug of ours ends the process, as it would without the watch: nobody knows what still holds after it. */
function crash(error: unknown): void {
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${shown}\n`);
  process.exit(1);
}

/** The first line is for programs that wait for it, the rest shows a person the way to the first message. */
function greeting(url: string, config: Config, { adminKey }: DataDirectory): readonly string[] {
  const shown = adminKey.fresh
    ? adminKey.value
    : adminKey.file === null
      ? '$POSTHORN_ADMIN_KEY'
      : `$(cat ${adminKey.file})`;
  const example = config.channels.find(({ channel }) => Object.hasOwn(exampleAddresses, channel.addressKey))?.channel
    .addressKey;
  const lines = [`posthorn listening on ${url}`];
  if (adminKey.fresh) lines.push(`admin key (shown once, kept in ${adminKey.file}): ${adminKey.value}`);
  if (example === undefined) return lines;
  const body = JSON.stringify({
    to: { [example]: exampleAddresses[example] },
    content: { title: 'Hello', body: 'The posthorn has sounded.' },
  });
  return [
    ...lines,
    'try it:',
    `  curl -sS ${url}/notify -H "Authorization: Bearer ${shown}" -H "Content-Type: application/json" -d '${body}'`,
  ];
}

const exampleAddresses: Readonly<Record<string, string>> = { email: 'you@example.com', phone: '+8613800138000' };
