import assert from 'node:assert/strict';
import { deliveryId, type InboxQuery, idMint, type NotificationId } from '@posthorn/core';
import { email, sms } from './builders.ts';
import { rule, type Scene } from './scene.ts';

/** The most messages that all sandbox accounts keep together. */
const capacity = 10_000;

/** The inbox: what sandbox accounts kept instead of sending. */
export const inboxCases = [
  rule('keeps what a sandbox account would have sent, newest first', async (scene) => {
    const id = await scene.accept();
    await keep(scene, id, { attempt: 1 });
    await keep(scene, id, { attempt: 2, content: { text: 'zweite 消息' } });
    const [newest, oldest] = inbox(scene);
    assert.ok(newest && oldest);
    assert.deepEqual(
      { ...newest, sequence: 0 },
      {
        sequence: 0,
        delivery: deliveryId(id, 1),
        notification: id,
        ...sms,
        address: '+8613800138000',
        content: { text: 'zweite 消息' },
        attempt: 2,
        at: scene.now,
      },
    );
    assert.deepEqual(inbox(scene, { before: newest.sequence }), [oldest]);
    await scene.reopen();
    assert.deepEqual(inbox(scene), [newest, oldest]);
  }),

  rule('narrows the inbox by channel and address', async (scene) => {
    const id = await scene.accept();
    await keep(scene, id, { address: 'a' });
    await keep(scene, id, { address: 'b' });
    await keep(scene, id, { address: 'a', ...email });
    const found = (query: Partial<InboxQuery>) => inbox(scene, query).map(({ channel, address }) => [channel, address]);
    assert.deepEqual(found({ channel: 'email' }), [['email', 'a']]);
    assert.deepEqual(found({ address: 'a' }), [
      ['email', 'a'],
      ['sms', 'a'],
    ]);
    assert.deepEqual(found({ address: 'a', channel: 'sms' }), [['sms', 'a']]);
    assert.deepEqual(found({ channel: 'nope' }), []);
    assert.equal(inbox(scene, { limit: 2 }).length, 2);
  }),

  rule('empties the inbox of one project', async (scene) => {
    const [own, strange] = (await scene.offer({}, { project: scene.stranger })).ids;
    assert.ok(own && strange);
    await keep(scene, own);
    await keep(scene, own);
    await keep(scene, strange);
    assert.equal(await scene.outbox.clearInbox({ project: scene.project }), 2);
    assert.deepEqual(inbox(scene), []);
    assert.equal(inbox(scene, { project: scene.stranger }).length, 1);
    assert.equal(await scene.outbox.clearInbox({ project: scene.project }), 0);
  }),

  rule('lets the oldest messages give way when the inbox is full', async (scene) => {
    const id = await scene.accept();
    for (let attempt = 0; attempt < capacity + 50; attempt += 2_010) {
      await Promise.all(Array.from({ length: 2_010 }, (_, place) => keep(scene, id, { attempt: attempt + place })));
    }
    const kept = inbox(scene, { limit: capacity * 2 });
    assert.equal(kept.length, capacity);
    assert.equal(kept[0]?.attempt, capacity + 49);
    assert.equal(kept.at(-1)?.attempt, 50);
  }),

  rule('keeps nothing for a notification that is not there, and loses nothing by it', async (scene) => {
    const id = await scene.accept();
    await keep(scene, id);
    await scene.offer(...Array.from({ length: capacity + 1 }, () => ({ project: scene.stranger })));
    await keep(scene, idMint().notification(scene.now));
    assert.equal(inbox(scene).length, 1);
  }),
];

interface Kept {
  readonly channel?: string;
  readonly account?: string;
  readonly address?: string;
  readonly content?: unknown;
  readonly attempt?: number;
}

function keep(scene: Scene, notification: NotificationId, message: Kept = {}): Promise<void> {
  return scene.outbox.keep({
    delivery: deliveryId(notification, 1),
    notification,
    ...sms,
    address: '+8613800138000',
    content: { text: 'kept' },
    attempt: 1,
    at: scene.now,
    ...message,
  });
}

function inbox(scene: Scene, query: Partial<InboxQuery> = {}) {
  return scene.reader.inbox({ project: scene.project, limit: 100, before: null, ...query });
}
