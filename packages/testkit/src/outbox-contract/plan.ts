import assert from 'node:assert/strict';
import { accepted, dawn, dead, email, parkUntil, push, refused, retryAt, sms, tooLate, unknown } from './builders.ts';
import { rule, toldAtOnce } from './scene.ts';

const second = 1_000;
const thenSms = [{ lane: push }, { lane: sms }];
const untilDelivered = { lane: push, until: 'delivered', withinMs: 20 * second } as const;

/** Plans: which step runs, which one gives way, and that a cause and its consequence are one commit. */
export const planCases = [
  rule('lets later steps wait', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push }, { lane: sms }, { lane: email }] });
    assert.deepEqual(scene.statuses(id), ['queued', 'waiting', 'waiting']);
    for (const lane of [sms, email]) assert.deepEqual(await scene.claim(lane), []);
  }),

  rule('starts the next step in the commit in which the one before it failed', async (scene) => {
    for (const settlement of [refused, dead, tooLate]) {
      const id = await scene.accept({ steps: thenSms });
      const lease = await scene.claimOnly(push);
      const commits = scene.watch();
      await scene.settle(lease, settlement);
      assert.deepEqual(toldAtOnce(commits), [
        [`delivery.${settlement.to}`, 'push', 'sending'],
        ['delivery.started', 'sms', null],
      ]);
      assert.deepEqual(commits[0]?.ready, [sms]);
      assert.deepEqual(scene.statuses(id), [settlement.to, 'queued']);
      await scene.settle(await scene.claimOnly(sms), accepted);
      assert.equal(scene.status(id), 'sent');
    }
  }),

  rule('goes through all steps and fails with the last', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push }, { lane: sms }, { lane: email }] });
    for (const lane of [push, sms, email]) {
      assert.equal(scene.status(id), lane === push ? 'accepted' : 'sending');
      await scene.settle(await scene.claimOnly(lane), refused);
    }
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['failed', 'failed', 'failed', 'failed']);
  }),

  rule('waits with the next step while the one before it is tried again', async (scene) => {
    const id = await scene.accept({ steps: thenSms });
    await scene.settle(await scene.claimOnly(push), retryAt(dawn + second, push));
    await scene.pass(second);
    assert.deepEqual(scene.statuses(id), ['queued', 'waiting']);
  }),

  rule('skips what is not needed in the commit of the first success', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push }, { lane: sms }, { lane: email }] });
    await scene.settle(await scene.claimOnly(push), refused);
    const lease = await scene.claimOnly(sms);
    const commits = scene.watch();
    await scene.settle(lease, accepted);
    assert.deepEqual(toldAtOnce(commits), [
      ['delivery.sent', 'sms', 'sent'],
      ['delivery.skipped', 'email', null],
    ]);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'failed', 'sent', 'skipped']);
    assert.equal(scene.delivery(id, 3).code, 'not_needed');
  }),

  rule('goes on when no account can take a step now', async (scene) => {
    const id = await scene.accept({ steps: thenSms });
    const lease = await scene.claimOnly(push);
    const commits = scene.watch();
    await scene.settle(lease, parkUntil(scene.now + second, push));
    assert.deepEqual(toldAtOnce(commits), [
      ['delivery.parked', 'push', 'sending'],
      ['delivery.skipped', 'push', null],
      ['delivery.started', 'sms', null],
    ]);
    assert.deepEqual(scene.statuses(id), ['skipped', 'queued']);
    assert.equal(scene.delivery(id).code, 'no_account');
  }),

  rule('keeps what is parked when no step is left', async (scene) => {
    const id = await scene.accept({ steps: thenSms });
    await scene.settle(await scene.claimOnly(push), refused);
    await scene.settle(await scene.claimOnly(sms), parkUntil(scene.now + second));
    assert.deepEqual(scene.statuses(id), ['failed', 'parked']);
    await scene.pass(second);
    await scene.claimOnly(sms);
  }),

  rule('keeps a plan open while a step waits for its receipt', async (scene) => {
    const id = await scene.accept({ steps: [untilDelivered, { lane: sms }] });
    await scene.settle(await scene.claimOnly(push), accepted);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'sent', 'waiting']);
    await scene.receive(id, 1, 'delivered');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['delivered', 'delivered', 'skipped']);
  }),

  rule('starts the next step when a receipt says no', async (scene) => {
    const id = await scene.accept({ steps: [untilDelivered, { lane: sms }] });
    await scene.settle(await scene.claimOnly(push), accepted);
    const commits = scene.watch();
    await scene.receive(id, 1, 'undelivered');
    assert.deepEqual(toldAtOnce(commits), [
      ['delivery.undelivered', 'push', null],
      ['delivery.started', 'sms', null],
    ]);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'undelivered', 'queued']);
  }),

  rule('starts the next step when no receipt comes, and closes the plan when it comes after all', async (scene) => {
    const id = await scene.accept({ steps: [untilDelivered, { lane: sms }] });
    await scene.settle(await scene.claimOnly(push), accepted);
    await scene.pass(20 * second);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'sent', 'queued']);
    const commits = scene.watch();
    await scene.receive(id, 1, 'delivered');
    assert.deepEqual(toldAtOnce(commits), [
      ['delivery.delivered', 'push', 'delivered'],
      ['delivery.skipped', 'sms', null],
    ]);
    assert.deepEqual(await scene.claim(sms), []);
  }),

  rule('does not take back what is under way when a late receipt closes the plan', async (scene) => {
    const id = await scene.accept({ steps: [untilDelivered, { lane: sms }, { lane: email }] });
    await scene.settle(await scene.claimOnly(push), accepted);
    await scene.pass(20 * second);
    const lease = await scene.claimOnly(sms);
    await scene.receive(id, 1, 'delivered');
    assert.deepEqual(scene.statuses(id), ['delivered', 'sending', 'skipped']);
    await scene.settle(lease, retryAt(scene.now + second));
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['delivered', 'delivered', 'skipped', 'skipped']);
  }),

  rule('succeeds with one of several addresses, and lets the others go their way', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push, addresses: ['a', 'b', 'c'] }, { lane: sms }] });
    const [first, middle, last] = await scene.claim(push);
    assert.ok(first && middle && last);
    await scene.settle(first, refused);
    assert.deepEqual(scene.statuses(id), ['failed', 'sending', 'sending', 'waiting']);
    await scene.settle(middle, accepted);
    assert.deepEqual(scene.statuses(id), ['failed', 'sent', 'sending', 'skipped']);
    await scene.settle(last, accepted);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sent', 'failed', 'sent', 'sent', 'skipped']);
  }),

  rule('fails over when all addresses of a step have failed', async (scene) => {
    const id = await scene.accept({
      steps: [
        { lane: push, addresses: ['a', 'b'] },
        { lane: sms, addresses: ['c', 'd'] },
      ],
    });
    for (const lease of await scene.claim(push)) await scene.settle(lease, refused);
    assert.deepEqual(scene.statuses(id), ['failed', 'failed', 'queued', 'queued']);
  }),

  rule('sends all steps of a broadcast at once, each for itself', async (scene) => {
    const steps = [{ lane: push, withinMs: second }, { lane: sms }, { lane: email }];
    const id = await scene.accept({ steps, strategy: 'broadcast' });
    assert.deepEqual(scene.statuses(id), ['queued', 'queued', 'queued']);
    await scene.pass(second);
    await scene.settle(await scene.claimOnly(push), refused);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'failed', 'queued', 'queued']);
    await scene.settle(await scene.claimOnly(sms), accepted);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'failed', 'sent', 'queued']);
    await scene.settle(await scene.claimOnly(email), accepted);
    assert.equal(scene.status(id), 'sent');
    await scene.receive(id, 3, 'delivered');
    assert.equal(scene.status(id), 'delivered');
  }),

  rule('makes all of a broadcast of later due at its time', async (scene) => {
    const id = await scene.accept({ steps: thenSms, strategy: 'broadcast', dueAt: dawn + second });
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['scheduled', 'scheduled', 'scheduled']);
    await scene.pass(second);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'queued', 'queued']);
  }),

  rule('goes on after an uncertain step only under at-least-once', async (scene) => {
    const repeatable = await scene.accept({ steps: thenSms });
    await scene.settle(await scene.claimOnly(push), unknown);
    assert.deepEqual(scene.statuses(repeatable), ['uncertain', 'queued']);
    await scene.claimOnly(sms);

    const once = await scene.accept({ steps: thenSms, guarantee: 'at-most-once' });
    await scene.settle(await scene.claimOnly(push), unknown);
    await scene.pass(second);
    assert.deepEqual([scene.status(once), ...scene.statuses(once)], ['uncertain', 'uncertain', 'skipped']);
    assert.equal(scene.delivery(once, 2).code, 'may_have_arrived');
    assert.deepEqual(await scene.claim(sms), []);
    await scene.receive(once, 1, 'delivered');
    assert.deepEqual([scene.status(once), ...scene.statuses(once)], ['delivered', 'delivered', 'skipped']);
  }),

  rule('carries a plan on after a crash', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push, withinMs: 20 * second }, { lane: sms }] });
    await scene.claimOnly(push);
    await scene.reopen();
    await scene.pass(20 * second);
    assert.deepEqual(scene.statuses(id).slice(1), ['queued']);
    await scene.settle(await scene.claimOnly(sms), accepted);
    assert.equal(scene.status(id), 'sent');
  }),
];
