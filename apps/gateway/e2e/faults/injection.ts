import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Which system calls fail, and how. */
export interface Fault {
  readonly error: 'EIO' | 'ENOSPC';
  /** Counted for each system call by itself: `3` is the third only, `3+` all from the third on (strace(1), "when"). */
  readonly when: string;
}

/** The calls with which SQLite changes files; sockets and the log use others. */
const calls = 'pwrite64,fsync,fdatasync,ftruncate';

const expression = ({ error, when }: Fault) => `inject=${calls}:error=${error}:when=${when}`;

/** Runs a program whose calls fail from its first one on: a wrapper for `startGateway`. */
export function failingFromTheStart(fault: Fault): readonly string[] {
  // The tracer is a grandchild, so that the process is still the program.
  return [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-qqq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    expression(fault),
  ];
}

/** While it lasts, calls of a running process fail. */
export interface Injection {
  /** Heals the process; resolves with the number of calls that failed. */
  stop(): Promise<number>;
}

export async function inject(pid: number, fault: Fault): Promise<Injection> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-strace-'));
  const report = join(folder, 'calls');
  const words = ['-f', '-p', String(pid), '-o', report, '-e', `trace=${calls}`, '-e', expression(fault)];
  const tracer = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => tracer.once('close', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    tracer.once('error', reject);
    tracer.once('exit', () => reject(new Error(`strace did not attach: ${said}`)));
    tracer.stderr.on('data', (part: Buffer) => {
      said += part.toString();
      if (said.includes('attached')) resolve();
    });
  });
  return {
    async stop() {
      tracer.kill('SIGINT');
      await ended;
      const failed = readFileSync(report, 'utf8')
        .split('\n')
        .filter((line) => line.includes('(INJECTED)'));
      rmSync(folder, { recursive: true });
      return failed.length;
    },
  };
}
