import assert from 'node:assert/strict';
import { deliveryId, type HeardReceipt, idMint, type Lane, type NotificationId, type Receipt } from '@posthorn/core';
import { dead, otherSms, push, receipt, refused, rerouteTo, retryAt, sms, unknown } from './builders.ts';
import { rule, type Scene } from './scene.ts';

const hour = 3_600_000;
/** Early receipts of one account that are kept. */
const keptMost = 2_000;

/** What came to an account's callback address: all of it or nothing, of its own deliveries alone, whatever the order. */
export const hearingCases = [
  rule('applies what one callback brought in one commit, and answers each piece', async (scene) => {
    const [one, two] = [await scene.accept(), await scene.accept()];
    for (const claimed of await scene.claim()) await scene.settle(claimed, traced('v'));
    const commits = scene.watch();
    const news = [named(one), named(one), named(two, 'undelivered'), unnamed('nobody')];
    assert.deepEqual(await hear(scene, news), ['applied', 'ignored', 'applied', 'unknown']);
    assert.equal(commits.length, 1);
    assert.deepEqual([...scene.statuses(one), ...scene.statuses(two)], ['delivered', 'undelivered']);
  }),

  rule('finds a message by what its vendor calls it, where that is kept', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), traced('v-1'));
    assert.deepEqual(await hear(scene, [unnamed('v-2')], { traced: true }), ['kept']);
    assert.equal(scene.reader.addressOf(sms, { delivery: null, vendorId: 'v-1' }), 'address of sms');
    assert.equal(scene.reader.addressOf(otherSms, { delivery: null, vendorId: 'v-1' }), null);
    assert.deepEqual(await hear(scene, [unnamed('v-1')], { traced: true }), ['applied']);
    assert.deepEqual(scene.statuses(id), ['delivered']);
    await scene.reopen();
    assert.deepEqual(await hear(scene, [unnamed('v-1')], { traced: true }), ['ignored']);
  }),

  rule('does not look for a vendor id that nobody kept', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), { to: 'sent', vendorId: 'v-1', parts: null });
    assert.deepEqual(await hear(scene, [unnamed('v-1')]), ['unknown']);
    assert.deepEqual(await hear(scene, [unnamed('v-1')], { traced: true }), ['kept']);
    assert.deepEqual(scene.statuses(id), ['sent']);
  }),

  rule('keeps a receipt that overtook the acceptance, once, over a crash, for a day', async (scene) => {
    for (const [waits, status] of [
      [hour, 'delivered'],
      [25 * hour, 'sent'],
    ] as const) {
      const id = await scene.accept();
      const early = unnamed(`early-${waits}`);
      assert.deepEqual(await hear(scene, [early, early], { traced: true }), ['kept', 'ignored']);
      await scene.reopen();
      scene.now += waits;
      await scene.settle(await scene.claimOnly(), traced(`early-${waits}`));
      assert.deepEqual(scene.statuses(id), [status]);
    }
  }),

  rule('keeps no more early receipts of an account than it should, and none of another for them', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: push }] });
    await hear(scene, [unnamed('other')], { traced: true, lane: push });
    const flood = Array.from({ length: keptMost + 5 }, (_, place) => unnamed(`flood-${place}`));
    await hear(scene, flood, { traced: true });
    await scene.settle(await scene.claimOnly(push), traced('other'));
    assert.deepEqual(scene.statuses(id), ['delivered']);
    const again = await hear(scene, [unnamed('flood-5'), unnamed('flood-4')], { traced: true });
    assert.deepEqual(again, ['ignored', 'kept'], 'the oldest give way');
  }),

  rule('lets no account speak of a delivery that never went through it', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), traced('v-1'));
    const before = scene.view(id);
    for (const lane of [otherSms, push]) {
      assert.deepEqual(await hear(scene, [named(id)], { lane }), ['unknown']);
      assert.deepEqual(await hear(scene, [unnamed('v-1')], { lane, traced: true }), ['kept']);
      assert.deepEqual(await hear(scene, [{ ...named(id, 'undelivered'), suppress: 'hard' }], { lane }), ['unknown']);
    }
    assert.deepEqual(scene.view(id), before);
    assert.equal(scene.reader.hasSuppressions(), false);
  }),

  rule('believes a former account that its doubtful attempt arrived, and nothing else', async (scene) => {
    const moved = await scene.accept();
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms), 'uncertain');
    const taken = await scene.accept();
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms), 'uncertain');
    const there = await scene.claim(otherSms);
    await scene.settle(there.find(({ notification }) => notification === taken) ?? unfound(), traced('v'));
    assert.deepEqual(await hear(scene, [named(taken, 'undelivered')]), ['ignored'], 'another one has it now');
    await scene.settle(
      there.find(({ notification }) => notification === moved) ?? unfound(),
      rerouteTo(otherSms),
      null,
    );
    assert.deepEqual(await hear(scene, [named(moved, 'undelivered')]), ['ignored']);
    assert.deepEqual(await hear(scene, [named(moved)]), ['applied']);
    assert.deepEqual([...scene.statuses(moved), ...scene.statuses(taken)], ['delivered', 'sent']);
    const surelyUnsent = await scene.accept();
    await scene.settle(await scene.claimOnly(), rerouteTo(otherSms), 'deferred');
    assert.deepEqual(await hear(scene, [named(surelyUnsent)]), ['unknown']);
  }),

  rule('believes nothing about what was never tried, and turns nothing final back', async (scene) => {
    const later = await scene.accept({ dueAt: scene.now + hour });
    assert.deepEqual(await hear(scene, [named(later)]), ['unknown']);
    for (const settlement of [refused, dead]) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement);
      assert.deepEqual(await hear(scene, [named(id)]), ['ignored']);
      assert.deepEqual(scene.statuses(id), [settlement.to]);
    }
    const made = deliveryId(idMint().notification(scene.now), 1);
    assert.deepEqual(await hear(scene, [{ ...unnamed('x'), delivery: made }]), ['unknown']);
  }),

  rule('clears up what was uncertain, and spares a second copy', async (scene) => {
    for (const settlement of [unknown, retryAt(scene.now + hour)]) {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement, 'uncertain');
      assert.deepEqual(await hear(scene, [named(id)]), ['applied']);
      assert.deepEqual(scene.statuses(id), ['delivered']);
    }
  }),

  rule('has a message of parts delivered when all of them are, and failed with the first that fails', async (scene) => {
    const part = (id: NotificationId, number: number, status: Receipt['status'] = 'delivered'): HeardReceipt => ({
      ...named(id, status),
      part: { number, total: 3 },
    });
    const [whole, broken] = [await scene.accept(), await scene.accept()];
    for (const claimed of await scene.claim()) await scene.settle(claimed, traced(claimed.id));
    assert.deepEqual(await hear(scene, [part(whole, 2), part(whole, 2), part(whole, 1)]), [
      'applied',
      'ignored',
      'applied',
    ]);
    assert.deepEqual(scene.statuses(whole), ['sent']);
    await scene.reopen();
    assert.deepEqual(await hear(scene, [part(whole, 3), part(whole, 1)]), ['applied', 'ignored']);
    assert.deepEqual(scene.statuses(whole), ['delivered']);
    assert.deepEqual(scene.events(whole).filter((type) => type === 'delivery.delivered').length, 1);
    await hear(scene, [part(broken, 1), part(broken, 2, 'undelivered'), part(broken, 3)]);
    assert.deepEqual(scene.statuses(broken), ['undelivered']);
  }),

  rule('keeps the billed parts that a receipt tells, whichever comes first', async (scene) => {
    const billed = (id: NotificationId): HeardReceipt => ({ ...named(id), parts: 4 });
    const [settledFirst, heardFirst] = [await scene.accept(), await scene.accept()];
    const [one, two] = await scene.claim();
    assert.ok(one && two);
    await scene.settle(one, traced('a'));
    await hear(scene, [billed(settledFirst), billed(heardFirst)]);
    assert.equal(await scene.settle(two, traced('b')), 'settled');
    for (const id of [settledFirst, heardFirst]) assert.equal(scene.delivery(id).parts, 4);
    assert.equal(scene.delivery(heardFirst).vendorId, 'b');
  }),

  rule('moves a plan on when a receipt says no', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms, until: 'delivered' }, { lane: push }] });
    await scene.settle(await scene.claimOnly(), traced('v'));
    assert.deepEqual(await hear(scene, [unnamed('v', 'undelivered')], { traced: true }), ['applied']);
    assert.deepEqual(scene.statuses(id), ['undelivered', 'queued']);
  }),

  rule('applies an early receipt together with the acceptance', async (scene) => {
    const id = await scene.accept();
    const claimed = await scene.claimOnly();
    await hear(scene, [unnamed('v', 'undelivered')], { traced: true });
    const commits = scene.watch();
    await scene.settle(claimed, traced('v'));
    assert.equal(commits.length, 1);
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.sent', 'delivery.undelivered']);
  }),
];

function unfound(): never {
  throw new Error('what was handed over could not be claimed there');
}

/** The acceptance by a vendor whose receipts know only its own id. */
export function traced(vendorId: string) {
  return { to: 'sent', vendorId, parts: 2, traced: true } as const;
}

/** A receipt that gives our id back. */
export function named(id: NotificationId, status: Receipt['status'] = 'delivered'): HeardReceipt {
  return { ...unnamed(null, status), delivery: deliveryId(id, 1) };
}

function unnamed(vendorId: string | null, status: Receipt['status'] = 'delivered'): HeardReceipt {
  const said = { receipt: receipt(status), parts: null, part: null, suppress: null, masked: null };
  return { kind: 'receipt', delivery: null, vendorId, ...said };
}

function hear(
  scene: Scene,
  news: readonly HeardReceipt[],
  { lane = sms, traced: isTraced = false }: { readonly lane?: Lane; readonly traced?: boolean } = {},
) {
  return scene.outbox.hear({ lane, traced: isTraced, news, now: scene.now });
}
