import { randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { checkWhole, isOurs } from './file.ts';
import { takeOwnership } from './owner.ts';

/** What a copy holds. */
export interface BackupReport {
  readonly notifications: number;
  readonly bytes: number;
}

/**
 * Writes a consistent copy of a store to `target`, also while a gateway works on it: the copy is one snapshot, and the
 * gateway goes on writing meanwhile. Throws when `target` exists: a backup never overwrites one.
 *
 * What bears the name of the target is whole and on the disk, whenever the process was killed. What an earlier backup to
 * this target left unfinished is removed; if that one is still at work, it fails.
 */
export function backUp(path: string, target: string): BackupReport {
  if (!existsSync(path)) throw new Error(`there is no store at ${path}`);
  refuseExisting(target);
  removeUnfinished(target);
  const unfinished = `${target}${unfinishedMark}${randomUUID()}`;
  try {
    copyStore(path, unfinished);
    flushToDisk(unfinished);
    const copied = report(unfinished);
    refuseExisting(target);
    renameSync(unfinished, target);
    flushToDisk(dirname(target));
    return copied;
  } finally {
    for (const suffix of ['', '-journal']) rmSync(unfinished + suffix, { force: true });
  }
}

/** Between the name of a backup and what is random in the name of the file that is to become it. */
const unfinishedMark = '.unfinished-';

function copyStore(path: string, target: string): void {
  const db = new SqliteDatabase(path, { readonly: true });
  try {
    if (!isOurs(db)) throw new Error(`${path} is not a store of Posthorn`);
    db.prepare('VACUUM INTO ?').run(target);
  } finally {
    db.close();
  }
}

function refuseExisting(target: string): void {
  if (existsSync(target)) throw new Error(`${target} exists already: name a file that does not`);
}

function removeUnfinished(target: string): void {
  const prefix = basename(target) + unfinishedMark;
  const folder = dirname(target);
  for (const name of readdirSync(folder)) if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true });
}

export interface RestoreOptions {
  /** Replaces a store that is there. */
  readonly force: boolean;
  /** Sends what the backup still had to send. Without it those deliveries end `uncertain`: the gateway may have sent them after the backup was made. */
  readonly resume: boolean;
  readonly now: number;
}

/** Puts a backup in the place of a store. Throws, with the old store untouched, when the backup is damaged or a gateway is running there. */
export function restore(backup: string, path: string, options: RestoreOptions): BackupReport {
  if (!existsSync(backup)) throw new Error(`there is no backup ${backup}`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const owner = takeOwnership(dirname(path));
  const fresh = `${path}.restoring`;
  try {
    if (existsSync(path) && !options.force) throw new Error(`${path} exists already: --force replaces it`);
    copyFileSync(backup, fresh);
    prepare(fresh, backup, options);
    flushToDisk(fresh);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    renameSync(fresh, path);
    flushToDisk(dirname(path));
    return report(path);
  } finally {
    rmSync(fresh, { force: true });
    owner.release();
  }
}

function prepare(file: string, backup: string, { resume, now }: RestoreOptions): void {
  const db = new SqliteDatabase(file);
  try {
    if (!isOurs(db)) throw new Error(`${backup} is not a backup of a store of Posthorn`);
    checkWhole(db);
    if (!resume) holdBack(db, now);
  } catch (error) {
    throw error instanceof SqliteDatabase.SqliteError
      ? new Error(`${backup} is damaged: ${error.message}`, { cause: error })
      : error;
  } finally {
    db.close();
  }
}

/** What was due when the backup was made, or has become due since, may have been sent by the gateway that went on. */
function holdBack(db: Database, now: number): void {
  const mayHaveLeft = db.prepare<{ now: number }>(
    `UPDATE deliveries SET state = 14, code = 'restored', finished_at = @now, due_at = NULL, lease_until = NULL
     WHERE state IN (2, 3, 4, 5, 6) OR (state = 1 AND due_at <= @now)`,
  );
  const laterSteps = db.prepare<{ now: number }>(
    `UPDATE deliveries SET state = 12, code = 'restored', finished_at = @now WHERE state = 0
     AND notification IN (SELECT notification FROM deliveries WHERE state = 14 AND code = 'restored')`,
  );
  const notifications = db.prepare(
    `UPDATE notifications SET status = 8, step_deadline = NULL
     WHERE key IN (SELECT notification FROM deliveries WHERE state = 14 AND code = 'restored')`,
  );
  db.transaction(() => {
    mayHaveLeft.run({ now });
    laterSteps.run({ now });
    notifications.run();
    endCodes(db, now);
  }).immediate();
}

/** A one-time code may have been approved or guessed at since: nobody gets that back. Backups of older versions have none. */
function endCodes(db: Database, now: number): void {
  const tables = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'codes'");
  if (tables.get() === undefined) return;
  db.prepare<{ now: number }>('UPDATE codes SET expires_at = @now WHERE expires_at > @now').run({ now });
}

function report(file: string): BackupReport {
  const db = new SqliteDatabase(file, { readonly: true });
  try {
    const { notifications } = db.prepare('SELECT count(*) AS notifications FROM notifications').get() as {
      notifications: number;
    };
    return { notifications, bytes: statSync(file).size };
  } finally {
    db.close();
  }
}

function flushToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
