import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Run } from '../figure.ts';
import { keepWithUs } from './child.ts';

/** The real program on a loopback port, seen from outside. */
export interface Gateway {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the line that says it listens. */
  readonly listeningAfterMs: number;
  /** With the admin key; resolves with the parsed answer and rejects when it is no 2xx. */
  request(method: string, path: string, body?: string): Promise<unknown>;
  /** Events of one type that were committed since its start. */
  events(type: string): Promise<number>;
  /** SIGTERM: an orderly end. */
  stop(): Promise<void>;
  /** SIGKILL: what is not on the disk now is lost. With profiling an orderly end, as a profile is written at no other. */
  kill(): Promise<void>;
}

export interface GatewayOptions {
  /** Holds the data directory; taken over from an earlier start, else a new one. */
  readonly folder: string;
  /** Text of a config file; by default there is none, and every channel has a sandbox. */
  readonly config?: string;
  /** The file to start; by default the source. */
  readonly program?: string;
  /** Modules that are loaded into it first. */
  readonly preloads?: readonly string[];
}

export const adminKey = 'phk_admin_bench-key-0123456789abcdefghij';

const source = fileURLToPath(new URL('../../apps/gateway/src/main.ts', import.meta.url));

/** Starts the gateway with nothing in its environment but what is needed, and waits until it listens. */
export async function startGateway(
  run: Run,
  { folder, config, program = source, preloads = [] }: GatewayOptions,
): Promise<Gateway> {
  const configFile = join(folder, 'posthorn.yaml');
  if (config !== undefined) writeFileSync(configFile, config);
  const profiling = run.profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${run.profiles}`];
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [...profiling, ...preloads.flatMap((url) => ['--import', url]), program, 'serve'],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        POSTHORN_DATA_DIR: join(folder, 'data'),
        POSTHORN_PORT: '0',
        POSTHORN_ADMIN_KEY: adminKey,
        ...(config === undefined ? {} : { POSTHORN_CONFIG: configFile }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  keepWithUs(child);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  const [, url] = /^posthorn listening on (http:\/\/\S+)$/.exec(String(line)) ?? [];
  if (url === undefined) throw new Error(`the gateway did not start: ${complaint}`);
  const listeningAfterMs = performance.now() - startedAt;

  const request = async (method: string, path: string, body?: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    port: Number(new URL(url).port),
    pid: child.pid as number,
    listeningAfterMs,
    request,
    async events(type) {
      const text = String(await request('GET', '/metrics'));
      const samples = text.matchAll(/^posthorn_events_total\{type="([^"]+)".*\} (\d+)$/gm);
      return [...samples].reduce((sum, [, name, count]) => (name === type ? sum + Number(count) : sum), 0);
    },
    stop: () => end('SIGTERM'),
    kill: () => end(run.profiles === null ? 'SIGKILL' : 'SIGTERM'),
  };
}
