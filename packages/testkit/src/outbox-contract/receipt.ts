import assert from 'node:assert/strict';
import { deliveryId, idMint } from '@posthorn/core';
import { accepted, dead, parkUntil, push, receipt, refused, rerouteTo, retryAt, sms, unknown } from './builders.ts';
import { leaseMs, rule } from './scene.ts';

const second = 1_000;

/** Receipts: they complete what was accepted, once, and never turn anything back. */
export const receiptCases = [
  rule('completes what was sent', async (scene) => {
    for (const status of ['delivered', 'undelivered'] as const) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), accepted);
      const sentAt = scene.now;
      scene.now += second;
      assert.equal(await scene.receive(id, 1, status), 'applied');
      const delivery = scene.delivery(id);
      assert.deepEqual([delivery.status, delivery.code, delivery.sentAt], [status, `receipt_${status}`, sentAt]);
      assert.equal(delivery.vendorId, 'vendor-1');
      assert.equal(scene.status(id), status === 'delivered' ? 'delivered' : 'failed');
      assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.sent', `delivery.${status}`]);
    }
  }),

  rule('ignores a receipt that came before, and one that says the opposite', async (scene) => {
    for (const [first, other] of [
      ['delivered', 'undelivered'],
      ['undelivered', 'delivered'],
    ] as const) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), accepted);
      await scene.receive(id, 1, first);
      const before = scene.view(id);
      assert.equal(await scene.receive(id, 1, first), 'ignored');
      assert.equal(await scene.receive(id, 1, other), 'ignored');
      assert.deepEqual(scene.view(id), before);
    }
  }),

  rule('does not know deliveries that never were', async (scene) => {
    const id = await scene.accept();
    assert.equal(await scene.receive(id, 2, 'delivered'), 'unknown');
    const nobody = deliveryId(idMint().notification(scene.now), 1);
    const input = { delivery: nobody, receipt: receipt('delivered'), now: scene.now };
    assert.equal(await scene.outbox.receive(input), 'unknown');
  }),

  rule('clears up what was uncertain', async (scene) => {
    for (const status of ['delivered', 'undelivered'] as const) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), unknown);
      assert.equal(await scene.receive(id, 1, status), 'applied');
      assert.deepEqual([scene.status(id), ...scene.statuses(id)], [status === 'delivered' ? status : 'failed', status]);
    }
  }),

  rule('lets a receipt overtake the record of the acceptance, and still learns the vendor id', async (scene) => {
    const id = await scene.accept();
    const lease = await scene.claimOnly();
    assert.equal(await scene.receive(id, 1, 'delivered'), 'applied');
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['delivered', 'delivered']);
    assert.equal(await scene.settle(lease, accepted), 'settled');
    const { status, vendorId, parts } = scene.delivery(id);
    assert.deepEqual([status, vendorId, parts], ['delivered', 'vendor-1', 2]);
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.delivered']);
    await scene.pass(leaseMs);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('lets no late failure undo a receipt that overtook it', async (scene) => {
    const id = await scene.accept();
    const lease = await scene.claimOnly();
    await scene.receive(id, 1, 'delivered');
    assert.equal(await scene.settle(lease, retryAt(scene.now + second), 'uncertain'), 'lost');
    assert.deepEqual(scene.statuses(id), ['delivered']);
    assert.equal(scene.reader.attempts(scene.project, lease.id)[0]?.outcome, 'uncertain');
  }),

  rule('spares a second copy when the first one turns out to have arrived', async (scene) => {
    for (const settlement of [retryAt(scene.now + second), parkUntil(scene.now + second), rerouteTo(sms)]) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement, 'uncertain');
      assert.equal(await scene.receive(id, 1, 'undelivered'), 'ignored', 'it is tried again anyway');
      assert.equal(await scene.receive(id, 1, 'delivered'), 'applied');
      assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['delivered', 'delivered']);
      await scene.pass(second);
      assert.deepEqual(await scene.claim(), []);
    }
  }),

  rule('believes no receipt for what was never handed to anybody', async (scene) => {
    const steps = [{ lane: sms }, { lane: push }];
    const { ids } = await scene.offer({ steps }, { dueAt: scene.now + second });
    const [due, later] = ids;
    assert.ok(due && later);
    assert.equal(await scene.receive(due, 1, 'delivered'), 'ignored');
    assert.equal(await scene.receive(due, 2, 'delivered'), 'ignored');
    assert.equal(await scene.receive(later, 1, 'delivered'), 'ignored');
    await scene.claimOnly();
  }),

  rule('turns no final status back', async (scene) => {
    for (const settlement of [refused, dead]) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement);
      assert.equal(await scene.receive(id, 1, 'delivered'), 'ignored');
      assert.deepEqual(scene.statuses(id), [settlement.to]);
    }
    const canceled = await scene.accept();
    await scene.cancel(canceled);
    assert.equal(await scene.receive(canceled, 1, 'delivered'), 'ignored');
  }),
];
