import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { idMint, longestWaitMs } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Child, startChild } from '../doubles/child.ts';
import { dawn, openStoreIn, storeFile, temporaryFolder } from '../doubles/temporary-store.ts';
import { openFile } from './file.ts';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = storeFile(folder.path);
});
afterEach(() => folder.remove());

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const messageOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
};

describe('an opened store', () => {
  it('is as durable when its file is opened again as when it is made', () => {
    openStoreIn(folder.path).close();
    const db = openFile(file);
    const pragma = (name: string) => db.pragma(name, { simple: true });
    const inForce = ['journal_mode', 'synchronous', 'foreign_keys', 'application_id', 'journal_size_limit'].map(pragma);
    db.close();
    expect(inForce).toEqual(['wal', 2, 1, 0x50_48_52_4e, 67_108_864]);
  });

  it('keeps its default project, and makes another once', () => {
    const first = openStoreIn(folder.path);
    const made = first.ensureProject('shop', dawn);
    first.close();
    const again = openStoreIn(folder.path);
    expect(again.defaultProject).toEqual(first.defaultProject);
    expect(again.ensureProject('shop', dawn)).toEqual(made);
    expect(again.migrated).toEqual([]);
    again.close();
  });

  it('lets only its owner read its files', async () => {
    const store = openStoreIn(folder.path);
    await store.probe();
    const modes = readdirSync(folder.path).map((name) => [
      name,
      (statSync(join(folder.path, name)).mode & 0o777).toString(8),
    ]);
    store.close();
    expect(modes.map(([name]) => name).toSorted()).toEqual([
      'ballast',
      'posthorn.db',
      'posthorn.db-shm',
      'posthorn.db-wal',
      'posthorn.lock',
      'posthorn.lock-journal',
    ]);
    for (const [name, mode] of modes) expect(mode, name).toBe('600');
  });

  it('leaves its file, its ballast and an unlocked directory when it is closed', async () => {
    const store = openStoreIn(folder.path);
    await store.probe();
    store.close();
    expect(readdirSync(folder.path).toSorted()).toEqual(['ballast', 'posthorn.db', 'posthorn.lock']);
    openStoreIn(folder.path).close();
  });
});

describe('a store that is opened after the clock was set back', () => {
  const ahead = 3 * 86_400_000;
  const states = { scheduled: 1, retrying: 5, parked: 6 } as const;

  /** A delivery in this state, whose time the clock of before had set. */
  async function dueIn(state: keyof typeof states, attempts: number, ms: number): Promise<number> {
    const store = openStoreIn(folder.path);
    const one = sampleNotification(idMint().notification(dawn), store.defaultProject.key);
    await store.outbox.accept({ notifications: [one], now: dawn });
    store.close();
    const db = new SqliteDatabase(file);
    db.prepare('UPDATE deliveries SET state = ?, token = 5, attempts = ?, due_at = ?').run(
      states[state],
      attempts,
      dawn + ms,
    );
    openStoreIn(folder.path).close();
    const due = db.prepare('SELECT due_at FROM deliveries').pluck().get() as number;
    db.close();
    return due - dawn;
  }

  it.each([
    ['retrying', 1, ahead, 0],
    ['parked', 0, ahead, 0],
    ['parked', 3, ahead, 0],
    // Two days are the most that a vendor's wait and our own can come to.
    ['retrying', 1, longestWaitMs, longestWaitMs],
    ['retrying', 1, 90_000, 90_000],
    // Spread over time by an operator, or scheduled: that moment was meant.
    ['retrying', 0, ahead, ahead],
    ['scheduled', 0, ahead, ahead],
  ] as const)(
    'has a delivery %s after %d attempts that was due in %d ms due in %d',
    async (state, attempts, ms, due) => {
      expect(await dueIn(state, attempts, ms)).toBe(due);
    },
  );
});

describe('a file that is not ours', () => {
  const refused = (reason: RegExp) => {
    const before = digest(file);
    const message = messageOf(() => openStoreIn(folder.path));
    expect(message).toMatch(reason);
    expect(message).toContain(file);
    expect(message).not.toContain('\n');
    expect(digest(file)).toBe(before);
    // The directory is not left locked.
    expect(messageOf(() => openStoreIn(folder.path))).toMatch(reason);
  };

  it.each([
    ['a letter', 'Dear grandmother, '.repeat(500)],
    ['one byte', 'x'],
  ])('is refused and left as it is: %s', (_name, text) => {
    writeFileSync(file, text);
    refused(/not a store of Posthorn/);
  });

  it('is refused when it is a header and nothing more', () => {
    writeFileSync(file, 'SQLite format 3\0');
    refused(/not a database/);
  });

  it.each(['DELETE', 'WAL'])('is refused when it is the %s-mode database of another program', (mode) => {
    const other = new SqliteDatabase(join(folder.path, 'other.db'));
    other.pragma(`journal_mode = ${mode}`);
    other.exec('CREATE TABLE letters (text TEXT); INSERT INTO letters VALUES (1)');
    copyFileSync(join(folder.path, 'other.db'), file);
    if (mode === 'WAL') copyFileSync(join(folder.path, 'other.db-wal'), `${file}-wal`);
    other.close();
    const log = mode === 'WAL' ? digest(`${file}-wal`) : '';
    refused(/another program/);
    if (mode === 'WAL') expect(digest(`${file}-wal`)).toBe(log);
  });

  it('is refused when another program has signed it, also without a table', () => {
    const other = new SqliteDatabase(file);
    other.pragma('application_id = 12345');
    other.close();
    refused(/another program/);
  });

  it('is taken when it is empty', () => {
    writeFileSync(file, '');
    expect(openStoreIn(folder.path).close()).toBeUndefined();
  });
});

describe('a damaged store', () => {
  it('is refused with one clear line, and is not made anew', async () => {
    openStoreIn(folder.path).close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(4_096, 0x5a), 0, 4_096, 3 * 4_096);
    closeSync(handle);
    const before = digest(file);
    const message = messageOf(() => openStoreIn(folder.path));
    expect(message).toMatch(/^the store .*posthorn\.db cannot be (opened|used): .*(damaged|malformed)/);
    expect(message).not.toContain('\n');
    expect(digest(file)).toBe(before);
  });

  it('is refused when a newer version wrote it', () => {
    openStoreIn(folder.path).close();
    const db = new SqliteDatabase(file);
    db.exec("INSERT INTO migrations VALUES ('9999_future.sql', 'x', 0)");
    db.close();
    expect(messageOf(() => openStoreIn(folder.path))).toMatch(/newer version of Posthorn: .*9999_future\.sql/);
  });
});

describe('the owner of a data directory', () => {
  it('is one process: a second one is refused at once, and welcome when the first was killed', {
    timeout: 20_000,
  }, async () => {
    const first = startChild('holder', folder.path);
    const others: Child[] = [first];
    try {
      await first.printed(1);
      const second = startChild('holder', folder.path);
      others.push(second);
      await second.ended;
      expect(second.process.exitCode).toBe(1);
      expect(second.stderr()).toMatch(/^the data directory \S+ is in use by another process: .*POSTHORN_DATA_DIR\)\n$/);
      await first.kill();
      openStoreIn(folder.path).close();
    } finally {
      for (const child of others) child.process.kill('SIGKILL');
    }
  });

  it('is refused a second time within the process, without harm to the first', async () => {
    const first = openStoreIn(folder.path);
    const start = performance.now();
    expect(messageOf(() => openStoreIn(folder.path))).toMatch(/in use/);
    expect(performance.now() - start).toBeLessThan(2_000);
    await first.probe();
    const second = startChild('holder', folder.path);
    await second.ended;
    expect(second.stderr()).toMatch(/in use/);
    first.close();
  });
});
