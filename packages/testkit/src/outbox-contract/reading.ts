import assert from 'node:assert/strict';
import { attemptId, deliveryId, idMint, type NotificationId, type NotificationQuery } from '@posthorn/core';
import { accepted, dawn, email, otherSms, push, refused, retryAt, sms } from './builders.ts';
import { rule, type Scene } from './scene.ts';

const second = 1_000;

/** Reading: lists that can be narrowed and paged, and nothing of another project. */
export const readingCases = [
  rule('lists newest first', async (scene) => {
    const { ids } = await scene.offer({}, {}, {});
    assert.deepEqual(list(scene), ids.toReversed());
  }),

  rule('pages without gaps and doubles, also while more is accepted', async (scene) => {
    const { ids } = await scene.offer(...Array.from({ length: 23 }, () => ({})));
    const seen: NotificationId[] = [];
    let before: number | null = null;
    for (;;) {
      const page = scene.reader.notifications({ project: scene.project, limit: 5, before });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.sequence ?? null;
      if (page.length < 5) break;
      await scene.accept();
    }
    assert.deepEqual(seen, ids.toReversed());
  }),

  rule('finds by what a notification says of itself', async (scene) => {
    const first = await scene.accept({ kind: 'otp', tags: ['a', 'b', 'a'], metadata: { order: '1', shop: 'x' } });
    scene.now += second;
    const next = await scene.accept({ kind: 'marketing', tags: ['b'], metadata: { order: '2', shop: 'x' } });
    const other = await scene.accept({ steps: [{ lane: push, addresses: ['t1', 't1', 't2'] }, { lane: email }] });
    const found: readonly (readonly [Partial<NotificationQuery>, readonly NotificationId[]])[] = [
      [{ kind: 'otp' }, [first]],
      [{ tag: 'a' }, [first]],
      [{ tag: 'b' }, [next, first]],
      [{ tag: 'B' }, []],
      [{ metadata: [['order', '1']] }, [first]],
      [{ metadata: [['shop', 'x']] }, [next, first]],
      [{ metadata: [['shop', 'x'], ['order', '2']] }, [next]], // biome-ignore format: a table
      [{ metadata: [['shop', '1']] }, []],
      [{ metadata: [['order', '']] }, []],
      [{ channel: 'sms' }, [next, first]],
      [{ channel: 'email' }, [other]],
      [{ channel: 'nope' }, []],
      [{ address: 't1' }, [other]],
      [{ address: 't2' }, [other]],
      [{ address: 't' }, []],
      [{ address: 'address of sms' }, [next, first]],
      [{ from: dawn + second }, [other, next]],
      [{ to: dawn + second }, [first]],
      [{ from: dawn, to: dawn + 2 * second, tag: 'b', kind: 'otp' }, [first]],
      [{ tag: 'b', channel: 'push' }, []],
    ];
    for (const [query, ids] of found) assert.deepEqual(list(scene, query), ids, JSON.stringify(query));
  }),

  rule('finds by status, as it is now', async (scene) => {
    const scheduled = await scene.accept({ dueAt: dawn + 60 * second });
    const sent = await scene.accept();
    await scene.settle(await scene.claimOnly(), accepted);
    const failed = await scene.accept();
    await scene.settle(await scene.claimOnly(), refused);
    const expired = await scene.accept({ expiresAt: dawn + second });
    await scene.pass(second);
    const canceled = await scene.accept();
    await scene.cancel(canceled);
    const delivered = await scene.accept();
    await scene.settle(await scene.claimOnly(), accepted);
    await scene.receive(delivered, 1, 'delivered');
    const retrying = await scene.accept();
    await scene.settle(await scene.claimOnly(), retryAt(dawn + 60 * second));
    const sending = await scene.accept();
    await scene.claimOnly();
    const waiting = await scene.accept();
    const byStatus = { scheduled, sent, failed, expired, canceled, delivered, accepted: waiting } as const;
    for (const [status, id] of Object.entries(byStatus)) {
      assert.deepEqual(list(scene, { status: status as keyof typeof byStatus }), [id], status);
    }
    assert.deepEqual(list(scene, { status: 'sending' }), [sending, retrying]);
    assert.deepEqual(list(scene, { status: 'uncertain' }), []);
  }),

  rule('shows attempts in their order with their own ids', async (scene) => {
    const id = await scene.accept();
    const delivery = deliveryId(id, 1);
    assert.deepEqual(scene.reader.attempts(scene.project, delivery), []);
    await scene.settle(await scene.claimOnly(), retryAt(dawn + second));
    await scene.pass(second);
    await scene.settle(await scene.claimOnly(), accepted);
    const about = { channel: 'sms', account: 'sms-main' };
    const told = { code: 'sample_code', detail: 'what the vendor said' };
    const at = (now: number) => ({ startedAt: now - 5, endedAt: now });
    assert.deepEqual(scene.reader.attempts(scene.project, delivery), [
      { id: attemptId(delivery, 1), ...about, ...at(dawn), outcome: 'deferred', ...told },
      { id: attemptId(delivery, 2), ...about, ...at(dawn + second), outcome: 'accepted', code: null, detail: null },
    ]);
  }),

  rule('shows what a delivery says, to its project alone', async (scene) => {
    const id = await scene.accept();
    assert.deepEqual(scene.reader.content(scene.project, deliveryId(id, 1)), { text: 'to be sent by sms' });
    assert.equal(scene.reader.content(scene.project, deliveryId(id, 2)), undefined);
    assert.equal(scene.reader.content(scene.stranger, deliveryId(id, 1)), undefined);
  }),

  rule('shows a project nothing of another', async (scene) => {
    const wish = { tags: ['t'], metadata: { k: 'v' } };
    const id = await scene.accept(wish);
    const { ids } = await scene.offer({ ...wish, project: scene.stranger });
    await scene.settle(...([(await scene.claim())[0], accepted] as Parameters<Scene['settle']>));
    const stranger = scene.stranger;
    assert.equal(scene.reader.notification(stranger, id), null);
    assert.equal(scene.reader.delivery(stranger, deliveryId(id, 1)), null);
    assert.deepEqual(scene.reader.attempts(stranger, deliveryId(id, 1)), []);
    for (const query of [{}, { tag: 't' }, { metadata: [['k', 'v']] as const }, { address: 'address of sms' }]) {
      assert.deepEqual(list(scene, query), [id]);
      assert.deepEqual(list(scene, { ...query, project: stranger }), ids);
    }
  }),

  rule('knows nothing of what never was', async (scene) => {
    const nobody = idMint().notification(scene.now);
    assert.equal(scene.reader.notification(scene.project, nobody), null);
    assert.equal(scene.reader.delivery(scene.project, deliveryId(nobody, 1)), null);
    assert.deepEqual(scene.reader.attempts(scene.project, deliveryId(nobody, 1)), []);
    const id = await scene.accept();
    assert.equal(scene.reader.delivery(scene.project, deliveryId(id, 2)), null);
  }),

  rule('counts what is due and not claimed, by lane', async (scene) => {
    assert.deepEqual(scene.reader.backlog(), []);
    await scene.offer({}, {}, { dueAt: dawn + second }, { steps: [{ lane: otherSms }, { lane: push }] });
    await scene.claim(sms, 1);
    const backlog = scene.reader.backlog().toSorted((a, b) => a.lane.account.localeCompare(b.lane.account));
    assert.deepEqual(backlog, [
      { lane: sms, queued: 1 },
      { lane: otherSms, queued: 1 },
    ]);
  }),
];

function list(scene: Scene, query: Partial<NotificationQuery> = {}): readonly NotificationId[] {
  const wanted = { project: scene.project, limit: 100, before: null, ...query };
  return scene.reader.notifications(wanted).map(({ id }) => id);
}
