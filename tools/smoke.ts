/**
 * Uses the program as README.md tells a new user to: starts it with its one command on an empty data directory, types the
 * curl that it prints, sends one notification per channel and sees them arrive. Ends with `N passed, N failed`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 120_000;
const dataDirectory = mkdtempSync(join(tmpdir(), 'posthorn-smoke-'));
const started = spawn('npx', ['-y', 'pnpm@12', 'start'], {
  env: { ...process.env, POSTHORN_DATA_DIR: dataDirectory, POSTHORN_PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let printed = '';
started.stdout.on('data', (part: Buffer) => {
  printed += part.toString();
});

let passed = 0;
let failed = 0;
try {
  const url = await until(() => /^posthorn listening on (http:\S+)$/m.exec(printed)?.[1], 'the program listens');
  const key = readFileSync(join(dataDirectory, 'admin.key'), 'utf8').trim();
  const curl = await until(() => /^ +(curl .*)$/m.exec(printed)?.[1], 'it prints a curl');
  await check('the printed curl ends sent', async () => {
    const { id } = JSON.parse(execFileSync('sh', ['-c', curl], { encoding: 'utf8' })) as { id: string };
    await ends(url, key, id, 'sent');
  });
  const addresses = {
    phone: '+8613800138000',
    email: 'li@example.com',
    push: ['smoke-test-token-0123456789abcdef0123'],
  };
  for (const [addressKey, address] of Object.entries(addresses)) {
    await check(`a notification to ${addressKey} arrives`, async () => {
      const body = { to: { [addressKey]: address }, content: { title: 'Smoke', body: `to ${addressKey}` } };
      const { id } = (await call(url, key, '/notify', body)) as { id: string };
      await ends(url, key, id, 'sent');
      const { items } = (await call(url, key, '/sandbox/messages')) as { items: { notificationId: string }[] };
      if (!items.some(({ notificationId }) => notificationId === id)) throw new Error('it is not in the sandbox inbox');
    });
  }
  await check('it stops when asked, and says so with its exit code', async () => {
    const server = descendants(started.pid as number).find((pid) => commandLine(pid).startsWith('posthorn'));
    if (server === undefined) throw new Error('the server process was not found');
    process.kill(server, 'SIGTERM');
    const code = await until(() => started.exitCode ?? undefined, 'the program ends');
    if (code !== 0) throw new Error(`exit code ${code}`);
  });
} catch (error) {
  failed++;
  console.error(error);
  for (const pid of descendants(started.pid as number)) process.kill(pid, 'SIGTERM');
} finally {
  rmSync(dataDirectory, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function check(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
    passed++;
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.error(`NOT OK: ${name}:`, error);
  }
}

async function ends(url: string, key: string, id: string, status: string): Promise<void> {
  await until(async () => {
    const found = (await call(url, key, `/notifications/${id}`)) as { status: string };
    return found.status === status ? found : undefined;
  }, `${id} ends ${status}`);
}

async function call(url: string, key: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function until<Value>(look: () => Value | undefined | Promise<Value | undefined>, what: string): Promise<Value> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const value = await look();
    if (value !== undefined) return value;
    await sleep(50);
  }
  throw new Error(`waited too long until ${what}`);
}

/** The processes that a process started, and theirs: npx, pnpm and the shell stand between us and the server. */
function descendants(parent: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  return children.flatMap((name) => [Number(name), ...descendants(Number(name))]);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // It ended while we looked.
  }
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}
