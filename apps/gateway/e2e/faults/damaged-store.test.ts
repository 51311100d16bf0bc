import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { client, freshEmail } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from '../gateway-process.ts';
import { notLinuxRoot, obstacle } from './obstacle.ts';
import { mountObstacle, type SmallDisk, smallDisk } from './small-disk.ts';

const because = obstacle('read-only disk', [notLinuxRoot(), mountObstacle()]);

/** A store that was closed, and one whose process was killed: its last commits are in the log beside it. */
interface Original {
  readonly dataDir: string;
  readonly ids: readonly string[];
}
let closed: Original;
let killed: Original;

async function original(signal: NodeJS.Signals): Promise<Original> {
  const gateway = await startGateway();
  const ids: string[] = [];
  // So few that the log is never folded into the file while the gateway runs.
  for (let number = 0; number < 15; number++) {
    const body = { to: { email: freshEmail() }, content: { title: `No. ${number}`, body: 'long '.repeat(300) } };
    ids.push((await client(gateway).accepted(body)).id);
  }
  await client(gateway).settled(ids.at(-1) ?? '');
  gateway.kill(signal);
  await gateway.exited;
  return { dataDir: gateway.dataDir, ids };
}

beforeAll(async () => {
  [closed, killed] = await Promise.all([original('SIGTERM'), original('SIGKILL')]);
});
afterAll(endGateways);

const storeIn = (dataDir: string) => join(dataDir, 'posthorn.db');

function copyOf({ dataDir }: Original, ...suffixes: string[]): string {
  const copy = temporaryFolder();
  for (const name of ['posthorn.key', 'posthorn.db', ...suffixes.map((suffix) => `posthorn.db${suffix}`)])
    copyFileSync(join(dataDir, name), join(copy, name));
  return copy;
}

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

function overwrite(file: string, at: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0x5a), 0, bytes, at);
  closeSync(handle);
}

/** The start ends with 1 and one line that names what is wrong; the file is what it was. */
async function refuses(dataDir: string, reason: RegExp): Promise<void> {
  const before = digest(storeIn(dataDir));
  const start = startProgram(['serve'], { POSTHORN_DATA_DIR: dataDir, POSTHORN_PORT: '0' });
  expect([await start.exited, start.stdout()]).toEqual([{ code: 1, signal: null }, '']);
  expect(start.stderr()).toMatch(/^posthorn: [^\n]+\n$/);
  expect(start.stderr()).toMatch(reason);
  expect(digest(storeIn(dataDir))).toBe(before);
}

/** How many of these notifications the gateway knows: the first of them, without a gap. */
async function known(gateway: GatewayProcess, ids: readonly string[]): Promise<number> {
  const answers = await Promise.all(ids.map((id) => gateway.request('GET', `/notifications/${id}`)));
  const statuses = answers.map(({ status }) => status);
  const count = statuses.filter((status) => status === 200).length;
  expect(statuses).toEqual(ids.map((_, place) => (place < count ? 200 : 404)));
  return count;
}

async function works(gateway: GatewayProcess): Promise<void> {
  const { id } = await client(gateway).accepted({ to: { email: freshEmail() }, content: { body: 'still here' } });
  expect((await client(gateway).settled(id)).status).toBe('sent');
}

describe('a damaged store', () => {
  it.each([0.1, 0.5, 0.9])('with a page overwritten at %s of the file stops the start', async (place) => {
    const dataDir = copyOf(closed);
    const pages = Math.floor(statSync(storeIn(dataDir)).size / 4_096);
    overwrite(storeIn(dataDir), Math.floor(pages * place) * 4_096, 4_096);
    await refuses(dataDir, /posthorn\.db cannot be (?:opened|used): .*(?:damaged|malformed)/);
  });

  it('that is cut in half stops the start', async () => {
    const dataDir = copyOf(closed);
    const { size } = statSync(storeIn(dataDir));
    truncateSync(storeIn(dataDir), Math.floor(size / 2 / 4_096) * 4_096);
    await refuses(dataDir, /posthorn\.db cannot be (?:opened|used): .*(?:damaged|malformed)/);
  });

  it.each([
    ['cut off', (log: string) => truncateSync(log, Math.floor(statSync(log).size / 2))],
    ['overwritten in the middle', (log: string) => overwrite(log, Math.floor(statSync(log).size / 2), 4_096)],
  ])('whose log is %s starts with what was committed before', async (_name, damage) => {
    const dataDir = copyOf(killed, '-wal');
    damage(`${storeIn(dataDir)}-wal`);
    const gateway = await startGateway({ dataDir });
    const count = await known(gateway, killed.ids);
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThan(killed.ids.length);
    await works(gateway);
  });

  it('whose log is whole starts with everything', async () => {
    const gateway = await startGateway({ dataDir: copyOf(killed, '-wal') });
    expect(await known(gateway, killed.ids)).toBe(killed.ids.length);
  });
});

describe('a foreign file', () => {
  it('in the place of the store stops the start', async () => {
    const dataDir = temporaryFolder();
    const other = new DatabaseSync(storeIn(dataDir));
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE letters (text TEXT); INSERT INTO letters VALUES (1)');
    other.close();
    await refuses(dataDir, /the database of another program/);
  });

  it('in the place of its log is not taken for one', async () => {
    const dataDir = copyOf(closed);
    writeFileSync(`${storeIn(dataDir)}-wal`, 'Dear grandmother, '.repeat(1_000), { mode: 0o600 });
    const gateway = await startGateway({ dataDir });
    expect(await known(gateway, closed.ids)).toBe(closed.ids.length);
    await works(gateway);
  });
});

describe.skipIf(because !== null)('a store that cannot be written', () => {
  let disk: SmallDisk;
  beforeAll(() => {
    disk = smallDisk(32);
  });
  afterEach(() => disk.close());

  it('because its file, or the whole disk, is read-only stops the start', { timeout: 120_000 }, async () => {
    const dataDir = join(disk.path, 'data');
    execFileSync('cp', ['-r', copyOf(closed), dataDir]);
    const file = storeIn(dataDir);
    execFileSync('mount', ['--bind', file, file]);
    execFileSync('mount', ['-o', 'remount,bind,ro', file]);
    try {
      await refuses(dataDir, /posthorn\.db cannot be (?:opened|used): /);
    } finally {
      execFileSync('umount', [file]);
    }
    execFileSync('mount', ['-o', 'remount,ro', disk.path]);
    await refuses(dataDir, /cannot be (?:used|locked|opened)/);
    execFileSync('mount', ['-o', 'remount,rw', disk.path]);
    const gateway = await startGateway({ dataDir });
    expect(await known(gateway, closed.ids)).toBe(closed.ids.length);
    gateway.kill('SIGKILL');
    await gateway.exited;
  });
});
