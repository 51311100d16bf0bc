import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import type { CommandLine } from '../usage.ts';
import { keyWish, runKeys } from './keys.ts';
import { localGateway } from './local.ts';
import { runProjects } from './projects.ts';
import { keyFor, readGatewayUrl, remoteGateway } from './remote.ts';

/** Where the commands print. */
interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

/** `keys` and `projects` on a running gateway. */
export async function runRemotely(
  line: CommandLine,
  address: string,
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const url = readGatewayUrl(address);
  const now = checked(line);
  if (url.protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(url.hostname))
    terminal.err(`warning: the key goes to ${url.host} in the clear: use https`);
  const call = remoteGateway(url.href, keyFor(line.options.key ?? null, environment));
  terminal.out(await (line.command === 'keys' ? runKeys(line, call, now) : runProjects(line, call)));
  return 0;
}

/** The same on the store of a gateway that does not run. */
export async function runLocally(line: CommandLine, config: Config, terminal: Terminal): Promise<number> {
  const now = checked(line);
  const gateway = localGateway(config);
  try {
    const { call } = gateway;
    terminal.out(await (line.command === 'keys' ? runKeys(line, call, now) : runProjects(line, call)));
    return 0;
  } finally {
    gateway.close();
  }
}

/** What is wrong with a line is said before anything is opened. */
function checked(line: CommandLine): number {
  const now = Date.now();
  if (line.command === 'keys' && line.operand === 'create') keyWish(line, now);
  return now;
}
