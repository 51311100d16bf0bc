import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a start may differ in; by default an empty data directory, no config file, and the key `adminKey`. */
export interface GatewayOptions {
  /** Taken over from an earlier start, else a new one. */
  readonly dataDir?: string;
  /** Text of a config file. */
  readonly config?: string;
  /** Null leaves POSTHORN_ADMIN_KEY out. */
  readonly adminKey?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that ends by running the words behind it, like `setpriv`: it runs the program. */
  readonly wrapper?: readonly string[];
  /** The file to start; its source when left out. */
  readonly program?: string;
}

/** The program as it runs on a machine: a process, its output, and HTTP. */
export interface GatewayProcess {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly dataDir: string;
  /** With the admin key; `body` becomes JSON unless it is a text or bytes. */
  request<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<Body>>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; the text itself when it is none. */
  readonly body: Body;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const adminKey = 'phk_admin_end-to-end-key-0123456789abcdef';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const startPatienceMs = 20_000;
const running = new Set<ChildProcess>();
const folders: string[] = [];

/** A folder of this test, removed by `endGateways`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-e2e-'));
  folders.push(folder);
  return folder;
}

export function writeConfig(text: string): string {
  const file = join(temporaryFolder(), 'posthorn.yaml');
  writeFileSync(file, text);
  return file;
}

/** A process that this file started and sees the end of. */
export interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
}

/** Starts the program with these words and nothing in its environment but what is given. */
export function startProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = temporaryFolder(),
  { wrapper = [], program = source }: Pick<GatewayOptions, 'wrapper' | 'program'> = {},
): Started {
  return startCommand([...wrapper, process.execPath, program, ...words], env, cwd);
}

/** The same for a script of a test, such as a vendor that has to outlive the program. */
export function startScript(script: string, words: readonly string[]): Started {
  return startCommand([process.execPath, script, ...words], {}, temporaryFolder());
}

function startCommand(line: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Started {
  const [command = '', ...rest] = line;
  const child = spawn(command, rest, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const leave = guard(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      leave();
      resolve({ code, signal });
    });
  });
  return { child, exited, stdout: () => stdout, stderr: () => stderr };
}

/** Starts the gateway and waits until it says that it listens. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const dataDir = options.dataDir ?? join(temporaryFolder(), 'data');
  const given = options.adminKey === undefined ? adminKey : options.adminKey;
  const env = {
    POSTHORN_DATA_DIR: dataDir,
    POSTHORN_PORT: '0',
    ...(given === null ? {} : { POSTHORN_ADMIN_KEY: given }),
    ...(options.config === undefined ? {} : { POSTHORN_CONFIG: writeConfig(options.config) }),
    ...options.env,
  };
  const started = startProgram(['serve'], env, undefined, options);
  const url = await listeningUrl(started);
  const key = given ?? /: (phk_admin_\S+)/.exec(started.stdout())?.[1] ?? '';
  return {
    url,
    key,
    dataDir,
    pid: started.child.pid as number,
    exited: started.exited,
    stdout: started.stdout,
    stderr: started.stderr,
    kill: (signal) => void started.child.kill(signal),
    request: (method, path, body, headers) => request(method, url + path, key, body, headers),
  };
}

/** Ends everything that this file started, and removes its folders. */
export async function endGateways(): Promise<void> {
  const ended = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/**
 * Kills the program when this process dies, in whatever way: a shell waits for the end of a pipe that only this process
 * holds open.
 */
function guard(child: ChildProcess): () => void {
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "$1"', 'guard', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  return () => void shell.kill('SIGKILL');
}

function listeningUrl({ exited, stdout, stderr, child }: Started): Promise<string> {
  return new Promise((resolve, reject) => {
    const complain = (what: string) => reject(new Error(`the gateway ${what}\n${stdout()}\n${stderr()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      complain(`did not listen within ${startPatienceMs} ms`);
    }, startPatienceMs);
    const look = () => {
      const newline = stdout().indexOf('\n');
      if (newline === -1) return;
      clearTimeout(timer);
      const [, url] = /^posthorn listening on (http:\/\/\S+)$/.exec(stdout().slice(0, newline)) ?? [];
      if (url === undefined) complain('said something else first');
      else resolve(url);
    };
    child.stdout?.on('data', look);
    void exited.then(({ code }) => {
      clearTimeout(timer);
      complain(`ended with ${code}`);
    });
  });
}

async function request<Body>(
  method: string,
  url: string,
  key: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: sent(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) as Body };
}

function sent(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
