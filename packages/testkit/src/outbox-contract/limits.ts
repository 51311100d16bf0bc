import assert from 'node:assert/strict';
import { type Accepted, type Claimed, type Limit, type Limits, laneKey, type NewNotification } from '@posthorn/core';
import { accepted, email, keyed, otherSms, parkUntil, refused, retryAt, sms, type Wish } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const minute = 60_000;
const hour = 60 * minute;
const perAddress: Limit = {
  of: 'project',
  per: 'address',
  windows: [
    { most: 1, ms: minute },
    { most: 2, ms: hour },
  ],
};
const perPrefix: Limit = { of: 'project', per: 'prefix', digits: 4, windows: [{ most: 2, ms: hour }] };
const budgetOf = (most: number): Limit => ({ of: 'project', per: 'day', most, timezone: 'Asia/Shanghai' });
/** The day of Shanghai that a scene begins in ends at 16:00 UTC. */
const shanghaiMidnight = Date.UTC(2026, 0, 1, 16);

/** One channel has its limits on all of its accounts. */
const onSms = (...limits: readonly Limit[]): Limits => ({ [laneKey(sms)]: limits, [laneKey(otherSms)]: limits });

const to = (address: string, more: Partial<NewNotification> & { readonly parts?: number } = {}): Wish => {
  const { parts = 1, ...rest } = more;
  return { steps: [{ lane: sms, addresses: [address], parts }], ...rest };
};
const kinds = (answers: readonly Accepted[]) => answers.map(({ kind }) => kind);
const untils = (answers: readonly Accepted[]) =>
  answers.map((answer) => (answer.kind === 'limited' ? answer.until : null));

function claimUnder(scene: Scene, lane = sms): Promise<readonly Claimed[]> {
  const counted = scene.limits?.[laneKey(lane)] ?? [];
  return scene.outbox.claim({ lane, limit: 100, quotas: counted, leaseMs, now: scene.now });
}

/** The limits of the operator: counted when a notification is accepted, else when its delivery is claimed, and once. */
export const limitCases = [
  rule('refuses what a limit forbids, with the moment until which it does, and keeps nothing of it', async (scene) => {
    scene.limits = onSms(perAddress);
    const commits = scene.watch();
    const { ids, answers } = await scene.offer(to('+861'), to('+861'), to('+862'));
    assert.deepEqual(answers[1], {
      kind: 'limited',
      code: 'rate_limited',
      channel: 'sms',
      per: 'address',
      until: scene.now + minute,
    });
    assert.deepEqual(kinds(answers), ['accepted', 'limited', 'accepted']);
    assert.equal(scene.reader.notification(scene.project, ids[1] as NewNotification['id']), null);
    assert.equal((await claimUnder(scene)).length, 2);
    const told = commits.flatMap(({ events }) => events.map(({ notification }) => notification));
    assert.equal(told.includes(ids[1] as NewNotification['id']), false);
  }),

  rule('looks back over every window of a limit', async (scene) => {
    const first = scene.now;
    scene.limits = onSms(perAddress);
    await scene.accept(to('+861'));
    await scene.pass(minute - 1);
    assert.deepEqual(untils((await scene.offer(to('+861'))).answers), [first + minute]);
    await scene.pass(1);
    await scene.accept(to('+861'));
    await scene.pass(minute);
    assert.deepEqual(untils((await scene.offer(to('+861'))).answers), [first + hour]);
    await scene.pass(hour - 2 * minute);
    await scene.accept(to('+861'));
  }),

  rule('counts a limit over all accounts of a channel, for each project apart, and over a restart', async (scene) => {
    scene.limits = onSms(perAddress);
    await scene.accept(to('+861'));
    await scene.reopen();
    const elsewhere: Wish = { steps: [{ lane: otherSms, addresses: ['+861'] }] };
    const free: Wish = { steps: [{ lane: email, addresses: ['+861'] }] };
    const foreign = to('+861', { project: scene.stranger });
    const { answers } = await scene.offer(elsewhere, free, foreign, foreign);
    assert.deepEqual(kinds(answers), ['limited', 'accepted', 'accepted', 'limited']);
  }),

  rule('counts together what begins with the same digits, and only the kinds that a limit names', async (scene) => {
    scene.limits = onSms({ ...perPrefix, kinds: ['otp'] });
    const code = (address: string) => to(address, { kind: 'otp' });
    const { answers } = await scene.offer(code('+86111'), code('+86112'), code('+86113'), code('+86211'), to('+86114'));
    assert.deepEqual(kinds(answers), ['accepted', 'accepted', 'limited', 'accepted', 'accepted']);
  }),

  rule(
    'counts the parts of messages against the budget of a day, which ends at midnight in its zone',
    async (scene) => {
      scene.limits = onSms(budgetOf(5));
      const { answers } = await scene.offer(
        to('+861', { parts: 3 }),
        to('+862', { parts: 3 }),
        to('+863', { parts: 2 }),
      );
      assert.deepEqual(kinds(answers), ['accepted', 'limited', 'accepted']);
      assert.deepEqual(answers[1], {
        kind: 'limited',
        code: 'budget_exhausted',
        channel: 'sms',
        per: 'day',
        until: shanghaiMidnight,
      });
      await scene.pass(shanghaiMidnight - 1 - scene.now);
      assert.deepEqual(kinds((await scene.offer(to('+861'))).answers), ['limited']);
      await scene.pass(1);
      assert.deepEqual(kinds((await scene.offer(to('+861', { parts: 5 }), to('+862'))).answers), [
        'accepted',
        'limited',
      ]);
    },
  ),

  rule('counts all that a notification sends at once, or nothing of it', async (scene) => {
    scene.limits = onSms(perPrefix, budgetOf(3));
    const three: Wish = { steps: [{ lane: sms, addresses: ['+86111', '+86112', '+86113'] }] };
    assert.deepEqual(kinds((await scene.offer(three)).answers), ['limited']);
    const { answers } = await scene.offer(to('+86111'), to('+86112'), to('+87111'), to('+88111'));
    assert.deepEqual(kinds(answers), ['accepted', 'accepted', 'accepted', 'limited']);
    assert.deepEqual(untils(answers).at(-1), shanghaiMidnight, 'the budget had nothing of what was refused');
  }),

  rule('counts a repeated request once, and leaves the key of a refused one free', async (scene) => {
    scene.limits = onSms(perAddress);
    const first = to('+861', { idempotency: keyed('key 1') });
    const second = to('+861', { idempotency: keyed('key 2') });
    const { answers } = await scene.offer(first, first, second);
    assert.deepEqual(kinds(answers), ['accepted', 'replayed', 'limited']);
    assert.equal(scene.reader.answered(scene.project, keyed('key 2')), null);
    await scene.pass(minute);
    assert.deepEqual(kinds((await scene.offer(second)).answers), ['accepted']);
  }),

  rule(
    'does not count again what it has counted, however often it is tried and by whichever account',
    async (scene) => {
      scene.limits = onSms(perAddress, budgetOf(2));
      const id = await scene.accept(to('+861', { parts: 2 }));
      const [first] = await claimUnder(scene);
      assert.equal(first?.quotaUntil, null);
      await scene.settle(first as Claimed, retryAt(scene.now + 1_000));
      await scene.pass(1_000);
      const [second] = await claimUnder(scene);
      assert.deepEqual([second?.quotaUntil, second?.limited], [null, undefined]);
      await scene.settle(second as Claimed, {
        to: 'queued',
        account: otherSms.account,
        spent: true,
        code: 'c',
        detail: 'd',
      });
      const [third] = await claimUnder(scene, otherSms);
      assert.equal(third?.quotaUntil, null);
      await scene.settle(third as Claimed, accepted);
      assert.equal(scene.status(id), 'sent');
    },
  ),

  rule('counts what begins later when it is claimed, by the same count', async (scene) => {
    scene.limits = onSms(perAddress, budgetOf(9));
    const later = scene.now + 10_000;
    const { answers } = await scene.offer(
      to('+861', { dueAt: later }),
      to('+861', { dueAt: later }),
      { steps: [{ lane: email }, { lane: sms, addresses: ['+862'], parts: 8 }] },
      { steps: [{ lane: email }, { lane: sms, addresses: ['+863'], parts: 2 }] },
    );
    assert.deepEqual(kinds(answers), ['accepted', 'accepted', 'accepted', 'accepted'], 'nothing was sent yet');
    await scene.pass(10_000);
    const codes = (await claimUnder(scene)).map(({ quotaUntil, limited }) => [quotaUntil, limited]);
    assert.deepEqual(codes, [
      [null, undefined],
      [scene.now + minute, 'rate_limited'],
    ]);
    for (const mail of await scene.claim(email)) await scene.settle(mail, refused);
    const steps = (await claimUnder(scene)).map(({ address, quotaUntil, limited }) => [address, quotaUntil, limited]);
    assert.deepEqual(steps, [
      ['+862', null, undefined],
      ['+863', shanghaiMidnight, 'budget_exhausted'],
    ]);
  }),

  rule('does not hold a step up for what an earlier step of its notification has counted', async (scene) => {
    scene.limits = onSms(perAddress);
    const steps = [sms, otherSms].map((lane) => ({ lane, addresses: ['+861'] }));
    const { answers } = await scene.offer({ steps }, to('+861'));
    assert.deepEqual(kinds(answers), ['accepted', 'limited']);
    const [first] = await claimUnder(scene);
    await scene.pass(1);
    await scene.settle(first as Claimed, refused);
    const [second] = await claimUnder(scene, otherSms);
    assert.equal(second?.quotaUntil, null);
    await scene.settle(second as Claimed, accepted);
    await scene.pass(minute);
    assert.deepEqual(kinds((await scene.offer(to('+861'))).answers), ['limited'], 'both were counted, for an hour');
  }),

  rule('lets what was over a limit go when the limit has room, and counts it then', async (scene) => {
    scene.limits = onSms(perAddress);
    const wish = to('+861', { dueAt: scene.now + 1 });
    await scene.offer(wish, wish);
    await scene.pass(1);
    const [first, second] = await claimUnder(scene);
    await scene.settle(first as Claimed, accepted);
    await scene.settle(second as Claimed, parkUntil(scene.now + minute), null);
    await scene.pass(minute);
    const [again] = await claimUnder(scene);
    assert.equal(again?.quotaUntil, null);
    assert.deepEqual(kinds((await scene.offer(to('+861'))).answers), ['limited']);
  }),

  rule('counts what an operator queues again', async (scene) => {
    scene.limits = onSms(perAddress);
    const id = await scene.accept(to('+861'));
    const [claimed] = await claimUnder(scene);
    await scene.settle(claimed as Claimed, refused);
    const delivery = scene.delivery(id).id;
    assert.equal(await scene.outbox.requeue({ project: scene.project, delivery, now: scene.now }), 'requeued');
    const [again] = await claimUnder(scene);
    assert.deepEqual([again?.quotaUntil, again?.limited], [scene.now + minute, 'rate_limited']);
  }),

  rule('says how full the limits are without counting', async (scene) => {
    const limits = onSms(perAddress, budgetOf(5));
    scene.limits = limits;
    await scene.accept(to('+861', { parts: 4 }));
    const asked = ['+861', '+862'].map((address, place) => {
      return { ordinal: place + 1, step: 0, ...sms, address, parts: 2, flow: null };
    });
    const ask = () =>
      scene.reader.allowances({
        project: scene.project,
        kind: 'transactional',
        deliveries: asked,
        limits,
        now: scene.now,
      });
    const day = { per: 'day', withinMs: null, most: 5, used: 4, opensAt: shanghaiMidnight };
    const windows = (used: number, opensAt: number | null) => [
      { per: 'address', withinMs: minute, most: 1, used, opensAt },
      { per: 'address', withinMs: hour, most: 2, used, opensAt: null },
      day,
    ];
    assert.deepEqual(ask(), [windows(1, scene.now + minute), windows(0, null)]);
    assert.deepEqual(ask(), [windows(1, scene.now + minute), windows(0, null)]);
    await scene.accept(to('+862'));
  }),

  rule('puts aside what waits for its hour, spends no attempt on it, and its plan waits with it', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: email }], orderingKey: 'one' });
    const behind = await scene.accept({ steps: [{ lane: sms, addresses: ['+862'] }], orderingKey: 'one' });
    const morning = scene.now + 8 * hour;
    const told = { code: 'outside_window', detail: 'at certain hours only' };
    const claimed = await scene.claimOnly();
    await scene.settle(claimed, { to: 'scheduled', at: morning, account: sms.account, ...told }, null);
    assert.deepEqual(scene.statuses(id), ['scheduled', 'waiting']);
    assert.deepEqual([scene.status(id), scene.delivery(id).attempts], ['scheduled', 0]);
    assert.deepEqual(scene.events(id).at(-1), 'delivery.scheduled');
    assert.deepEqual(scene.statuses(behind), ['queued'], 'who stands behind it goes on');
    await scene.settle(await scene.claimOnly(), accepted);
    await scene.pass(8 * hour - 1);
    assert.deepEqual(await scene.claim(), []);
    await scene.pass(1);
    assert.equal((await scene.claimOnly()).attempt, 1);
  }),
];
