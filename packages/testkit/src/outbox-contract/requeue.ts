import assert from 'node:assert/strict';
import { type AmissFilter, deliveryId, type NotificationId } from '@posthorn/core';
import { accepted, dawn, dead, email, otherSms, refused, retryAt, sms, unknown } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const second = 1_000;

/** Queueing again: what went amiss gets another chance at an operator's word, and nothing else does. */
export const requeueCases = [
  rule('queues again what went amiss, with a fresh budget of attempts', async (scene) => {
    for (const settlement of [refused, dead, unknown]) {
      const id = await amiss(scene, settlement);
      const commits = scene.watch();
      assert.equal(await requeue(scene, id), 'requeued');
      assert.deepEqual(commits.at(-1)?.ready, [sms]);
      const { status, attempts, code, finishedAt } = scene.delivery(id);
      assert.deepEqual(
        { status, attempts, code, finishedAt },
        { status: 'queued', attempts: 0, code: null, finishedAt: null },
      );
      assert.equal(scene.status(id), 'sending');
      assert.equal(scene.events(id).at(-1), 'delivery.requeued');
      const lease = await scene.claimOnly();
      assert.deepEqual([lease.attempt, lease.token], [1, 2]);
      await scene.settle(lease, accepted);
      assert.equal(scene.status(id), 'sent');
      assert.equal(scene.reader.attempts(scene.project, lease.id).length, 2, 'what was tried before stays on record');
    }
  }),

  rule('counts lost leases anew', async (scene) => {
    const id = await scene.accept();
    for (let lost = 0; lost < 3; lost++) {
      await scene.claimOnly();
      await scene.pass(leaseMs);
    }
    assert.deepEqual(scene.statuses(id), ['dead']);
    await requeue(scene, id);
    await scene.claimOnly();
    await scene.pass(leaseMs);
    assert.deepEqual(scene.statuses(id), ['queued']);
  }),

  rule('queues nothing again that did not go amiss', async (scene) => {
    const queued = await scene.accept();
    assert.equal(await requeue(scene, queued), 'not_amiss');
    await scene.settle(await scene.claimOnly(), accepted);
    assert.equal(await requeue(scene, queued), 'not_amiss');
    const canceled = await scene.accept();
    await scene.cancel(canceled);
    assert.equal(await requeue(scene, canceled), 'not_amiss');
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('queues nothing again whose time is up', async (scene) => {
    const id = await amiss(scene, refused, { expiresAt: dawn + second });
    scene.now += second;
    assert.equal(await requeue(scene, id), 'expired');
    assert.deepEqual(scene.statuses(id), ['failed']);
  }),

  rule('does not know deliveries of another project, nor those that never were', async (scene) => {
    const id = await amiss(scene, refused);
    const strange = { project: scene.stranger, delivery: deliveryId(id, 1), now: scene.now };
    assert.equal(await scene.outbox.requeue(strange), 'unknown');
    assert.equal(
      await scene.outbox.requeue({ ...strange, project: scene.project, delivery: deliveryId(id, 2) }),
      'unknown',
    );
  }),

  rule('puts what is queued again behind another of its ordering key', async (scene) => {
    const id = await amiss(scene, refused, { orderingKey: 'k' });
    await scene.accept({ orderingKey: 'k' });
    const current = await scene.claimOnly();
    assert.equal(await requeue(scene, id), 'requeued');
    assert.deepEqual(scene.statuses(id), ['blocked']);
    assert.deepEqual(await scene.claim(), []);
    await scene.settle(current, accepted);
    assert.equal((await scene.claimOnly()).notification, id);
  }),

  rule('queues many again, some at a time and spread over time', async (scene) => {
    const ids: NotificationId[] = [];
    for (let count = 0; count < 5; count++) ids.push(await amiss(scene, refused));
    const filter = { project: scene.project };
    let [after, before, more] = [0, 0, true];
    while (more) {
      const input = { filter, after, before, limit: 2, spacingMs: second, now: scene.now };
      const result = await scene.outbox.requeueMany(input);
      before += result.queued;
      ({ after, more } = result);
    }
    assert.equal(before, 5);
    for (const id of ids) {
      assert.equal((await scene.claimOnly()).notification, id);
      await scene.pass(second);
    }
  }),

  rule('queues again only what the filter names', async (scene) => {
    const failed = await amiss(scene, refused);
    const lost = await amiss(scene, unknown);
    const elsewhere = await scene.accept({ steps: [{ lane: otherSms }] });
    await scene.settle(await scene.claimOnly(otherSms), dead);
    const mail = await scene.accept({ steps: [{ lane: email }] });
    scene.now += second;
    await scene.settle(await scene.claimOnly(email), { ...refused, code: 'other_code' } as typeof refused);
    await scene.accept({ project: scene.stranger });
    await scene.settle(await scene.claimOnly(), refused);
    const found: readonly (readonly [Partial<AmissFilter>, readonly NotificationId[]])[] = [
      [{ status: 'failed' }, [failed, mail]],
      [{ status: 'uncertain' }, [lost]],
      [{ channel: 'email' }, [mail]],
      [{ account: 'sms-spare' }, [elsewhere]],
      [{ code: 'other_code' }, [mail]],
      [{ from: dawn + second }, [mail]],
      [{ to: dawn + second }, [failed, lost, elsewhere]],
      [{ channel: 'sms', status: 'dead' }, [elsewhere]],
      [{ code: 'no_such' }, []],
    ];
    for (const [query, ids] of found) {
      const filter = { project: scene.project, ...query };
      const { count, sample } = scene.reader.amiss(filter, 10);
      assert.equal(count, ids.length, JSON.stringify(query));
      assert.deepEqual(
        sample.map(({ notification }) => notification).toSorted(),
        ids.toSorted(),
        JSON.stringify(query),
      );
    }
    const filter = { project: scene.project, channel: 'email' };
    const input = { filter, after: 0, before: 0, limit: 10, spacingMs: 0, now: scene.now };
    assert.equal((await scene.outbox.requeueMany(input)).queued, 1);
    assert.deepEqual(await scene.claim(), []);
    assert.equal((await scene.claimOnly(email)).notification, mail);
  }),

  rule('lets what was queued again be tried, parked and canceled like any other', async (scene) => {
    const id = await amiss(scene, refused);
    await requeue(scene, id);
    await scene.settle(await scene.claimOnly(), retryAt(scene.now + second));
    assert.equal(await scene.cancel(id), 'canceled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['canceled', 'canceled']);
  }),
];

async function amiss(scene: Scene, settlement: typeof refused, wish: Parameters<Scene['accept']>[0] = {}) {
  const id = await scene.accept(wish);
  await scene.settle(await scene.claimOnly(), settlement);
  return id;
}

function requeue(scene: Scene, id: NotificationId): Promise<string> {
  return scene.outbox.requeue({ project: scene.project, delivery: deliveryId(id, 1), now: scene.now });
}
