import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepWithUs } from '../../../processes/child.ts';

/** A database server that an engine needs, on a socket of the file system: no port of this machine is open for it. */
export interface Server {
  readonly pid: number;
  readonly socket: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** A server, or why there is none: it is not installed, or it does not start. */
export type Started = Server | { readonly missing: string };

export interface ServerProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Another user than ours, for servers that refuse the administrator. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** What it prints when it takes connections. */
  readonly ready: RegExp;
  readonly socket: string;
  readonly version: string;
  /** Ends it in an orderly way, and soon. */
  readonly stopSignal: NodeJS.Signals;
}

const startPatienceMs = 20_000;

export async function startServer(program: ServerProgram): Promise<Started> {
  const { path, args, cwd, user, ready, socket, version, stopSignal } = program;
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', HOME: cwd };
  const child = spawn(path, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...(user ?? {}) });
  keepWithUs(child);
  const fault = await untilReady(child, ready);
  if (fault !== null) {
    child.kill('SIGKILL');
    return { missing: `${path} does not start: ${fault}` };
  }
  return {
    pid: child.pid as number,
    socket,
    version,
    async stop() {
      const ended = once(child, 'exit');
      child.kill(stopSignal);
      await ended;
    },
  };
}

/** Null when it is ready; else the last that it said. */
function untilReady(child: ChildProcess, ready: RegExp): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    const timer = setTimeout(() => resolve(`not ready within ${startPatienceMs} ms`), startPatienceMs);
    const end = (fault: string | null) => {
      clearTimeout(timer);
      resolve(fault);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-2_000);
        if (ready.test(said)) end(null);
      });
    }
    child.once('error', ({ message }) => end(message));
    child.once('exit', () => end(said.trim().split('\n').at(-1) ?? 'it ended'));
  });
}
