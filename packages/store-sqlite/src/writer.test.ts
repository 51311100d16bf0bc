import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { idMint, type NewNotification, type StoreUnavailable } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BareOutbox, bareOutbox } from '../doubles/bare-outbox.ts';
import { dawn } from '../doubles/temporary-store.ts';
import { openWriter, storageFault } from './writer.ts';

const mint = idMint();
const lane = { channel: 'sms', account: 'sms-main' };
let bare: BareOutbox;
let closed = false;
beforeEach(() => {
  bare = bareOutbox();
  closed = false;
});
afterEach(() => {
  if (!closed) bare.close();
});

const item = (wish: Partial<NewNotification> = {}) => sampleNotification(mint.notification(dawn), bare.project, wish);
const accept = (one = item()) => bare.outbox.accept({ notifications: [one], now: dawn });
const stored = () => bare.db.prepare('SELECT count(*) FROM notifications').pluck().get();
const commits = (action: () => Promise<unknown>) => countCommits(bare, action);
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no fault',
    (error: StoreUnavailable) => error.code,
  );

describe('group commit', () => {
  it('shares one commit between commands of one turn', async () => {
    expect(await commits(() => Promise.all(Array.from({ length: 100 }, () => accept())))).toBe(1);
    expect(stored()).toBe(100);
  });

  it('splits a long queue into commits of 256', async () => {
    expect(await commits(() => Promise.all(Array.from({ length: 600 }, () => accept())))).toBe(3);
  });

  it('answers after the commit, not before', async () => {
    const order: string[] = [];
    bare.outbox.onCommit(() => order.push('commit'));
    const answers = [accept(), accept()].map((answer) => answer.then(() => order.push('answer')));
    await Promise.all(answers);
    expect(order).toEqual(['commit', 'answer', 'answer']);
  });

  it('answers each command in the order in which they came', async () => {
    const one = item();
    const [accepted, claimed, nothing] = await Promise.all([
      accept(one),
      bare.outbox.claim({ lane, limit: 5, leaseMs: 1, now: dawn }),
      bare.outbox.claim({ lane, limit: 5, leaseMs: 1, now: dawn }),
    ]);
    expect(accepted).toEqual([{ kind: 'accepted' }]);
    expect(claimed.map(({ notification }) => notification)).toEqual([one.id]);
    expect(nothing).toEqual([]);
  });

  it('lets one bad command fail alone', async () => {
    const twin = item();
    const events: string[] = [];
    bare.outbox.onCommit((commit) => events.push(...commit.events.map(({ notification }) => notification)));
    const good = [item(), item()];
    const results = await Promise.allSettled([accept(good[0]), accept(twin), accept(twin), accept(good[1])]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toBe(3);
    expect(events).toEqual([good[0]?.id, twin.id, good[1]?.id]);
  });

  it('gives out no lane number that was rolled back', async () => {
    const twin = item();
    await accept(twin);
    const fresh = { ...twin, deliveries: twin.deliveries.map((one) => ({ ...one, account: 'new-account' })) };
    await expect(accept(fresh)).rejects.toThrow(/UNIQUE/);
    const other = item();
    await accept({ ...other, deliveries: other.deliveries.map((one) => ({ ...one, account: 'other-account' })) });
    await accept({ ...item(), deliveries: fresh.deliveries });
    expect(bare.reader.backlog().map(({ lane: { account }, queued }) => [account, queued])).toEqual([
      ['sms-main', 1],
      ['other-account', 1],
      ['new-account', 1],
    ]);
  });

  it('tells a listener no more after it has left', async () => {
    let heard = 0;
    const leave = bare.outbox.onCommit(() => heard++);
    await accept();
    leave();
    await accept();
    expect(heard).toBe(1);
  });
});

describe('a storage fault', () => {
  it('rejects as storage_full with nothing changed, and works again after more room', async () => {
    await accept();
    const pages = bare.db.pragma('page_count', { simple: true }) as number;
    bare.db.pragma(`max_page_count = ${pages}`);
    const big = item({ content: { sms: { text: 'x'.repeat(500_000) } } });
    const before = stored();
    const neighbours = [accept(), accept(big), accept()].map(faultOf);
    expect(await Promise.all(neighbours)).toEqual(['storage_full', 'storage_full', 'storage_full']);
    expect(stored()).toBe(before);
    bare.db.pragma('max_page_count = 1000000');
    await accept(big);
    expect(stored()).toBe(Number(before) + 1);
    expect(bare.db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('rejects as storage_unavailable while the store cannot be written', async () => {
    bare.db.pragma('query_only = ON');
    expect(await faultOf(accept())).toBe('storage_unavailable');
    expect(await faultOf(bare.probe())).toBe('storage_unavailable');
    bare.db.pragma('query_only = OFF');
    await bare.probe();
    await accept();
  });

  it('is not a bug of a command', () => {
    expect(storageFault(new TypeError('x is not a function'))).toBeNull();
    expect(storageFault(Object.assign(new Error('UNIQUE'), { code: 'SQLITE_CONSTRAINT_UNIQUE' }))).toBeNull();
    const code = (sqlite: string) => storageFault(Object.assign(new Error(sqlite), { code: sqlite }))?.code;
    expect(code('SQLITE_FULL')).toBe('storage_full');
    expect(code('SQLITE_IOERR_FSYNC')).toBe('storage_unavailable');
    expect(code('SQLITE_BUSY_SNAPSHOT')).toBe('storage_unavailable');
  });
});

describe('a full disk with a ballast', () => {
  /** A disk as large as the database, whose ballast is worth fifty pages, and to which room can be added. */
  function scene() {
    const { db } = bare;
    db.exec('CREATE TABLE notes (text TEXT) STRICT');
    const insert = db.prepare('INSERT INTO notes VALUES (?)');
    const limit = (more: number) =>
      db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + more}`);
    const disk = { there: true, hasRoom: false };
    const ballast = {
      present: () => disk.there,
      release() {
        disk.there = false;
        limit(50);
      },
      make() {
        disk.there ||= disk.hasRoom;
        return disk.there;
      },
    };
    const writer = openWriter(db, { take: () => ({ events: [], ready: [] }), forget() {} }, ballast);
    const note = () => void insert.run('x'.repeat(20_000));
    limit(0);
    return { writer, note, disk, limit };
  }

  it('finishes what was begun in the room that it gives up, and takes nothing new until there is more', async () => {
    const { writer, note, disk, limit } = scene();
    const together = [writer.run(note), writer.finish(note), writer.run(note), writer.finish(note)].map(faultOf);
    expect(await Promise.all(together)).toEqual(['storage_full', 'no fault', 'storage_full', 'no fault']);
    expect(disk.there).toBe(false);
    expect(await faultOf(writer.run(() => 'small'))).toBe('storage_full');
    expect(await faultOf(writer.finish(note))).toBe('no fault');
    expect(bare.db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(3);

    limit(0);
    expect(await faultOf(writer.finish(note))).toBe('storage_full');
    limit(1_000);
    disk.hasRoom = true;
    expect(await faultOf(writer.run(note))).toBe('no fault');
    expect(disk.there).toBe(true);
  });

  it('does not give it up for a fault of another kind', async () => {
    const { writer, note, disk } = scene();
    bare.db.pragma('query_only = ON');
    expect(await faultOf(writer.finish(note))).toBe('storage_unavailable');
    bare.db.pragma('query_only = OFF');
    expect(disk.there).toBe(true);
  });
});

describe('too much at once', () => {
  it('is refused at once instead of being answered late', async () => {
    const writer = openWriter(bare.db, { take: () => ({ events: [], ready: [] }), forget() {} });
    const fill = (count: number) => Array.from({ length: count }, (_, place) => writer.run(() => place));
    const waiting = fill(4_000);
    expect(writer.isBehind()).toBe(false);
    waiting.push(...fill(1_000));
    expect(writer.isBehind()).toBe(true);
    expect(await faultOf(writer.run(() => 'too much'))).toBe('overloaded');
    expect((await Promise.all(waiting)).at(-1)).toBe(999);
    expect(writer.isBehind()).toBe(false);
    expect(await writer.run(() => 'again')).toBe('again');
  });
});

describe('closing', () => {
  it('commits what waits and refuses what comes after', async () => {
    const last = Array.from({ length: 300 }, () => accept());
    closed = true;
    bare.end();
    expect(await faultOf(accept())).toBe('storage_unavailable');
    await Promise.all(last);
    expect(stored()).toBe(300);
    await turn();
    bare.close();
  });
});

/** Counts the commit frames in the log (sqlite.org/fileformat2.html#walformat), the disk's own word for it. */
async function countCommits({ db }: BareOutbox, action: () => Promise<unknown>): Promise<number> {
  db.pragma('wal_checkpoint(TRUNCATE)');
  await action();
  const log = readFileSync(`${db.name}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let count = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) > 0) count++;
  return count;
}
