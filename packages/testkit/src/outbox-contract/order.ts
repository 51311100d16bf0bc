import assert from 'node:assert/strict';
import type { NotificationId } from '@posthorn/core';
import {
  accepted,
  dawn,
  dead,
  email,
  otherSms,
  parkUntil,
  push,
  refused,
  rerouteTo,
  retryAt,
  sms,
  unknown,
} from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const second = 1_000;
const orderingKey = 'user-42';

/** Ordering keys: of one key and channel, one delivery at a time, in the order in which they became due. */
export const orderCases = [
  rule('lets the next of an ordering key go when the one before it was sent', async (scene) => {
    const ids = await ordered(scene, 3);
    for (const id of ids) {
      const lease = await scene.claimOnly();
      assert.equal(lease.notification, id);
      const commits = scene.watch();
      await scene.settle(lease, accepted);
      assert.deepEqual(commits.at(-1)?.ready, id === ids[2] ? [] : [sms], 'the next one is announced with the end');
    }
  }),

  rule('shows what waits for its turn as waiting in the queue, and claims it not', async (scene) => {
    const [, next] = await ordered(scene, 2);
    assert.ok(next);
    assert.deepEqual([scene.status(next), ...scene.statuses(next)], ['accepted', 'blocked']);
    assert.equal((await scene.claim()).length, 1);
  }),

  rule('lets the next one go whichever way the one before it ended', async (scene) => {
    for (const settlement of [refused, dead, unknown]) {
      const [first, next] = await ordered(scene, 2);
      const lease = await scene.claimOnly();
      assert.equal(lease.notification, first);
      await scene.settle(lease, settlement);
      const freed = await scene.claimOnly();
      assert.equal(freed.notification, next);
      await scene.settle(freed, accepted);
    }
  }),

  rule('lets the next one go when the one before it is canceled', async (scene) => {
    const [first, next] = await ordered(scene, 2);
    await scene.cancel(first as NotificationId);
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('lets the next one go when the one before it expires', async (scene) => {
    const first = await scene.accept({ orderingKey, expiresAt: dawn + second });
    const [next] = await ordered(scene, 1);
    await scene.pass(second);
    assert.deepEqual(scene.statuses(first), ['expired']);
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('lets the next one go when a receipt ends the one before it', async (scene) => {
    const [first, next] = await ordered(scene, 2);
    await scene.claimOnly();
    await scene.receive(first as NotificationId, 1, 'delivered');
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('lets the next one go when the one before it is lost for good', async (scene) => {
    await scene.accept({ orderingKey, guarantee: 'at-most-once' });
    const [next] = await ordered(scene, 1);
    await scene.claimOnly();
    await scene.pass(leaseMs);
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('lets the next one go when the plan of the one before it needs it no more', async (scene) => {
    const steps = [{ lane: push, withinMs: second }, { lane: sms }];
    const first = await scene.accept({ steps, orderingKey });
    const [next] = await ordered(scene, 1);
    const pushed = await scene.claimOnly(push);
    const head = await scene.claimOnly();
    assert.equal(head.notification, next);
    await scene.pass(second);
    assert.deepEqual(scene.statuses(first), ['sending', 'blocked']);
    const [last] = await ordered(scene, 1);
    await scene.settle(pushed, accepted);
    assert.deepEqual(scene.statuses(first), ['sent', 'skipped']);
    assert.deepEqual(await scene.claim(), [], 'the end of one that waits frees nobody while another is under way');
    await scene.settle(head, accepted);
    assert.equal((await scene.claimOnly()).notification, last);
  }),

  rule('keeps the order across retries, parking, other accounts and lost leases', async (scene) => {
    const [first, next] = await ordered(scene, 2);
    await scene.settle(await scene.claimOnly(), retryAt(scene.now + second));
    assert.deepEqual(await scene.claim(), []);
    await scene.pass(second);
    await scene.settle(await scene.claimOnly(), parkUntil(scene.now + second));
    assert.deepEqual(await scene.claim(), []);
    await scene.pass(second);
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms));
    assert.deepEqual(await scene.claim(), []);
    await scene.claimOnly(otherSms);
    await scene.pass(leaseMs);
    assert.deepEqual(await scene.claim(), []);
    const lease = await scene.claimOnly(otherSms);
    assert.equal(lease.notification, first);
    await scene.settle(lease, accepted);
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('keeps the order through a crash', async (scene) => {
    const [first, next] = await ordered(scene, 2);
    await scene.claimOnly();
    await scene.reopen();
    await scene.pass(1);
    const lease = await scene.claimOnly();
    assert.equal(lease.notification, first);
    await scene.settle(lease, accepted);
    assert.equal((await scene.claimOnly()).notification, next);
  }),

  rule('orders each channel for itself', async (scene) => {
    await scene.offer({ orderingKey }, { orderingKey, steps: [{ lane: push }] });
    await scene.claimOnly(sms);
    await scene.claimOnly(push);
  }),

  rule('orders each project and each key for itself', async (scene) => {
    await scene.offer({ orderingKey }, { orderingKey, project: scene.stranger }, { orderingKey: 'user-43' }, {});
    assert.equal((await scene.claim()).length, 4);
  }),

  rule('is not held up by what is due later', async (scene) => {
    await scene.accept({ orderingKey, dueAt: dawn + second });
    const [now] = await ordered(scene, 1);
    assert.equal((await scene.claimOnly()).notification, now);
  }),

  rule('has one delivery of a key under way also when an older one falls due meanwhile', async (scene) => {
    const later = await scene.accept({ orderingKey, dueAt: dawn + second });
    const [now] = await ordered(scene, 1);
    await scene.pass(second);
    assert.deepEqual(scene.statuses(later), ['blocked']);
    const lease = await scene.claimOnly();
    assert.equal(lease.notification, now);
    const [last] = await ordered(scene, 1);
    await scene.settle(lease, accepted);
    const next = await scene.claimOnly();
    assert.equal(next.notification, later, 'of those that wait the oldest is next');
    await scene.settle(next, accepted);
    assert.equal((await scene.claimOnly()).notification, last);
  }),

  rule('puts a later step of a plan into the order when it starts', async (scene) => {
    const fallback = await scene.accept({ steps: [{ lane: push }, { lane: sms }], orderingKey });
    const [now] = await ordered(scene, 1);
    const lease = await scene.claimOnly(sms);
    assert.equal(lease.notification, now);
    await scene.settle(await scene.claimOnly(push), refused);
    assert.deepEqual(scene.statuses(fallback), ['failed', 'blocked']);
    assert.deepEqual(await scene.claim(sms), []);
    await scene.settle(lease, accepted);
    assert.equal((await scene.claimOnly(sms)).notification, fallback);
  }),

  rule('sends to several addresses of one channel one after the other', async (scene) => {
    await scene.accept({ steps: [{ lane: email, addresses: ['a', 'b'] }], orderingKey });
    for (const address of ['a', 'b']) {
      const lease = await scene.claimOnly(email);
      assert.equal(lease.address, address);
      await scene.settle(lease, accepted);
    }
  }),
];

async function ordered(scene: Scene, count: number): Promise<readonly NotificationId[]> {
  const { ids } = await scene.offer(...Array.from({ length: count }, () => ({ orderingKey })));
  return ids;
}
