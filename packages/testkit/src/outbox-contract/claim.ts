import assert from 'node:assert/strict';
import { type Claimed, deliveryId, type NotificationId, priorities } from '@posthorn/core';
import { dawn, email, otherSms, parkUntil, push, rerouteTo, sms, type Wish } from './builders.ts';
import { rule, type Scene } from './scene.ts';

const second = 1_000;

/** Claiming: the right deliveries, each once, in the right order, with a fair share for everyone. */
export const claimCases = [
  rule('gives a claim all that a provider needs', async (scene) => {
    const expiresAt = dawn + 60 * second;
    const steps = [{ lane: sms, accounts: ['sms-main', 'sms-spare'] }, { lane: push }];
    const id = await scene.accept({ steps, kind: 'otp', priority: 'high', guarantee: 'at-most-once', expiresAt });
    const { delivery: _, ...claimed } = await scene.claimOnly();
    assert.deepEqual(claimed, {
      id: deliveryId(id, 1),
      token: 1,
      notification: id,
      channel: 'sms',
      account: 'sms-main',
      address: 'address of sms',
      content: { text: 'to be sent by sms' },
      attempt: 1,
      doubtful: false,
      quotaUntil: null,
      kind: 'otp',
      priority: 'high',
      guarantee: 'at-most-once',
      accounts: ['sms-main', 'sms-spare'],
      createdAt: dawn,
      expiresAt,
    });
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'sending', 'waiting']);
  }),

  rule('gives the most urgent first, and among equals the oldest', async (scene) => {
    const order = [...priorities].reverse();
    const { ids } = await scene.offer(...[...order, ...order].map((priority) => ({ priority })));
    const claimed = [...(await scene.claim(sms, 3)), ...(await scene.claim())];
    const places = [3, 7, 2, 6, 1, 5, 0, 4];
    assert.deepEqual(
      claimed.map(({ notification }) => notification),
      places.map((place) => ids[place]),
    );
  }),

  rule(
    'gives the critical ones first, and while they go on one in eight of the others, whoever owns them',
    async (scene) => {
      await scene.offer(...repeat(40, { priority: 'critical' }), ...repeat(20, { priority: 'bulk' }));
      await scene.offer(...repeat(8, { project: scene.stranger, priority: 'critical' }));
      const first = await scene.claim(sms, 7);
      assert.deepEqual(new Set(first.map(({ priority }) => priority)), new Set(['critical']));
      const given = [...first];
      for (let claims = 0; claims < 17; claims++) given.push(...(await scene.claim(sms, 1)));
      assert.equal(given.length, 24);
      assert.equal(given.filter(({ priority }) => priority === 'bulk').length, 3);
    },
  ),

  rule('shares a lane between projects whatever urgency each gives its own', async (scene) => {
    await scene.offer(...repeat(50, { priority: 'high' }));
    await scene.offer(...repeat(10, { project: scene.stranger, priority: 'bulk' }), { project: scene.stranger });
    const urgencies = (await scene.claim(sms, 20)).map(({ priority }) => priority);
    const count = (wanted: string) => urgencies.filter((priority) => priority === wanted).length;
    assert.deepEqual([count('high'), count('normal'), count('bulk')], [10, 1, 9]);
    assert.ok(urgencies.indexOf('normal') < urgencies.indexOf('bulk'), 'of one project the more urgent leaves first');
  }),

  rule('shares a lane between the flows of a project', async (scene) => {
    const to = (address: string) => ({ steps: [{ lane: sms, addresses: [address], flow: address }] });
    await scene.offer(...repeat(50, to('flooded')), to('quiet'), {});
    const claimed = await scene.claim(sms, 6);
    assert.deepEqual(
      claimed.map(({ address }) => address).toSorted(),
      ['address of sms', 'flooded', 'flooded', 'flooded', 'flooded', 'quiet'].toSorted(),
    );
  }),

  rule('leaves reserved places to critical deliveries alone', async (scene) => {
    await scene.offer(...repeat(10, { priority: 'high' }), ...repeat(3, { priority: 'critical' }));
    const claimed = await scene.claim(sms, 8, 4);
    assert.deepEqual(
      claimed.map(({ priority }) => priority),
      ['critical', 'critical', 'critical', 'high'],
    );
    assert.deepEqual(await scene.claim(sms, 2, 2), []);
  }),

  rule('gives of the routed only those of the wanted kinds whose step names no accounts', async (scene) => {
    const named = { steps: [{ lane: sms, accounts: ['sms-main'] }] };
    const { ids } = await scene.offer({}, named, { kind: 'otp' }, { steps: [{ lane: sms }, { lane: push }] });
    const routed = { lane: sms, limit: 10, leaseMs: second, now: scene.now, routed: ['transactional'] } as const;
    const claimed = await scene.outbox.claim(routed);
    assert.deepEqual(
      claimed.map(({ notification }) => notification),
      [ids[0], ids[3]],
    );
    assert.equal((await scene.claim()).length, 2);
  }),

  rule('gives of the followed only those whose plan has a later step that waits', async (scene) => {
    const plan = { steps: [{ lane: sms }, { lane: push }] };
    const { ids } = await scene.offer({}, plan, { ...plan, strategy: 'broadcast' });
    const followed = { lane: sms, limit: 10, leaseMs: second, now: scene.now, followed: true } as const;
    const [claimed, ...more] = await scene.outbox.claim(followed);
    assert.deepEqual([claimed?.notification, more], [ids[1], []]);
    await scene.settle(claimed as Claimed, parkUntil(scene.now + second), null);
    assert.deepEqual(scene.statuses(ids[1] as NotificationId), ['skipped', 'queued']);
    assert.deepEqual(await scene.outbox.claim(followed), []);
  }),

  rule('claims no delivery twice', async (scene) => {
    await scene.offer(...repeat(5, {}));
    assert.equal((await scene.claim(sms, 3)).length, 3);
    assert.equal((await scene.claim(sms, 3)).length, 2);
    assert.deepEqual(await scene.claim(), []);
  }),

  rule('never gives one delivery to two claims at the same time', async (scene) => {
    await scene.offer(...repeat(100, {}));
    const claims = await Promise.all(Array.from({ length: 8 }, () => scene.claim(sms, 20)));
    const keys = claims.flat().map(({ delivery }) => delivery);
    assert.equal(keys.length, 100);
    assert.equal(new Set(keys).size, 100);
  }),

  rule('shares an account fairly between projects', async (scene) => {
    await scene.offer(...repeat(50, {}));
    await scene.offer(...repeat(4, { project: scene.stranger }));
    assert.deepEqual(await shares(scene, 8), [4, 4]);
    assert.deepEqual(await shares(scene, 8), [8, 0], 'what one project leaves the other may use');
  }),

  rule('lets projects take turns when there is not enough for a full share', async (scene) => {
    await scene.offer(...repeat(50, {}), ...repeat(50, { project: scene.stranger }));
    let [own, strange] = [0, 0];
    for (const limit of [1, 1, 3, 3, 5, 5, 1, 1]) {
      const [first = 0, second = 0] = await shares(scene, limit);
      own += first;
      strange += second;
    }
    assert.deepEqual([own, strange], [10, 10]);
  }),

  rule('fills a claim as far as there is anything, whoever it belongs to', async (scene) => {
    await scene.offer(...repeat(50, {}));
    await scene.offer({ project: scene.stranger });
    assert.deepEqual(await shares(scene, 10), [9, 1]);
  }),

  rule('does not claim what has expired, and finds what stands behind it', async (scene) => {
    await scene.offer(...repeat(20, { expiresAt: dawn + second }));
    const lasting = await scene.accept();
    scene.now += second;
    assert.equal((await scene.claimOnly()).notification, lasting);
  }),

  rule('claims what expires a moment later', async (scene) => {
    await scene.accept({ expiresAt: dawn + second });
    scene.now += second - 1;
    await scene.claimOnly();
  }),

  rule('keeps lanes apart', async (scene) => {
    await scene.offer({}, { steps: [{ lane: otherSms }] }, { steps: [{ lane: push }] });
    for (const lane of [sms, otherSms, push]) {
      const { channel, account } = await scene.claimOnly(lane);
      assert.deepEqual({ channel, account }, lane);
    }
    assert.deepEqual(await scene.claim(email), []);
  }),

  rule('keeps what is claimed claimed until its lease runs out, and not longer', async (scene) => {
    await scene.accept();
    const first = await scene.claimOnly();
    await scene.pass(29_999);
    assert.deepEqual(await scene.claim(), []);
    await scene.pass(1);
    const again = await scene.claimOnly();
    assert.equal(again.delivery, first.delivery);
    assert.ok(again.token > first.token, 'a new claim has a new token');
    assert.equal(again.attempt, 2);
  }),

  rule('rescues at once what a process that died had claimed', async (scene) => {
    const id = await scene.accept();
    const lost = await scene.claimOnly();
    await scene.reopen();
    await scene.pass(1);
    const claimed = await scene.claimOnly();
    assert.equal(claimed.delivery, lost.delivery);
    assert.equal(scene.delivery(id).attempts, 2);
  }),

  rule('moves what waits for an account that is gone to the first one of its channel', async (scene) => {
    const gone = { channel: 'sms', account: 'gone' };
    const steps = [{ lane: push }, { lane: gone }];
    const { ids } = await scene.offer({ steps: [{ lane: gone }] }, { steps }, { steps: [{ lane: email }] });
    const commits = scene.watch();
    await scene.outbox.reassign({ lanes: [push, sms, otherSms], now: scene.now });
    assert.deepEqual(
      commits.flatMap(({ ready }) => ready),
      [sms],
    );
    assert.equal((await scene.claimOnly()).notification, ids[0]);
    await scene.settle(await scene.claimOnly(push), rerouteTo(push));
    assert.equal(scene.delivery(ids[1] as Claimed['notification'], 2).account, 'sms-main');
    await scene.claimOnly(email);
  }),

  rule('moves also what an account that is gone was sending, and keeps who was', async (scene) => {
    const gone = { channel: 'sms', account: 'gone' };
    const id = await scene.accept({ steps: [{ lane: gone }] });
    await scene.claimOnly(gone);
    await scene.reopen();
    await scene.outbox.reassign({ lanes: [sms], now: scene.now });
    await scene.pass(1);
    await scene.claimOnly(sms);
    const [attempt] = scene.reader.attempts(scene.project, deliveryId(id, 1));
    assert.deepEqual([attempt?.account, attempt?.outcome], ['gone', 'uncertain']);
  }),
];

function repeat(count: number, wish: Wish): readonly Wish[] {
  return Array.from({ length: count }, () => wish);
}

/** How many of a claim went to the project, and how many to the stranger. */
async function shares(scene: Scene, limit: number): Promise<readonly number[]> {
  const claimed = await scene.claim(sms, limit);
  const own = claimed.filter(({ notification }) => scene.reader.notification(scene.project, notification) !== null);
  return [own.length, claimed.length - own.length];
}
