import assert from 'node:assert/strict';
import { deliveryId, type Erased, type NotificationId, type NotificationQuery } from '@posthorn/core';
import { accepted, dawn, email, push, refused, retryAt, sms, type Wish } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const second = 1_000;
const person = 'address of sms';
const labelled: Wish = { metadata: { order: 'A-17' }, tags: ['vip'], orderingKey: 'user-42' };

/** Erasure: a person is forgotten, and what happened stays. */
export const erasingCases = [
  rule('forgets addresses, contents, labels and what vendors said of a person', async (scene) => {
    const id = await scene.accept({ ...labelled, steps: [{ lane: sms }, { lane: push, addresses: ['t1'] }] });
    await scene.settle(await scene.claimOnly(), retryAt(scene.now + second));
    await scene.pass(second);
    await scene.settle(await scene.claimOnly(), accepted);
    await keep(scene, id, person);
    await keep(scene, id, 't1');
    assert.deepEqual(await erase(scene), { notifications: 1, canceled: 0, messages: 2, more: false, swept: true });
    const { orderingKey, metadata, tags, deliveries, timeline } = scene.view(id);
    assert.deepEqual([orderingKey, metadata, tags], [null, {}, []]);
    for (const { address, detail, vendorId } of deliveries)
      assert.deepEqual([address, detail, vendorId], [null, null, null]);
    assert.ok(timeline.every(({ detail }) => detail === null));
    assert.equal(scene.reader.content(scene.project, deliveryId(id, 1)), undefined);
    assert.deepEqual(scene.reader.inbox({ project: scene.project, limit: 10, before: null }), []);
  }),

  rule('leaves what became of it: statuses, codes, times, attempts', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), refused);
    const before = scene.view(id);
    await erase(scene);
    const without = ({ timeline, deliveries, ...view }: typeof before) => ({
      ...view,
      timeline: timeline.map((event) => ({ ...event, detail: null })),
      deliveries: deliveries.map((one) => ({ ...one, address: null, detail: null })),
    });
    assert.deepEqual(scene.view(id), without(before));
  }),

  rule('finds nothing under what it has forgotten', async (scene) => {
    const id = await scene.accept(labelled);
    const queries: readonly Partial<NotificationQuery>[] = [
      { address: person },
      { tag: 'vip' },
      { metadata: [['order', 'A-17']] },
    ];
    for (const query of queries) assert.deepEqual(list(scene, query), [id]);
    await erase(scene);
    for (const query of queries) assert.deepEqual(list(scene, query), []);
    assert.deepEqual(list(scene, {}), [id]);
    assert.deepEqual(await erase(scene), { notifications: 0, canceled: 0, messages: 0, more: false, swept: true });
  }),

  rule('ends what was not sent yet, and says why', async (scene) => {
    const wishes: readonly Wish[] = [{}, { dueAt: dawn + second }, { steps: [{ lane: sms }, { lane: push }] }];
    const { ids } = await scene.offer(...wishes);
    const sent = await scene.accept({ steps: [{ lane: email, addresses: [person] }] });
    await scene.settle(await scene.claimOnly(email), accepted);
    const erased = await erase(scene);
    assert.deepEqual([erased.notifications, erased.canceled], [4, 3]);
    for (const id of ids) {
      assert.equal(scene.status(id), 'canceled');
      assert.ok(scene.view(id).deliveries.every(({ code }) => code === 'erased'));
    }
    assert.equal(scene.status(sent), 'sent');
    await scene.pass(second);
    for (const lane of [sms, push]) assert.deepEqual(await scene.claim(lane), []);
  }),

  rule('lets what is under way end, keeps nothing of it and does not try it again', async (scene) => {
    const { ids } = await scene.offer({}, {}, {});
    const [first, , last] = ids;
    const [one, other] = await scene.claim();
    assert.ok(one && other && first && last);
    await erase(scene);
    await keep(scene, first, person);
    assert.deepEqual(scene.reader.inbox({ project: scene.project, limit: 10, before: null }), []);
    assert.equal(await scene.settle(one, accepted), 'settled');
    await scene.settle(other, retryAt(scene.now + second));
    await scene.pass(leaseMs);
    assert.deepEqual(ids.map(scene.status), ['sent', 'canceled', 'uncertain']);
    assert.deepEqual(await scene.claim(), []);
    const requeued = await scene.outbox.requeue({
      project: scene.project,
      delivery: deliveryId(last, 1),
      now: scene.now,
    });
    assert.equal(requeued, 'content_gone');
  }),

  rule('works in steps and says when there may be more', async (scene) => {
    await scene.offer({}, {}, {}, {}, {});
    const steps: Erased[] = [];
    do steps.push(await erase(scene, { limit: 2 }));
    while (steps.at(-1)?.more);
    assert.deepEqual(
      steps.map(({ notifications, more, swept }) => [notifications, more, swept]),
      [
        [2, true, false],
        [2, true, false],
        [1, false, true],
      ],
    );
  }),

  rule('keeps an address suppressed, and shows nothing of it', async (scene) => {
    const suppressed = { project: scene.project, channel: 'sms', address: person, kind: null, now: scene.now };
    const word = { masked: 'a***', reason: 'complaint', detail: 'said by phone', until: null } as const;
    await scene.accept();
    await scene.outbox.suppress({ ...suppressed, ...word });
    await erase(scene);
    assert.equal(scene.reader.suppression({ ...suppressed, kind: 'otp' }), 'complaint');
    const [shown] = scene.reader.suppressions({ project: scene.project, limit: 10, before: null, now: scene.now });
    assert.deepEqual([shown?.masked, shown?.detail], [null, null]);
  }),

  rule('touches nobody else, and no other project', async (scene) => {
    const other = await scene.accept({ ...labelled, steps: [{ lane: sms, addresses: ['somebody else'] }] });
    const { ids } = await scene.offer({ ...labelled, project: scene.stranger });
    const before = [scene.view(other), scene.reader.notification(scene.stranger, ids[0] as NotificationId)];
    assert.equal((await erase(scene)).notifications, 0);
    const after = [scene.view(other), scene.reader.notification(scene.stranger, ids[0] as NotificationId)];
    assert.deepEqual(after, before);
    assert.deepEqual(list(scene, { address: 'somebody else' }), [other]);
    assert.equal((await scene.claim()).length, 2);
  }),

  rule('forgets also what has no content any more', async (scene) => {
    const id = await scene.accept(labelled);
    await scene.settle(await scene.claimOnly(), accepted);
    const never = {
      metadataBefore: 0,
      idempotencyBefore: 0,
      quotaBefore: 0,
      codesBefore: 0,
      tracesBefore: 0,
      limit: 10,
    };
    await scene.outbox.prune({ contentBefore: scene.now, ...never });
    assert.deepEqual(scene.view(id).metadata, labelled.metadata);
    assert.equal((await erase(scene)).notifications, 1);
    assert.deepEqual([scene.view(id).metadata, scene.delivery(id).address], [{}, null]);
  }),
];

function erase(scene: Scene, more: { readonly limit?: number } = {}): Promise<Erased> {
  return scene.outbox.erase({ project: scene.project, address: person, limit: 100, now: scene.now, ...more });
}

function keep(scene: Scene, notification: NotificationId, address: string): Promise<void> {
  const message = { delivery: deliveryId(notification, 1), notification, address, content: {}, attempt: 1 };
  return scene.outbox.keep({ ...sms, ...message, at: scene.now });
}

function list(scene: Scene, query: Partial<NotificationQuery>): readonly NotificationId[] {
  const wanted = { project: scene.project, limit: 100, before: null, ...query };
  return scene.reader.notifications(wanted).map(({ id }) => id);
}
