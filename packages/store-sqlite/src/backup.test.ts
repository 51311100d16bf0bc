import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMint, type NewNotification } from '@posthorn/core';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../doubles/temporary-store.ts';
import { backUp, type EmbeddedStore, openStore, restore } from './index.ts';

const now = Date.UTC(2026, 0, 1);
const lane = { channel: 'sms', account: 'main' };
const mint = idMint();
let folder = '';
let store: EmbeddedStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-backup-'));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): EmbeddedStore {
  return openStore({ path: join(folder, 'posthorn.db'), searchKey: Buffer.alloc(32, 1), keys, now });
}

function notification(over: Partial<NewNotification> = {}): NewNotification {
  const plain = { channel: 'sms', accounts: null, withinMs: null, until: 'sent' } as const;
  return {
    id: mint.notification(now),
    project: store.defaultProject.key,
    kind: 'transactional',
    priority: 'normal',
    plan: { strategy: 'fallback', guarantee: 'at-least-once', steps: [plain] },
    skipped: [],
    deliveries: [{ ordinal: 1, step: 0, channel: 'sms', account: 'main', address: '+8613800138000', flow: null }],
    content: { sms: { text: 'hello' } },
    dueAt: null,
    expiresAt: null,
    orderingKey: null,
    metadata: {},
    tags: [],
    idempotency: null,
    answer: '{}',
    ...over,
  };
}

describe('a backup', () => {
  it('made while the store is written to holds every notification that was accepted before it', async () => {
    const before = Array.from({ length: 500 }, () => notification());
    await store.outbox.accept({ notifications: before, now });
    const during = store.outbox.accept({ notifications: [notification()], now });
    const report = backUp(join(folder, 'posthorn.db'), join(folder, 'copy.db'));
    await during;
    expect(report.notifications).toBeGreaterThanOrEqual(500);
    expect(report.bytes).toBe(statSync(join(folder, 'copy.db')).size);
  });

  it('never overwrites a file', () => {
    writeFileSync(join(folder, 'copy.db'), 'precious');
    expect(() => backUp(join(folder, 'posthorn.db'), join(folder, 'copy.db'))).toThrow(/exists already/);
    expect(readFileSync(join(folder, 'copy.db'), 'utf8')).toBe('precious');
  });

  it('takes no other name than its own in the end, and removes what a killed one left unfinished', () => {
    const copies = () => readdirSync(folder).filter((name) => name.startsWith('copy.db'));
    writeFileSync(join(folder, 'copy.db.unfinished-1'), 'half of a backup');
    writeFileSync(join(folder, 'copy.db.unfinished-1-journal'), '');
    writeFileSync(join(folder, 'copy.db.old'), 'of somebody else');
    backUp(join(folder, 'posthorn.db'), join(folder, 'copy.db'));
    expect(copies()).toEqual(['copy.db', 'copy.db.old']);
  });

  it('that fails leaves nothing behind', () => {
    const stranger = new SqliteDatabase(join(folder, 'stranger.db'));
    stranger.exec('CREATE TABLE notes (text TEXT)');
    stranger.close();
    expect(() => backUp(join(folder, 'stranger.db'), join(folder, 'copy.db'))).toThrow(/not a store of Posthorn/);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy.db'))).toEqual([]);
  });
});

describe('a restore', () => {
  async function backUpThreeStates(): Promise<readonly NewNotification[]> {
    const sent = notification();
    const due = notification();
    const later = notification({ dueAt: now + 3_600_000 });
    await store.outbox.accept({ notifications: [sent, due, later], now });
    const [claimed] = await store.outbox.claim({ lane, limit: 1, leaseMs: 1_000, now });
    if (!claimed) throw new Error('nothing was claimed');
    await store.outbox.settle({
      lease: claimed,
      attempt: null,
      settlement: { to: 'sent', vendorId: null, parts: null },
      now,
    });
    backUp(join(folder, 'posthorn.db'), join(folder, 'copy.db'));
    return [sent, due, later];
  }

  function restoreAndOpen(options: { force: boolean; resume: boolean }): void {
    store.close();
    restore(join(folder, 'copy.db'), join(folder, 'posthorn.db'), { ...options, now });
    store = open();
  }

  const statuses = (notifications: readonly NewNotification[]) =>
    notifications.map(({ id }) => store.reader.notification(store.defaultProject.key, id)?.status);

  it('holds back what may have been sent since, and keeps what cannot have been', async () => {
    const notifications = await backUpThreeStates();
    restoreAndOpen({ force: true, resume: false });
    expect(statuses(notifications)).toEqual(['sent', 'uncertain', 'scheduled']);
    expect(await store.outbox.claim({ lane, limit: 10, leaseMs: 1_000, now })).toEqual([]);
  });

  it.each([
    [false, 'expired'],
    [true, 'approved'],
  ])('ends the codes that may have been used since, unless told to resume (%s)', async (resume, status) => {
    const [{ id: message } = notification()] = await backUpThreeStates();
    const code = {
      notification: message,
      handles: [{ name: 'alice', digest: 'right' }],
      addresses: [],
      expiresAt: now + 60_000,
      memo: '',
    };
    await store.codes.open({ code, resendMs: 0, now });
    backUp(join(folder, 'posthorn.db'), join(folder, 'with-code.db'));
    const check = { handle: 'alice', digest: 'right', hidden: false, now };
    expect(await store.codes.check(check)).toMatchObject({ status: 'approved' });
    renameSync(join(folder, 'with-code.db'), join(folder, 'copy.db'));
    restoreAndOpen({ force: true, resume });
    expect(await store.codes.check(check)).toMatchObject({ status });
  });

  it('goes on sending when told to resume', async () => {
    const notifications = await backUpThreeStates();
    restoreAndOpen({ force: true, resume: true });
    expect(statuses(notifications)).toEqual(['sent', 'accepted', 'scheduled']);
    expect(await store.outbox.claim({ lane, limit: 10, leaseMs: 1_000, now })).toHaveLength(1);
  });

  it('does not replace a store unless forced, and leaves it whole when the backup is damaged', async () => {
    const notifications = await backUpThreeStates();
    store.close();
    const path = join(folder, 'posthorn.db');
    expect(() => restore(join(folder, 'copy.db'), path, { force: false, resume: false, now })).toThrow(/--force/);
    const damaged = readFileSync(join(folder, 'copy.db')).fill(0xff, 8_192, 40_960);
    writeFileSync(join(folder, 'damaged.db'), damaged);
    expect(() => restore(join(folder, 'damaged.db'), path, { force: true, resume: false, now })).toThrow(/damaged/);
    expect(existsSync(`${path}.restoring`)).toBe(false);
    store = open();
    expect(statuses(notifications)).toEqual(['sent', 'accepted', 'scheduled']);
  });

  it('is refused while a gateway works on the store', async () => {
    await backUpThreeStates();
    const options = { force: true, resume: false, now };
    expect(() => restore(join(folder, 'copy.db'), join(folder, 'posthorn.db'), options)).toThrow(
      /another Posthorn is running/,
    );
  });

  it('refuses a file that is no backup', () => {
    writeFileSync(join(folder, 'note.txt'), 'not a database, but long enough to be read as a header of one');
    store.close();
    const path = join(folder, 'posthorn.db');
    expect(() => restore(join(folder, 'note.txt'), path, { force: true, resume: false, now })).toThrow();
    store = open();
  });
});
