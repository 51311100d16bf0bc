import assert from 'node:assert/strict';
import { type Claimed, deliveryId, type NotificationStatus, type Settlement } from '@posthorn/core';
import {
  accepted,
  dawn,
  dead,
  otherSms,
  parkUntil,
  push,
  refused,
  rerouteTo,
  retryAt,
  sms,
  tooLate,
  unknown,
} from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const second = 1_000;

/** Settling: what an attempt came to, fenced by the lease's token. */
export const settleCases = [
  rule('records an acceptance with what the vendor said', async (scene) => {
    const id = await scene.accept();
    const lease = await scene.claimOnly();
    scene.now += second;
    assert.equal(await scene.settle(lease, accepted), 'settled');
    const { status, vendorId, parts, sentAt, attempts, code, nextAttemptAt } = scene.delivery(id);
    assert.deepEqual(
      { status, vendorId, parts, sentAt, attempts, code, nextAttemptAt },
      {
        status: 'sent',
        vendorId: 'vendor-1',
        parts: 2,
        sentAt: dawn + second,
        attempts: 1,
        code: null,
        nextAttemptAt: null,
      },
    );
    assert.equal(scene.status(id), 'sent');
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.sent']);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('ends a delivery the way it was settled, and its notification with it', async (scene) => {
    const ends: readonly (readonly [Settlement, NotificationStatus])[] = [
      [refused, 'failed'],
      [dead, 'failed'],
      [unknown, 'uncertain'],
      [tooLate, 'expired'],
    ];
    for (const [settlement, status] of ends) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement);
      const delivery = scene.delivery(id);
      assert.deepEqual([delivery.status, delivery.code, delivery.detail], [settlement.to, ...said(settlement)]);
      assert.equal(delivery.finishedAt, dawn);
      assert.equal(scene.status(id), status);
      assert.deepEqual(scene.events(id), ['notification.accepted', `delivery.${settlement.to}`]);
    }
    await scene.pass(365 * 24 * 3_600 * second);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('hides a retry until it is due', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), retryAt(dawn + 5 * second));
    assert.equal(scene.delivery(id).nextAttemptAt, dawn + 5 * second);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'retrying']);
    assert.equal(scene.view(id).timeline.at(-1)?.nextAttemptAt, dawn + 5 * second);
    await scene.pass(5 * second - 1);
    assert.deepEqual(await scene.claim(), []);
    const commits = scene.watch();
    await scene.pass(1);
    assert.deepEqual(
      commits.flatMap(({ ready }) => ready),
      [sms],
    );
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'queued']);
    const again = await scene.claimOnly();
    assert.equal(again.attempt, 2);
  }),

  rule('gives an attempt back to what is parked', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), parkUntil(dawn + second));
    assert.deepEqual(scene.statuses(id), ['parked']);
    assert.equal(scene.delivery(id).attempts, 0);
    assert.deepEqual(await scene.claim(), []);
    await scene.pass(second);
    assert.equal((await scene.claimOnly()).attempt, 1);
  }),

  rule('gives the attempt back when nothing was tried', async (scene) => {
    const { ids } = await scene.offer({}, {});
    const [first, last] = await scene.claim();
    assert.ok(first && last && ids[0] && ids[1]);
    await scene.settle(first, rerouteTo(sms, false), null);
    await scene.settle(last, tooLate, null);
    assert.deepEqual([scene.delivery(ids[0]).attempts, scene.delivery(ids[1]).attempts], [0, 0]);
    assert.deepEqual(scene.reader.attempts(scene.project, first.id), []);
    assert.equal((await scene.claimOnly()).attempt, 1);
  }),

  rule('hands a delivery to another account at once', async (scene) => {
    const id = await scene.accept();
    const commits = scene.watch();
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms));
    assert.deepEqual(commits.at(-1)?.ready, [otherSms]);
    assert.deepEqual(await scene.claim(sms), []);
    const lease = await scene.claimOnly(otherSms);
    assert.equal(lease.attempt, 2);
    await scene.settle(lease, accepted);
    assert.equal(scene.delivery(id).account, 'sms-spare');
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.rerouted', 'delivery.sent']);
    assert.deepEqual(
      scene.reader.attempts(scene.project, deliveryId(id, 1)).map(({ account, outcome }) => [account, outcome]),
      [
        ['sms-main', 'deferred'],
        ['sms-spare', 'accepted'],
      ],
    );
  }),

  rule('spends no attempt on an account that could not even try', async (scene) => {
    await scene.accept();
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms, false));
    assert.equal((await scene.claimOnly(otherSms)).attempt, 1);
  }),

  rule('says that a notification is being sent from its first claim to its end', async (scene) => {
    for (const steps of [[{ lane: sms }], [{ lane: sms }, { lane: push }]]) {
      const id = await scene.accept({ steps });
      assert.equal(scene.status(id), 'accepted');
      const seen: NotificationStatus[] = [];
      for (const settlement of [rerouteTo(sms), retryAt(scene.now + second), rerouteTo(sms, false), accepted]) {
        const lease = await scene.claimOnly();
        seen.push(scene.status(id));
        await scene.settle(lease, settlement);
        seen.push(scene.status(id));
        await scene.pass(settlement.to === 'queued' ? 0 : second);
        seen.push(scene.status(id));
      }
      assert.deepEqual([...new Set(seen)], ['sending', 'sent']);
    }
  }),

  rule('settles a lease once', async (scene) => {
    const id = await scene.accept();
    const lease = await scene.claimOnly();
    assert.equal(await scene.settle(lease, accepted), 'settled');
    assert.equal(await scene.settle(lease, accepted), 'lost');
    assert.equal(await scene.settle(lease, refused), 'lost');
    assert.deepEqual(scene.statuses(id), ['sent']);
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.sent']);
  }),

  rule('lets a late result change nothing once the delivery was claimed again, but keeps its record', async (scene) => {
    for (const late of [accepted, refused, retryAt(dawn + 1_000 * second), rerouteTo(otherSms)]) {
      const { id, lost } = await lostLease(scene);
      const current = await scene.claimOnly();
      const before = scene.view(id);
      assert.equal(await scene.settle(lost, late), 'lost');
      const { timeline, ...after } = scene.view(id);
      assert.deepEqual({ ...after, timeline: before.timeline }, before);
      assert.deepEqual(timeline.slice(0, -1), before.timeline);
      assert.equal(timeline.at(-1)?.type, 'delivery.attempted');
      const attempts = scene.reader.attempts(scene.project, lost.id);
      assert.equal(attempts.length, 1, 'the late attempt is on record, the current one has not ended');
      assert.equal(attempts[0]?.code, late.to === 'sent' ? null : 'sample_code', 'what it came to replaces "unknown"');
      assert.equal(await scene.settle(current, accepted), 'settled');
      assert.equal(scene.reader.attempts(scene.project, lost.id).length, 2);
    }
  }),

  rule('counts a late success while nobody has claimed the delivery again', async (scene) => {
    const { id, lost } = await lostLease(scene);
    assert.deepEqual(scene.statuses(id), ['queued']);
    assert.equal(await scene.settle(lost, accepted), 'settled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'sent']);
    assert.deepEqual(await scene.claim(), []);
    assert.equal(scene.reader.attempts(scene.project, lost.id)[0]?.outcome, 'accepted');
  }),

  rule('ends as uncertain what closes unsent after an attempt that may have arrived', async (scene) => {
    const doubtful = async (wish: Parameters<Scene['accept']>[0]) => {
      const id = await scene.accept(wish);
      const [claimed] = await scene.claim();
      await scene.settle(claimed as Claimed, retryAt(dawn + 30 * second), 'uncertain');
      return id;
    };
    const canceled = await doubtful({});
    const expired = await doubtful({ expiresAt: dawn + 20 * second });
    await scene.cancel(canceled);
    await scene.pass(20 * second);
    assert.deepEqual(
      [canceled, expired].map((id) => scene.status(id)),
      ['uncertain', 'uncertain'],
    );
    assert.deepEqual([...scene.statuses(canceled), ...scene.statuses(expired)], ['uncertain', 'uncertain']);
  }),

  rule('counts a late success of what was uncertain: now somebody knows', async (scene) => {
    const id = await scene.accept({ guarantee: 'at-most-once' });
    const lost = await scene.claimOnly();
    await scene.pass(1_000 * second);
    assert.deepEqual(scene.statuses(id), ['uncertain']);
    assert.equal(await scene.settle(lost, accepted), 'settled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'sent']);
  }),

  rule('does not count a late failure: the delivery is tried again', async (scene) => {
    const { lost } = await lostLease(scene);
    assert.equal(await scene.settle(lost, refused), 'lost');
    await scene.claimOnly();
  }),

  rule('fences a lease also across a crash', async (scene) => {
    const id = await scene.accept();
    const lost = await scene.claimOnly();
    await scene.reopen();
    await scene.pass(1);
    await scene.claimOnly();
    assert.equal(await scene.settle(lost, accepted), 'lost');
    assert.deepEqual(scene.statuses(id), ['sending']);
  }),

  rule('lengthens leases that are still held, and no others', async (scene) => {
    await scene.offer({}, {}, {});
    const leases = await scene.claim();
    const [held, settled, left] = leases;
    assert.ok(held && settled && left);
    await scene.settle(settled, accepted);
    scene.now += leaseMs - 1;
    const forged = { ...left, token: left.token + 1 };
    await scene.outbox.renew({ leases: [held, settled, forged], leaseMs, now: scene.now });
    await scene.pass(1);
    assert.equal((await scene.claimOnly()).delivery, left.delivery, 'only the lease that was not renewed ran out');
    assert.equal(await scene.settle(held, accepted), 'settled');
  }),
];

/** A delivery whose lease ran out and that waits to be claimed again. */
async function lostLease(scene: Scene) {
  const id = await scene.accept();
  const lost = await scene.claimOnly();
  await scene.pass(leaseMs);
  return { id, lost };
}

function said(settlement: Settlement): readonly (string | null)[] {
  return 'code' in settlement ? [settlement.code, settlement.detail] : [null, null];
}
