import assert from 'node:assert/strict';
import { accepted, dawn, email, push, refused, rerouteTo, retryAt, sms } from './builders.ts';
import { rule, toldAtOnce } from './scene.ts';

const second = 1_000;

/** `within`: steps that give way in time, and what becomes of those that are under way then. */
export const withinCases = [
  rule('gives the next step its turn when `within` has passed', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push, withinMs: 20 * second }, { lane: sms }] });
    await scene.pass(20 * second - 1);
    assert.deepEqual(scene.statuses(id), ['queued', 'waiting']);
    const commits = scene.watch();
    await scene.pass(1);
    assert.deepEqual(toldAtOnce(commits), [
      ['delivery.expired', 'push', null],
      ['delivery.started', 'sms', 'sending'],
    ]);
    assert.deepEqual(scene.statuses(id), ['expired', 'queued']);
    assert.equal(scene.delivery(id).code, 'within_passed');
    assert.deepEqual(await scene.claim(push), []);
    await scene.claimOnly(sms);
  }),

  rule('counts `within` of a later step from its own start', async (scene) => {
    const steps = [{ lane: push, withinMs: 5 * second }, { lane: sms, withinMs: 5 * second }, { lane: email }];
    const id = await scene.accept({ steps, dueAt: dawn + 60 * second });
    await scene.pass(60 * second);
    assert.deepEqual(scene.statuses(id), ['queued', 'waiting', 'waiting']);
    const { nextAt } = await scene.pass(3 * second);
    assert.equal(nextAt, dawn + 65 * second);
    await scene.settle(await scene.claimOnly(push), refused);
    await scene.pass(5 * second - 1);
    assert.deepEqual(scene.statuses(id), ['failed', 'queued', 'waiting']);
    await scene.pass(1);
    assert.deepEqual(scene.statuses(id), ['failed', 'expired', 'queued']);
  }),

  rule('lets the last step go on after its `within`: nobody waits behind it', async (scene) => {
    for (const steps of [[{ lane: sms, withinMs: second }], [{ lane: push }, { lane: sms, withinMs: second }]]) {
      const id = await scene.accept({ steps });
      if (steps.length === 2) await scene.settle(await scene.claimOnly(push), refused);
      const { nextAt } = await scene.pass(second);
      assert.equal(nextAt, null, 'a deadline that has passed does not keep time busy');
      assert.equal(scene.statuses(id).at(-1), 'queued');
      await scene.settle(await scene.claimOnly(sms), accepted);
    }
  }),

  rule('lets an attempt that is under way finish when its step gives way', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push, withinMs: second }, { lane: sms }] });
    const lease = await scene.claimOnly(push);
    await scene.pass(second);
    assert.deepEqual(scene.statuses(id), ['sending', 'queued']);
    assert.equal(await scene.settle(lease, accepted), 'settled');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'sent', 'skipped']);
  }),

  rule('does not try again what is under way when its step gives way', async (scene) => {
    const steps = [{ lane: push, withinMs: second }, { lane: sms }];
    for (const settlement of [retryAt(scene.now + 60 * second, push), rerouteTo(push)]) {
      const id = await scene.accept({ steps });
      const lease = await scene.claimOnly(push);
      await scene.pass(second);
      await scene.settle(lease, settlement);
      assert.deepEqual(scene.statuses(id), ['expired', 'queued']);
      await scene.settle(await scene.claimOnly(sms), accepted);
    }
    assert.deepEqual(await scene.claim(push), []);
  }),

  rule('starts no second step beside an attempt under at-most-once', async (scene) => {
    const id = await scene.accept({
      steps: [{ lane: push, withinMs: second }, { lane: sms }],
      guarantee: 'at-most-once',
    });
    const lease = await scene.claimOnly(push);
    await scene.pass(5 * second);
    assert.deepEqual(scene.statuses(id), ['sending', 'waiting']);
    await scene.settle(lease, refused);
    assert.deepEqual(scene.statuses(id), ['failed', 'queued']);
  }),

  rule('gives up a step whose time was over before anybody could look', async (scene) => {
    const steps = [{ lane: push, addresses: ['a', 'b', 'c'], withinMs: second }, { lane: sms }];
    const id = await scene.accept({ steps, dueAt: dawn + second });
    await scene.pass(3_600 * second);
    assert.deepEqual(scene.statuses(id), ['expired', 'expired', 'expired', 'queued']);
    await scene.claimOnly(sms);
  }),

  rule('starts no further step when the notification has expired', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push }, { lane: sms }], expiresAt: dawn + second });
    const lease = await scene.claimOnly(push);
    scene.now += second;
    await scene.settle(lease, refused);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['failed', 'failed', 'expired']);
    assert.ok(!scene.events(id).includes('delivery.started'));
  }),
];
