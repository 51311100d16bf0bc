import assert from 'node:assert/strict';
import { type DeliveryStatus, deliveryId } from '@posthorn/core';
import { accepted, dawn, email, parkUntil, push, refused, retryAt, sms } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const second = 1_000;

/** Time: what falls due, what expires, what was lost, and when to look again. */
export const timeCases = [
  rule('has nothing to do when nothing is under way', async (scene) => {
    assert.deepEqual(await scene.pass(0), { nextAt: null, more: false });
    await scene.accept();
    await scene.settle(await scene.claimOnly(), accepted);
    assert.deepEqual(await scene.pass(second), { nextAt: null, more: false });
  }),

  rule('says when it will have something to do', async (scene) => {
    const nextAt = async () => (await scene.pass(0)).nextAt;
    await scene.accept({ dueAt: dawn + 90 * second });
    assert.equal(await nextAt(), dawn + 90 * second, 'a delivery falls due');
    await scene.accept({ expiresAt: dawn + 80 * second });
    assert.equal(await nextAt(), dawn + 80 * second, 'a delivery expires');
    await scene.accept({ steps: [{ lane: push, withinMs: 70 * second }, { lane: sms }] });
    assert.equal(await nextAt(), dawn + 70 * second, 'a step has to give way');
    const lease = await scene.claimOnly(push);
    assert.equal(await nextAt(), dawn + leaseMs, 'a lease runs out');
    await scene.settle(lease, retryAt(dawn + 5 * second, push));
    assert.equal(await nextAt(), dawn + 5 * second, 'a delivery is tried again');
  }),

  rule('does a storm in pieces, and says that there is more', async (scene) => {
    await scene.offer(...Array.from({ length: 10 }, () => ({ dueAt: dawn + second })));
    scene.now += second;
    const tick = () => scene.outbox.tick({ now: scene.now, limit: 4, held: [], asked: [] });
    const claimable = [];
    for (const more of [true, true, false]) {
      assert.equal((await tick()).more, more);
      claimable.push((await scene.claim()).length);
    }
    assert.deepEqual(claimable, [4, 4, 2]);
  }),

  rule('does nothing twice', async (scene) => {
    await scene.offer(
      { dueAt: dawn + second },
      { expiresAt: dawn + second },
      { steps: [{ lane: push, withinMs: second }, { lane: sms }] },
    );
    await scene.pass(second);
    const commits = scene.watch();
    await scene.pass(0);
    assert.deepEqual(commits, []);
  }),

  rule('ends whatever was not sent when its time is up', async (scene) => {
    const expiresAt = dawn + 10 * second;
    const cases: readonly (readonly [DeliveryStatus, () => Promise<unknown>])[] = [
      ['scheduled', () => scene.accept({ expiresAt, dueAt: dawn + 60 * second })],
      ['queued', () => scene.accept({ expiresAt, steps: [{ lane: email }] })],
      ['retrying', () => tried(scene, expiresAt, retryAt(dawn + 60 * second))],
      ['parked', () => tried(scene, expiresAt, parkUntil(dawn + 60 * second))],
      ['blocked', () => scene.accept({ expiresAt, orderingKey: 'k' })],
    ];
    await scene.accept({ orderingKey: 'k' });
    await scene.claimOnly();
    for (const [, make] of cases) await make();
    const listed = () => scene.reader.notifications({ project: scene.project, limit: 5, before: null }).toReversed();
    assert.deepEqual(
      listed().map(({ id }) => scene.statuses(id)[0]),
      cases.map(([status]) => status),
    );
    await scene.pass(10 * second);
    for (const { id, status } of listed()) {
      assert.deepEqual([status, ...scene.statuses(id)], ['expired', 'expired']);
      assert.deepEqual([scene.delivery(id).code, scene.delivery(id).finishedAt], ['expired', scene.now]);
      assert.equal(scene.events(id).filter((type) => type === 'delivery.expired').length, 1);
    }
    for (const lane of [sms, email]) assert.deepEqual(await scene.claim(lane), []);
  }),

  rule('ends all of a plan whose time is up without starting a step of it', async (scene) => {
    const steps = [{ lane: push, addresses: ['a', 'b'] }, { lane: sms }, { lane: email }];
    const id = await scene.accept({ steps, expiresAt: dawn + second });
    const commits = scene.watch();
    await scene.pass(second);
    assert.deepEqual(new Set([scene.status(id), ...scene.statuses(id)]), new Set(['expired']));
    const types = commits.flatMap(({ events }) => events.map(({ type }) => type));
    assert.deepEqual(
      types,
      Array.from({ length: 4 }, () => 'delivery.expired'),
    );
  }),

  rule('does not expire what is under way, nor what was sent', async (scene) => {
    const expiresAt = dawn + second;
    const { ids } = await scene.offer({ expiresAt }, { expiresAt });
    const [first, under] = await scene.claim();
    assert.ok(first && under && ids[0] && ids[1]);
    await scene.settle(first, accepted);
    await scene.pass(second);
    assert.deepEqual([scene.status(ids[0]), scene.status(ids[1])], ['sent', 'sending']);
    assert.equal(await scene.settle(under, accepted), 'settled');
  }),

  rule('tries again what was lost, under at-least-once', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }] });
    const lease = await scene.claimOnly();
    const commits = scene.watch();
    await scene.pass(leaseMs);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'queued', 'waiting']);
    assert.deepEqual(
      commits.flatMap(({ events }) => events.map(({ type, code }) => [type, code])),
      [['delivery.recovered', 'lease_lost']],
    );
    assert.deepEqual(
      commits.flatMap(({ ready }) => ready),
      [sms],
    );
    const [record] = scene.reader.attempts(scene.project, lease.id);
    assert.deepEqual([record?.outcome, record?.code, record?.account], ['uncertain', 'lease_lost', 'sms-main']);
    assert.equal(scene.delivery(id).attempts, 1);
  }),

  rule('leaves uncertain what was lost, under at-most-once and on lanes that hold', async (scene) => {
    const { ids } = await scene.offer(
      { guarantee: 'at-most-once' },
      { steps: [{ lane: push }] },
      { steps: [{ lane: email }] },
    );
    for (const lane of [sms, push, email]) await scene.claimOnly(lane);
    await scene.pass(leaseMs, [push]);
    assert.deepEqual(
      ids.map((id) => [scene.status(id), ...scene.statuses(id)]),
      [
        ['uncertain', 'uncertain'],
        ['uncertain', 'uncertain'],
        ['sending', 'queued'],
      ],
    );
  }),

  rule('lets a plan go on from a lost lease only under at-least-once', async (scene) => {
    const steps = [{ lane: sms }, { lane: push }];
    const { ids } = await scene.offer({ steps }, { steps, guarantee: 'at-most-once' });
    await scene.claim();
    await scene.pass(leaseMs, [sms]);
    assert.deepEqual(
      ids.map((id) => scene.statuses(id)),
      [
        ['uncertain', 'queued'],
        ['uncertain', 'skipped'],
      ],
    );
  }),

  rule('calls dead what has lost its lease three times', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }] });
    for (const status of ['queued', 'queued', 'dead']) {
      await scene.claimOnly();
      await scene.pass(leaseMs);
      assert.equal(scene.statuses(id)[0], status);
    }
    assert.deepEqual(scene.statuses(id), ['dead', 'queued'], 'and its plan goes on');
    assert.equal(scene.reader.attempts(scene.project, deliveryId(id, 1)).length, 3);
  }),

  rule('does not call expired what may have been sent', async (scene) => {
    const id = await scene.accept({ expiresAt: dawn + second });
    await scene.claimOnly();
    await scene.pass(leaseMs);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['uncertain', 'uncertain']);
  }),

  rule('makes due what was due first, first', async (scene) => {
    const [late, early] = (await scene.offer({ dueAt: dawn + 2 * second }, { dueAt: dawn + second })).ids;
    await scene.pass(second);
    assert.equal((await scene.claimOnly()).notification, early);
    await scene.pass(second);
    assert.equal((await scene.claimOnly()).notification, late);
  }),

  rule('keeps time through a crash', async (scene) => {
    const scheduled = await scene.accept({ dueAt: dawn + 5 * second });
    const plan = await scene.accept({ steps: [{ lane: push, withinMs: 5 * second }, { lane: email }] });
    const failed = await scene.accept({ steps: [{ lane: sms }] });
    await scene.settle(await scene.claimOnly(), retryAt(dawn + 5 * second));
    await scene.reopen();
    await scene.pass(5 * second);
    assert.deepEqual(
      [scheduled, plan, failed].map((id) => scene.statuses(id).at(-1)),
      ['queued', 'queued', 'queued'],
    );
    for (const lease of await scene.claim()) await scene.settle(lease, refused);
  }),
];

async function tried(scene: Scene, expiresAt: number, settlement: ReturnType<typeof retryAt>): Promise<void> {
  await scene.accept({ expiresAt });
  await scene.settle(await scene.claimOnly(), settlement);
}
