import { type Commit, StoreUnavailable } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { backlogLimit, busyBacklog } from './backlog.ts';
import type { Ballast } from './ballast.ts';

/** Runs commands so that many share one commit, and answers each only when that commit is on the disk. */
export interface Writer {
  /** Refused with `storage_full` while the disk is full. */
  run<Result>(command: () => Result): Promise<Result>;
  /** For what ends something that was begun: on a full disk it is written into the room that the ballast gives up. */
  finish<Result>(command: () => Result): Promise<Result>;
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Whether so much waits that nothing new should be begun. */
  isBehind(): boolean;
  /** Commits what waits and refuses what comes after. */
  close(): void;
}

/** What the writer needs of the effects of commands: the last commit's, or the forgetting of them. */
export interface WriterEffects {
  take(): Commit;
  /** The transaction was rolled back. */
  forget(): void;
}

interface Waiting {
  readonly command: () => unknown;
  /** Ends what was begun. */
  readonly finishes: boolean;
  resolve(result: never): void;
  reject(error: unknown): void;
}

/** Commands of one commit. At 256 the cost of the commit is spread thin and the event loop is held for a few milliseconds. */
const groupLimit = 256;

/**
 * Group commit: commands that arrive in one turn of the event loop share a transaction, since its cost is the disk's
 * flush, not the rows (measured in docs/performance.md). Nothing waits for company: an idle store commits at once.
 *
 * A command that throws spoils the group: it is rolled back and each command runs again alone, so that only the bad one
 * fails. Commands are functions of their data and the database, so running one twice is harmless.
 */
export function openWriter(db: Database, effects: WriterEffects, ballast: Ballast | null = null): Writer {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const listeners = new Set<(commit: Commit) => void>();
  const waiting: Waiting[] = [];
  let scheduled = false;
  let closed = false;

  const transact = (commands: readonly Waiting[]): readonly unknown[] => {
    begin.run();
    try {
      const results = commands.map(({ command }) => command());
      commit.run();
      return results;
    } catch (error) {
      if (db.inTransaction) rollback.run();
      effects.forget();
      throw error;
    }
  };

  const settle = (group: readonly Waiting[]) => {
    let results: readonly unknown[];
    try {
      results = transact(group);
    } catch (error) {
      const fault = storageFault(error);
      if (fault?.code === 'storage_full' && ballast?.present()) {
        giveRoom(group, fault, ballast);
      } else if (fault !== null || group.length === 1) {
        for (const { reject } of group) reject(fault ?? error);
      } else {
        for (const one of group) settle([one]);
      }
      return;
    }
    group.forEach(({ resolve }, place) => {
      resolve(results[place] as never);
    });
    const news = effects.take();
    if (news.events.length > 0 || news.ready.length > 0 || news.suppressed || news.codes)
      for (const listener of listeners) listener(news);
  };

  /** The disk is full: its last room is for what was begun, and nothing else gets any until there is more. */
  const giveRoom = (group: readonly Waiting[], fault: StoreUnavailable, last: Ballast) => {
    last.release();
    for (const { finishes, reject } of group) if (!finishes) reject(fault);
    const finishing = group.filter(({ finishes }) => finishes);
    if (finishing.length > 0) settle(finishing);
  };

  const flush = () => {
    scheduled = false;
    const group = waiting.splice(0, groupLimit);
    if (waiting.length > 0) schedule();
    if (group.length > 0) settle(group);
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  const enqueue = <Result>(command: () => Result, finishes: boolean): Promise<Result> => {
    if (waiting.length >= backlogLimit) return Promise.reject(new StoreUnavailable('overloaded'));
    if (closed) return Promise.reject(new StoreUnavailable('storage_unavailable', new Error('the store is closed')));
    return new Promise((resolve, reject) => {
      waiting.push({ command, finishes, resolve, reject });
      schedule();
    });
  };

  return {
    run(command) {
      if (ballast !== null && !ballast.make()) return Promise.reject(new StoreUnavailable('storage_full'));
      return enqueue(command, false);
    },
    finish: (command) => enqueue(command, true),
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isBehind: () => waiting.length > busyBacklog,
    close() {
      closed = true;
      while (waiting.length > 0) settle(waiting.splice(0, groupLimit));
    },
  };
}

/** What the disk did to us, as the store's own error; null when the fault is a command's. */
export function storageFault(error: unknown): StoreUnavailable | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL') return new StoreUnavailable('storage_full', error);
  const outside = [
    'SQLITE_IOERR',
    'SQLITE_READONLY',
    'SQLITE_BUSY',
    'SQLITE_CANTOPEN',
    'SQLITE_CORRUPT',
    'SQLITE_NOTADB',
  ];
  return outside.some((prefix) => code.startsWith(prefix)) ? new StoreUnavailable('storage_unavailable', error) : null;
}
