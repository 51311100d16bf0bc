import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no Redis can be started here; null when one can. */
export function redisObstacle(): string | null {
  const { error } = spawnSync('redis-server', ['--version']);
  return error === undefined ? null : 'there is no redis-server (apt-get install redis-server)';
}

/** A Redis of our own on the loopback interface, which writes everything down before it answers. */
export interface PrivateRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it had written down. */
  restart(): Promise<void>;
  /** The process stands still: connections are taken, nothing is answered. */
  hang(): void;
  resume(): void;
  /** Every command that it wrote down since it was started first. */
  written(): string;
  /** Ends it, and removes what it has written. */
  close(): Promise<void>;
}

const startPatienceMs = 20_000;

/**
 * Starts Debian's `redis-server` in a temporary folder. `settings` are lines of its configuration as words of a command
 * line: `['--maxmemory', '2mb']`; they may depend on its port. Rejects when it does not come up.
 */
export async function privateRedis(
  settings: readonly string[] | ((port: number) => readonly string[]) = [],
): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-redis-'));
  const port = await freePort();
  const own = typeof settings === 'function' ? settings(port) : settings;
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const words = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...durable, ...own];
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let server = await start(words).catch((error: unknown) => {
    remove();
    throw error;
  });
  const end = () => void server.kill('SIGKILL');
  process.once('exit', end);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => stop(server),
    async restart() {
      await stop(server);
      server = await start(words);
    },
    hang: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    written() {
      const log = join(folder, 'appendonlydir');
      return readdirSync(log)
        .map((name) => readFileSync(join(log, name), 'latin1'))
        .join('');
    },
    async close() {
      process.removeListener('exit', end);
      await stop(server);
      remove();
    },
  };
}

function start(words: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const server = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => fail('is not ready'), startPatienceMs);
    function fail(what: string) {
      clearTimeout(timer);
      server.kill('SIGKILL');
      reject(new Error(`redis-server ${what}: ${said.trim().split('\n').at(-1) ?? 'it said nothing'}`));
    }
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-2_000);
        if (!said.includes('Ready to accept connections')) return;
        clearTimeout(timer);
        resolve(server);
      });
    }
    server.once('error', ({ message }) => fail(`cannot be started, ${message}`));
    server.once('exit', () => fail('ended'));
  });
}

function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}

/** Below the ports that systems hand out by themselves: while the server is down nobody is given its port. */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
  throw new Error('there is no free port between 20000 and 30000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
