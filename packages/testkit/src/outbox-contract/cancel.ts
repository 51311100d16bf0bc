import assert from 'node:assert/strict';
import { idMint } from '@posthorn/core';
import { accepted, dawn, email, parkUntil, push, refused, rerouteTo, retryAt, sms } from './builders.ts';
import { leaseMs, rule } from './scene.ts';

const second = 1_000;

/** Canceling: what was not sent yet ends, what is under way ends by itself and is not tried again. */
export const cancelCases = [
  rule('ends what was not sent yet', async (scene) => {
    for (const wish of [{}, { dueAt: dawn + second }, { steps: [{ lane: sms }, { lane: push }] }]) {
      const id = await scene.accept(wish);
      assert.equal(await scene.cancel(id), 'canceled');
      assert.deepEqual([...new Set([scene.status(id), ...scene.statuses(id)])], ['canceled']);
      const events = scene.events(id);
      assert.deepEqual(events.slice(0, 3), ['notification.accepted', 'notification.canceled', 'delivery.canceled']);
      assert.ok(scene.view(id).deliveries.every(({ finishedAt }) => finishedAt === dawn));
    }
    await scene.pass(second);
    for (const lane of [sms, push]) assert.deepEqual(await scene.claim(lane), []);
  }),

  rule('ends also what waits for another try', async (scene) => {
    for (const settlement of [retryAt(dawn + 60 * second), parkUntil(dawn + 60 * second), rerouteTo(sms)]) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement);
      assert.equal(await scene.cancel(id), 'canceled');
      assert.deepEqual(scene.statuses(id), ['canceled']);
    }
    await scene.pass(60 * second);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('tells all of a cancelation in one commit', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }, { lane: email }] });
    const commits = scene.watch();
    await scene.cancel(id);
    assert.equal(commits.length, 1);
    assert.deepEqual(
      commits[0]?.events.map(({ type, status }) => [type, status]),
      [
        ['notification.canceled', null],
        ['delivery.canceled', null],
        ['delivery.canceled', null],
        ['delivery.canceled', 'canceled'],
      ],
    );
  }),

  rule('lets what is under way finish', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }] });
    const lease = await scene.claimOnly();
    assert.equal(await scene.cancel(id), 'canceled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'sending', 'canceled']);
    const before = scene.view(id);
    assert.equal(await scene.cancel(id), 'canceled', 'it is canceled already, and not final yet');
    assert.deepEqual(scene.view(id), before);
    assert.equal(await scene.settle(lease, accepted), 'settled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'sent', 'canceled']);
  }),

  rule('does not try again what was under way', async (scene) => {
    for (const steps of [[{ lane: sms }], [{ lane: sms }, { lane: push }]]) {
      for (const settlement of [retryAt(scene.now + second), parkUntil(scene.now + second), rerouteTo(sms)]) {
        const id = await scene.accept({ steps });
        const lease = await scene.claimOnly();
        assert.equal(await scene.cancel(id), 'canceled');
        await scene.settle(lease, settlement);
        assert.deepEqual([...new Set([scene.status(id), ...scene.statuses(id)])], ['canceled']);
        await scene.pass(second);
        assert.deepEqual(await scene.claim(), []);
      }
    }
  }),

  rule('starts no further step when what was under way fails', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }] });
    const lease = await scene.claimOnly();
    await scene.cancel(id);
    await scene.settle(lease, refused);
    assert.deepEqual(scene.statuses(id), ['failed', 'canceled']);
    assert.deepEqual(await scene.claim(push), []);
  }),

  rule('does not call canceled what may have been sent', async (scene) => {
    const { ids } = await scene.offer({}, {});
    const [told, lost] = ids;
    assert.ok(told && lost);
    const [lease] = await scene.claim();
    assert.ok(lease);
    await scene.cancel(told);
    await scene.cancel(lost);
    await scene.settle(lease, retryAt(scene.now + second), 'uncertain');
    assert.deepEqual(scene.statuses(told), ['uncertain']);
    await scene.pass(leaseMs);
    assert.deepEqual(scene.statuses(lost), ['uncertain']);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('says when there was nothing left to cancel, and changes nothing', async (scene) => {
    const sent = await scene.accept();
    await scene.settle(await scene.claimOnly(), accepted);
    const failed = await scene.accept();
    await scene.settle(await scene.claimOnly(), refused);
    const canceled = await scene.accept();
    await scene.cancel(canceled);
    for (const id of [sent, failed, canceled]) {
      const before = scene.view(id);
      assert.equal(await scene.cancel(id), 'final');
      assert.deepEqual(scene.view(id), before);
    }
  }),

  rule('does not know what never was, nor what belongs to another project', async (scene) => {
    const id = await scene.accept();
    const strange = { project: scene.stranger, notification: id, now: scene.now };
    assert.equal(await scene.outbox.cancel(strange), 'unknown');
    assert.equal(await scene.cancel(idMint().notification(scene.now)), 'unknown');
    await scene.claimOnly();
  }),
];
