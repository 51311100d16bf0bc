import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A real process that runs one of the scripts beside this file on a data directory. */
export interface Child {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when it has printed so many lines. */
  printed(lines: number): Promise<void>;
  /** Resolves when it has ended and all that it printed was read. */
  readonly ended: Promise<void>;
  /** Kills it without a word of warning. */
  kill(): Promise<void>;
}

export function startChild(script: 'holder' | 'acceptor', folder: string): Child {
  const file = fileURLToPath(new URL(`./${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(() => {});
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async printed(lines) {
      while (stdout.split('\n').length <= lines) {
        if (child.exitCode !== null) throw new Error(`it ended before it had printed ${lines} lines: ${stderr}`);
        await once(child.stdout, 'data', { signal: AbortSignal.timeout(10_000) });
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
