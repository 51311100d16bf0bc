import assert from 'node:assert/strict';
import { deliveryId } from '@posthorn/core';
import { dawn, email, keyed, push, sms } from './builders.ts';
import { rule } from './scene.ts';

const second = 1_000;

/** Accepting: durable, all of a notification or nothing, once per idempotency key. */
export const acceptCases = [
  rule('keeps all of an accepted notification through a crash', async (scene) => {
    const steps = [
      { lane: push, addresses: ['token-1', 'token-2'], withinMs: 20 * second, until: 'delivered' },
      { lane: sms, accounts: ['sms-main', 'sms-spare'] },
      { lane: email, addresses: [] },
    ] as const;
    const id = await scene.accept({
      steps,
      kind: 'otp',
      priority: 'critical',
      guarantee: 'at-most-once',
      content: { push: { title: '标题 👩‍👩‍👧' }, sms: { text: 'it\'s "quoted"' } },
      expiresAt: dawn + 60 * second,
      orderingKey: 'user-42',
      metadata: { orderId: 'A-17' },
      tags: ['shipping', 'cn'],
    });
    const before = scene.view(id);
    await scene.reopen();
    const after = scene.view(id);
    assert.deepEqual(after, before);
    const { kind, priority, expiresAt, orderingKey, metadata, tags, createdAt, dueAt, plan } = after;
    assert.deepEqual(
      { kind, priority, expiresAt, orderingKey, metadata, tags, createdAt, dueAt },
      {
        kind: 'otp',
        priority: 'critical',
        expiresAt: dawn + 60 * second,
        orderingKey: 'user-42',
        metadata: { orderId: 'A-17' },
        tags: ['shipping', 'cn'],
        createdAt: dawn,
        dueAt: null,
      },
    );
    assert.equal(plan.guarantee, 'at-most-once');
    assert.deepEqual(plan.steps[0], { channel: 'push', accounts: null, withinMs: 20 * second, until: 'delivered' });
    assert.deepEqual(plan.steps[1]?.accounts, ['sms-main', 'sms-spare']);
    assert.deepEqual(after.skipped, [{ step: 2, channel: 'email', reason: 'no_address' }]);
    assert.deepEqual(
      after.deliveries.map(({ id: delivery, step, channel, address }) => ({ delivery, step, channel, address })),
      [
        { delivery: deliveryId(id, 1), step: 0, channel: 'push', address: 'token-1' },
        { delivery: deliveryId(id, 2), step: 0, channel: 'push', address: 'token-2' },
        { delivery: deliveryId(id, 3), step: 1, channel: 'sms', address: 'address of sms' },
      ],
    );
    const claimed = await scene.claim(push);
    assert.deepEqual(claimed[0]?.content, { title: '标题 👩‍👩‍👧' });
  }),

  rule('accepts a thousand in one call, and they leave in their order', async (scene) => {
    const { ids, answers } = await scene.offer(...Array.from({ length: 1_000 }, () => ({})));
    assert.ok(answers.every(({ kind }) => kind === 'accepted'));
    const claimed = await scene.claim(sms, 1_000);
    assert.deepEqual(
      claimed.map(({ notification }) => notification),
      ids,
    );
  }),

  rule('tells a commit of an acceptance with its event and its lane', async (scene) => {
    const commits = scene.watch();
    const id = await scene.accept({ steps: [{ lane: push }, { lane: sms }] });
    assert.deepEqual(
      commits.flatMap(({ events }) => events),
      scene.view(id).timeline,
    );
    assert.deepEqual(
      commits.flatMap(({ ready }) => ready),
      [push],
    );
  }),

  rule('answers the same request with the same key as it did the first time, and stores it once', async (scene) => {
    const first = await scene.accept({ idempotency: keyed('k'), answer: 'the first answer' });
    const again = await scene.offer({ idempotency: keyed('k'), answer: 'another answer' });
    assert.deepEqual(again.answers, [{ kind: 'replayed', answer: 'the first answer' }]);
    assert.equal(scene.reader.notification(scene.project, again.ids[0] ?? first), null);
    assert.equal((await scene.claimOnly()).notification, first);
  }),

  rule('refuses another request with a key that was used', async (scene) => {
    await scene.accept({ idempotency: keyed('k', 'one') });
    const { answers } = await scene.offer({ idempotency: keyed('k', 'two') });
    assert.deepEqual(answers, [{ kind: 'key_reused' }]);
    await scene.claimOnly();
  }),

  rule('keeps idempotency keys of projects apart', async (scene) => {
    await scene.accept({ idempotency: keyed('k', 'one') });
    const { answers } = await scene.offer({ project: scene.stranger, idempotency: keyed('k', 'two') });
    assert.deepEqual(answers, [{ kind: 'accepted' }]);
  }),

  rule('heeds idempotency keys within one batch, and spoils nothing by a bad one', async (scene) => {
    const { ids, answers } = await scene.offer(
      { idempotency: keyed('a'), answer: 'first' },
      { idempotency: keyed('a'), answer: 'second' },
      { idempotency: keyed('a', 'other') },
      { idempotency: keyed('b') },
      {},
    );
    assert.deepEqual(answers, [
      { kind: 'accepted' },
      { kind: 'replayed', answer: 'first' },
      { kind: 'key_reused' },
      { kind: 'accepted' },
      { kind: 'accepted' },
    ]);
    const claimed = await scene.claim();
    assert.deepEqual(
      claimed.map(({ notification }) => notification),
      [ids[0], ids[3], ids[4]],
    );
  }),

  rule('remembers idempotency keys through a crash', async (scene) => {
    await scene.accept({ idempotency: keyed('k'), answer: 'the first answer' });
    await scene.reopen();
    const { answers } = await scene.offer({ idempotency: keyed('k') }, { idempotency: keyed('k', 'other') });
    assert.deepEqual(answers, [{ kind: 'replayed', answer: 'the first answer' }, { kind: 'key_reused' }]);
  }),

  rule('accepts once, however many ask with one key at the same time', async (scene) => {
    const offers = await Promise.all(Array.from({ length: 50 }, () => scene.offer({ idempotency: keyed('k') })));
    const kinds = offers.map(({ answers }) => answers[0]?.kind);
    assert.equal(kinds.filter((kind) => kind === 'accepted').length, 1);
    assert.equal(kinds.filter((kind) => kind === 'replayed').length, 49);
    await scene.claimOnly();
  }),

  rule('keeps a notification of later back until it is due', async (scene) => {
    const commits = scene.watch();
    const id = await scene.accept({ dueAt: dawn + second });
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['scheduled', 'scheduled']);
    assert.equal(scene.delivery(id).nextAttemptAt, dawn + second);
    assert.deepEqual(await scene.claim(), []);
    assert.deepEqual(
      commits.flatMap(({ ready }) => ready),
      [],
    );
    await scene.pass(second);
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['sending', 'queued']);
    assert.deepEqual(scene.events(id), ['notification.accepted', 'delivery.started']);
    assert.equal((await scene.claimOnly()).notification, id);
  }),

  rule('takes a time that has passed for now', async (scene) => {
    const id = await scene.accept({ dueAt: dawn - second });
    assert.deepEqual([scene.status(id), ...scene.statuses(id)], ['accepted', 'queued']);
  }),

  rule('begins a plan with the first step that has an address', async (scene) => {
    const steps = [{ lane: push, addresses: [] }, { lane: sms, withinMs: second }, { lane: email }];
    const id = await scene.accept({ steps });
    assert.deepEqual(scene.statuses(id), ['queued', 'waiting']);
    await scene.pass(second);
    assert.deepEqual(scene.statuses(id), ['expired', 'queued']);
    await scene.claimOnly(email);
  }),
];
