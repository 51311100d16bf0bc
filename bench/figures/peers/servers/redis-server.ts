import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Durability } from '../engine.ts';
import { type Started, startServer } from './server.ts';

/** Debian's Redis. `appendfsync always` flushes before it answers, `everysec` once a second. */
export async function startRedis(folder: string, durability: Durability): Promise<Started> {
  const found = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (found.error !== undefined) return { missing: 'there is no redis-server on PATH (apt-get install redis-server)' };
  const [, version = 'of unknown version'] = /v=([\d.]+)/.exec(found.stdout) ?? [];
  const socket = join(folder, 'redis.sock');
  const fsync = durability === 'power-safe' ? 'always' : 'everysec';
  return startServer({
    path: 'redis-server',
    args: [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      fsync,
    ],
    cwd: folder,
    user: null,
    ready: /Ready to accept connections|ready to accept connections/,
    socket,
    version: `Redis ${version}, appendfsync ${fsync}`,
    stopSignal: 'SIGTERM',
  });
}
