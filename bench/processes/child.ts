import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A program of the bench in a process of its own, so that it takes no time from what is measured. It ends with this process. */
export interface Child {
  readonly pid: number;
  /** Sends `message` and resolves with what comes next; rejects when the child ends instead, or takes too long. */
  ask<Answer>(message: object, patienceMs: number): Promise<Answer>;
  end(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Sees to it that a process does not outlive this one. */
export function keepWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

export function startChild(program: URL): Child {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  keepWithUs(child);
  return {
    pid: child.pid as number,
    async ask<Answer>(message: object, patienceMs: number) {
      const settled = new AbortController();
      const within = { signal: AbortSignal.any([settled.signal, AbortSignal.timeout(patienceMs)]) };
      const ended = once(child, 'exit', within).then(() => Promise.reject(new Error(`${program.pathname} ended`)));
      const answered = once(child, 'message', within);
      child.send(message);
      try {
        const [answer] = await Promise.race([answered, ended]);
        return answer as Answer;
      } finally {
        settled.abort();
        await Promise.allSettled([answered, ended]);
      }
    },
    async end() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
