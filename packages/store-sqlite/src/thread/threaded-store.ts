import { Worker } from 'node:worker_threads';
import { type Access, type Commit, type Outbox, StoreUnavailable } from '@posthorn/core';
import SqliteDatabase from 'better-sqlite3';
import { openAccessReader } from '../access-reads.ts';
import { backlogLimit, busyBacklog } from '../backlog.ts';
import type { CodePort } from '../codes/code-port.ts';
import { openLanes } from '../lanes.ts';
import type { Store } from '../open.ts';
import type { StoreOptions } from '../owned-store.ts';
import { openReader } from '../reader.ts';
import { openReadingVault } from '../sealing/vault.ts';
import { digests, searchTerms } from '../search-terms.ts';
import type {
  Answer,
  CommandName,
  Fault,
  Order,
  PackedAccept,
  PackedIssue,
  Report,
  ThreadGreeting,
} from './protocol.ts';
import { packNotification, unpackCommit } from './wire.ts';

/**
 * Commands travel in convoys, since a message and a commit cost the same for one as for many. A convoy leaves when a turn
 * of the event loop has brought no further command, so that nobody who is alone waits; while every turn brings some, this
 * thread has other work anyway, and it leaves when it is full or has gathered for so long.
 */
const convoy = 16;
const longestGatherMs = 1;

/** The store of `openStore` with its writing in a thread; readers use a connection of their own in this one. Rejects as `openStore` throws. */
export async function openThreadedStore(options: StoreOptions): Promise<Store> {
  const { path, searchKey, keys } = options;
  const thread = new Worker(new URL('./store-thread.ts', import.meta.url), { workerData: options, name: 'store' });
  const greeting = await greetingOf(thread);
  if (greeting.kind === 'refused') {
    await thread.terminate();
    throw new Error(greeting.message);
  }
  const { defaultProject, firstPlace, migrated } = greeting;
  // Opened after the thread's: only then are the files there, and of the right shape.
  const db = new SqliteDatabase(path, { readonly: true });
  const secrecy = {
    term: searchTerms(searchKey),
    digest: digests(searchKey),
    vault: openReadingVault(db, keys),
  };
  const orders = openOrders(thread);
  return {
    outbox: threadedOutbox(orders),
    access: threadedAccess(orders),
    codes: threadedCodes(orders),
    reader: openReader(db, openLanes(db), secrecy),
    accessReader: openAccessReader(db),
    defaultProject,
    firstPlace,
    migrated,
    isBehind: orders.isBehind,
    probe: () => orders.give('probe', undefined),
    async close() {
      // The last connection folds the log into the file: that has to be the one that may write.
      db.close();
      await orders.give('close', undefined);
    },
  };
}

function greetingOf(thread: Worker): Promise<ThreadGreeting> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread of the store ended before it could open it')));
  });
}

/** The way to the thread and back. */
interface Orders {
  give<Result>(name: CommandName, input: unknown): Promise<Result>;
  onCommit(listener: (commit: Commit) => void): () => void;
  isBehind(): boolean;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

function openOrders(thread: Worker): Orders {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(commit: Commit) => void>();
  let outgoing: Order[] = [];
  let gathering = false;
  let grown = false;
  let gatheredSince = 0;
  let count = 0;
  let gone: Error | null = null;

  const send = () => {
    const orders = outgoing;
    outgoing = [];
    thread.postMessage(orders);
  };

  /** Once in every turn of the event loop, for as long as a convoy gathers. */
  const look = () => {
    if (outgoing.length === 0) {
      gathering = false;
    } else if (grown && performance.now() - gatheredSince < longestGatherMs) {
      grown = false;
      setImmediate(look);
    } else {
      gathering = false;
      send();
    }
  };

  const settle = ([number, result, fault]: Answer) => {
    const order = waiting.get(number);
    waiting.delete(number);
    if (fault === undefined) order?.resolve(result as never);
    else order?.reject(errorOf(fault));
  };

  thread.on('message', ({ answers, commits }: Report) => {
    for (const answer of answers) settle(answer);
    for (const packed of commits) {
      const commit = unpackCommit(packed);
      for (const listener of listeners) listener(commit);
    }
  });
  const end = (error: Error) => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(new StoreUnavailable('storage_unavailable', gone));
    waiting.clear();
  };
  // An error that leaves the thread is a bug, or the end of memory: nobody can go on here, and a new start can.
  thread.on('error', (error) => {
    end(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  thread.on('exit', () => end(new Error('the store is closed')));

  return {
    give(name, input) {
      if (gone !== null) return Promise.reject(new StoreUnavailable('storage_unavailable', gone));
      if (waiting.size >= backlogLimit) return Promise.reject(new StoreUnavailable('overloaded'));
      return new Promise((resolve, reject) => {
        const number = count++;
        waiting.set(number, { resolve, reject });
        if (outgoing.length === 0) gatheredSince = performance.now();
        outgoing.push([number, name, input]);
        grown = true;
        if (outgoing.length === convoy) send();
        else if (!gathering) {
          gathering = true;
          setImmediate(look);
        }
      });
    },
    isBehind: () => waiting.size > busyBacklog,
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function threadedOutbox({ give, onCommit }: Orders): Outbox {
  return {
    accept: ({ notifications, ...rest }) =>
      give('outbox.accept', { notifications: notifications.map(packNotification), ...rest } satisfies PackedAccept),
    claim: (input) => give('outbox.claim', input),
    settle: (input) => give('outbox.settle', input),
    receive: (input) => give('outbox.receive', input),
    hear: (input) => give('outbox.hear', input),
    suppress: (input) => give('outbox.suppress', input),
    release: (input) => give('outbox.release', input),
    cancel: (input) => give('outbox.cancel', input),
    conclude: (input) => give('outbox.conclude', input),
    requeue: (input) => give('outbox.requeue', input),
    requeueMany: (input) => give('outbox.requeueMany', input),
    renew: (input) => give('outbox.renew', input),
    tick: (input) => give('outbox.tick', input),
    prune: (input) => give('outbox.prune', input),
    erase: (input) => give('outbox.erase', input),
    reassign: (input) => give('outbox.reassign', input),
    keep: (input) => give('outbox.keep', input),
    clearInbox: (input) => give('outbox.clearInbox', input),
    onCommit,
  };
}

function threadedAccess({ give }: Orders): Access {
  return {
    makeProject: (input) => give('access.makeProject', input),
    makeKey: (input) => give('access.makeKey', input),
    revokeKey: (input) => give('access.revokeKey', input),
    noteUses: (input) => give('access.noteUses', input),
  };
}

function threadedCodes({ give }: Orders): CodePort {
  return {
    open: (input) => give('codes.open', input),
    withdraw: (input) => give('codes.withdraw', input),
    check: (input) => give('codes.check', input),
    find: (input) => give('codes.find', input),
    issue: ({ notification, ...rest }) =>
      give('codes.issue', { notification: packNotification(notification), ...rest } satisfies PackedIssue),
    verify: (input) => give('codes.verify', input),
  };
}

function errorOf({ code, message }: Fault): Error {
  return code === null ? new Error(message) : new StoreUnavailable(code, new Error(message));
}
