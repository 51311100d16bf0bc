import {
  type Act,
  type AuditQuery,
  idMint,
  newKeyId,
  newKeyText,
  newProjectId,
  type Project,
  type StoredKey,
} from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BareOutbox, bareOutbox } from '../doubles/bare-outbox.ts';
import { dawn, temporaryFolder, waysToOpen } from '../doubles/temporary-store.ts';
import type { Store } from './open.ts';

const never = {
  contentBefore: 0,
  metadataBefore: 0,
  idempotencyBefore: 0,
  quotaBefore: 0,
  codesBefore: 0,
  tracesBefore: 0,
  limit: 10,
};
const everything = { project: null, limit: 100, before: null };
const acted = (subject: string | null = null, more: Partial<Act> = {}): Act => ({
  by: 'admin',
  subject,
  requestId: 'request-1',
  at: dawn,
  ...more,
});

function madeKey(project: Project, more: Partial<StoredKey> = {}): StoredKey {
  const { handle, hash } = newKeyText();
  const times = { createdAt: dawn, expiresAt: dawn + 5, revokedAt: null, usedAt: null };
  return {
    id: newKeyId(),
    handle,
    hash,
    project,
    name: 'k',
    scopes: ['notify', 'read'],
    ratePerSecond: 2.5,
    ...times,
    ...more,
  };
}

describe.each(Object.entries(waysToOpen))('projects and keys, %s', (_way, open) => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;
  beforeEach(async () => {
    folder = temporaryFolder();
    store = await open(folder.path);
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  const makeKey = async (project: Project, more: Partial<StoredKey> = {}) => {
    const key = madeKey(project, more);
    await store.access.makeKey({ key, act: acted(key.id) });
    return key;
  };

  it('keep a key as it was made, through a restart too', async () => {
    const key = await makeKey(store.defaultProject);
    await store.close();
    store = await open(folder.path);
    expect(
      store.accessReader.everyKey().map((one) => ({ ...one, hash: Buffer.from(one.hash).toString('hex') })),
    ).toEqual([{ ...key, hash: Buffer.from(key.hash).toString('hex') }]);
    const { hash: _, ...shown } = key;
    expect(store.accessReader.key(null, key.id)).toEqual({ ...shown, sequence: 1 });
    expect(store.accessReader.key(store.defaultProject.key, key.id)).toEqual({ ...shown, sequence: 1 });
    expect(store.accessReader.key(99, key.id)).toBeNull();
  });

  it('revoke a key once, whoever asks again', async () => {
    const { id } = await makeKey(store.defaultProject);
    await store.access.revokeKey({ id, act: acted(id, { at: dawn + 1 }) });
    await store.access.revokeKey({ id, act: acted(id, { at: dawn + 2 }) });
    expect(store.accessReader.key(null, id)?.revokedAt).toBe(dawn + 1);
    const log = store.accessReader.audit(everything).map(({ action, subject, at }) => [action, subject, at]);
    expect(log).toEqual([
      ['key.revoked', id, dawn + 1],
      ['key.made', id, dawn],
    ]);
  });

  it('remember the latest use of a key', async () => {
    const { id } = await makeKey(store.defaultProject);
    await store.access.noteUses({ uses: [{ id, at: dawn + 9 }] });
    await store.access.noteUses({ uses: [{ id, at: dawn + 5 }] });
    expect(store.accessReader.key(null, id)?.usedAt).toBe(dawn + 9);
  });

  it('make a project once by a name', async () => {
    const id = newProjectId();
    expect(await store.access.makeProject({ id, name: 'shop', act: acted(id) })).toBe('made');
    const again = newProjectId();
    expect(await store.access.makeProject({ id: again, name: 'shop', act: acted(again) })).toBe('name_taken');
    expect(store.accessReader.project(id)).toMatchObject({ id, name: 'shop', createdAt: dawn });
    expect(store.accessReader.project(again)).toBeNull();
    expect(store.accessReader.projects(everything).map(({ name }) => name)).toEqual(['shop', 'default']);
    expect(store.accessReader.audit(everything)).toEqual([
      {
        sequence: 1,
        project: id,
        action: 'project.made',
        by: 'admin',
        subject: id,
        detail: { name: 'shop' },
        requestId: 'request-1',
        at: dawn,
      },
    ]);
  });

  it('are listed newest first, page by page, each project apart', async () => {
    const id = newProjectId();
    await store.access.makeProject({ id, name: 'shop', act: acted(id) });
    const shop = store.accessReader.project(id) as Project;
    for (const name of ['a', 'b', 'c']) await makeKey(name === 'b' ? shop : store.defaultProject, { name });
    const names = (query: Partial<typeof everything>) =>
      store.accessReader.keys({ ...everything, ...query }).map(({ name }) => name);
    expect([
      names({}),
      names({ project: shop.key as never }),
      names({ project: store.defaultProject.key as never }),
    ]).toEqual([['c', 'b', 'a'], ['b'], ['c', 'a']]);
    expect([names({ limit: 2 }), names({ before: 2 as never })]).toEqual([['c', 'b'], ['a']]);
    const seen = (query: Partial<AuditQuery>) =>
      store.accessReader.audit({ ...everything, ...query }).map(({ action }) => action);
    expect(seen({ project: shop.key })).toEqual(['key.made', 'project.made']);
    expect(seen({ action: 'project.made' })).toEqual(['project.made']);
    expect([seen({ by: 'nobody' }), seen({ to: dawn }), seen({ from: dawn + 1 })]).toEqual([[], [], []]);
    expect(seen({ limit: 1, from: dawn, to: dawn + 1, by: 'admin' })).toEqual(['key.made']);
  });
});

describe('the audit log', () => {
  let bare: BareOutbox;
  beforeEach(() => {
    bare = bareOutbox();
  });
  afterEach(() => bare.close());

  const log = () => bare.accessReader.audit(everything).map(({ action, detail, subject }) => [action, subject, detail]);

  it('has each act that changed something, with what came of it', async () => {
    const { outbox, project } = bare;
    const id = idMint().notification(dawn);
    await outbox.accept({ notifications: [sampleNotification(id, project)], now: dawn });
    const address = { project, channel: 'sms', address: '+8613812340987', now: dawn };
    const masked = '+86138****0987';
    await outbox.suppress({
      ...address,
      masked,
      kind: null,
      reason: 'manual',
      detail: 'd',
      until: null,
      act: acted(),
    });
    await outbox.release({ ...address, act: acted() });
    await outbox.release({ ...address, act: acted() });
    await outbox.cancel({ project, notification: id, act: acted(id), now: dawn });
    await outbox.cancel({ project, notification: id, act: acted(id), now: dawn });
    await outbox.clearInbox({ project, act: acted() });
    // Always the same, and not to be read: the log is never changed, whoever is erased.
    const person = expect.stringMatching(/^[\w-]{22}$/);
    expect(new Set(log().map(([, subject]) => subject)).size).toBe(2);
    expect(log()).toEqual([
      ['notification.canceled', id, {}],
      ['suppression.released', person, { channel: 'sms', kind: null, ended: 1 }],
      ['suppression.put', person, { channel: 'sms', kind: null, reason: 'manual', until: null }],
    ]);
  });

  it('has what was queued again, one by one and by the crowd', async () => {
    const { outbox, project } = bare;
    const lane = { channel: 'sms', account: 'sms-main' };
    const ids = await Promise.all(
      [1, 2, 3].map(async () => {
        await outbox.accept({
          notifications: [sampleNotification(idMint().notification(dawn + Math.random() * 1e6), project)],
          now: dawn,
        });
        const [lease] = await outbox.claim({ lane, limit: 1, leaseMs: 1, now: dawn });
        if (lease === undefined) throw new Error('there was nothing to claim');
        await outbox.settle({ lease, attempt: null, settlement: { to: 'failed', code: 'c', detail: 'd' }, now: dawn });
        return lease.id;
      }),
    );
    const [first = ids[0]] = ids;
    const again = { project, delivery: first as never, act: acted(first as string), now: dawn };
    expect([await outbox.requeue(again), await outbox.requeue(again)]).toEqual(['requeued', 'not_amiss']);
    const many = { after: 0, before: 0, limit: 10, spacingMs: 0, act: acted(), now: dawn };
    await outbox.requeueMany({ ...many, filter: { project, status: 'failed' } });
    await outbox.requeueMany({ ...many, filter: { project } });
    expect(log()).toEqual([
      ['deliveries.redriven', null, { queued: 2, filter: { status: 'failed' } }],
      ['delivery.retried', first, {}],
    ]);
  });

  it('has nothing of an act that was not committed', async () => {
    const { access, db } = bare;
    const key = madeKey({ key: bare.project, id: newProjectId(), name: 'default' });
    await access.makeKey({ key, act: acted(key.id) });
    await expect(access.makeKey({ key, act: acted(key.id) })).rejects.toThrow(/UNIQUE/);
    expect(db.prepare('SELECT count(*) FROM audit').pluck().get()).toBe(1);
  });

  it('cannot be changed, and loses only what has outlived its retention', async () => {
    const { access, outbox, db, project } = bare;
    for (const at of [dawn, dawn + 1, dawn + 2]) {
      const key = madeKey({ key: project, id: newProjectId(), name: 'default' });
      await access.makeKey({ key, act: acted(key.id, { at }) });
    }
    for (const statement of [
      "UPDATE audit SET actor = 'somebody else'",
      'UPDATE audit SET at = 0 WHERE sequence = 1',
      'DELETE FROM audit',
      'DELETE FROM audit WHERE sequence = 3',
      "INSERT OR REPLACE INTO audit SELECT sequence, project, action, 'x', subject, detail, request, at FROM audit",
    ])
      expect(() => db.exec(statement), statement).toThrow(/append-only/);
    expect((await outbox.prune({ ...never, metadataBefore: dawn + 1, limit: 1 })).more).toBe(true);
    expect((await outbox.prune({ ...never, metadataBefore: dawn + 1 })).more).toBe(false);
    expect(bare.accessReader.audit(everything).map(({ at }) => at)).toEqual([dawn + 2]);
    expect(() => db.exec('DELETE FROM audit')).toThrow(/append-only/);
  });
});

describe('a key in the store', () => {
  it('cannot be changed or come back', async () => {
    const bare = bareOutbox();
    const key = madeKey({ key: bare.project, id: newProjectId(), name: 'default' });
    await bare.access.makeKey({ key, act: acted(key.id) });
    await bare.access.revokeKey({ id: key.id, act: acted(key.id) });
    for (const change of ['scopes = 31', 'hash = zeroblob(32)', 'project = 2', 'expires_at = NULL'])
      expect(() => bare.db.exec(`UPDATE keys SET ${change}`), change).toThrow('a key cannot be changed');
    expect(() => bare.db.exec('UPDATE keys SET revoked_at = NULL')).toThrow('a revoked key stays revoked');
    bare.close();
  });
});
