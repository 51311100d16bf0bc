import assert from 'node:assert/strict';
import {
  type Accepted,
  type Limit,
  type Limits,
  laneKey,
  type NewNotification,
  type NotificationId,
  type Settlement,
  type SourceNetwork,
} from '@posthorn/core';
import { accepted, email, otherSms, refused, sms, type Wish } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const perSource: Limit = { of: 'project', per: 'source', kinds: ['otp'], windows: [{ most: 3, ms: hour }] };
const perPrefix: Limit = {
  of: 'project',
  per: 'prefix',
  digits: 7,
  unlessVerified: 20,
  kinds: ['otp'],
  windows: [{ most: 5, ms: 15 * minute }],
};
const hourlyBudget = (most: number): Limit => ({ of: 'project', per: 'hour', most, timezone: 'Asia/Shanghai' });
const onSms = (...limits: readonly Limit[]): Limits => ({ [laneKey(sms)]: limits, [laneKey(otherSms)]: limits });

const here: SourceNetwork = '203.0.113.0/24';
const there: SourceNetwork = '2001:db8:1::/48';

/** A code by SMS, to be verified. */
const code = (address: string, more: Partial<NewNotification> = {}): Wish => ({
  kind: 'otp',
  steps: [{ lane: sms, addresses: [address], until: 'verified' }],
  ...more,
});
const sentCode: Settlement = { to: 'sent', vendorId: 'vendor-1', parts: 1, verifiable: true };
/** The nth of the numbers that begin alike. */
const neighbour = (place: number) => `+8613800${String(place).padStart(6, '0')}`;
const codes = (count: number, from = 0) => Array.from({ length: count }, (_, place) => code(neighbour(from + place)));
const kinds = (answers: readonly Accepted[]) => answers.map(({ kind }) => kind);
const admitted = (answers: readonly Accepted[]) => answers.filter(({ kind }) => kind === 'accepted').length;

/** Sends everything that a lane has, as a dispatcher does. */
async function sendAll(scene: Scene, lane = sms): Promise<void> {
  const { now } = scene;
  const quotas = scene.limits?.[laneKey(lane)] ?? [];
  const claimed = await scene.outbox.claim({ lane, limit: 1_000, quotas, leaseMs, now });
  for (const one of claimed) await scene.settle(one, one.verifiable ? sentCode : accepted);
}

const convert = (scene: Scene, notification: NotificationId, project = scene.project) =>
  scene.outbox.conclude({ project, notification, now: scene.now });

/** Sends so many codes, of which the first so many are verified a moment later. */
async function campaign(scene: Scene, sent: number, verified: number): Promise<void> {
  const { ids } = await scene.offer(...codes(sent));
  await sendAll(scene);
  for (const id of ids.slice(0, verified)) await convert(scene, id);
}

const alarmsIn = (commits: ReturnType<Scene['watch']>) =>
  commits.flatMap(({ events }) => events.filter(({ type }) => type === 'account.conversion_dropped'));

/** What keeps one-time codes from being sent for somebody's gain. */
const guardLimitCases = [
  rule(
    'counts together what one network asks for, whatever the numbers, and what names none not at all',
    async (scene) => {
      scene.limits = onSms(perSource);
      const asked = (address: string, source: SourceNetwork) => code(address, { source });
      const { answers } = await scene.offer(
        asked('+861', here),
        asked('+862', here),
        asked('+863', here),
        asked('+864', here),
        asked('+864', there),
        code('+864'),
        { ...asked('+865', here), kind: 'transactional' },
      );
      assert.deepEqual(kinds(answers), [
        'accepted',
        'accepted',
        'accepted',
        'limited',
        'accepted',
        'accepted',
        'accepted',
      ]);
      const until = scene.now + hour;
      assert.deepEqual(answers[3], { kind: 'limited', code: 'rate_limited', channel: 'sms', per: 'source', until });
      assert.deepEqual(kinds((await scene.offer(asked('+864', here), asked('+866', there))).answers), [
        'limited',
        'accepted',
      ]);
      const unnamed = ['+867', '+868', '+869'].map((address) => code(address));
      assert.equal(admitted((await scene.offer(...unnamed)).answers), 3);
      await scene.pass(hour);
      assert.deepEqual(kinds((await scene.offer(asked('+864', here))).answers), ['accepted']);
    },
  ),

  rule('counts the parts of messages against the budget of an hour, which ends with the hour', async (scene) => {
    scene.limits = onSms(hourlyBudget(3));
    await scene.pass(20 * minute);
    const end = scene.now + 40 * minute;
    const weighing = (parts: number): Wish => ({ steps: [{ lane: sms, addresses: ['+861'], parts }] });
    const { answers } = await scene.offer(weighing(2), weighing(2), weighing(1), weighing(1));
    assert.deepEqual(kinds(answers), ['accepted', 'limited', 'accepted', 'limited']);
    assert.deepEqual(answers[1], {
      kind: 'limited',
      code: 'budget_exhausted',
      channel: 'sms',
      per: 'hour',
      until: end,
    });
    await scene.pass(40 * minute - 1);
    assert.deepEqual(kinds((await scene.offer(weighing(1))).answers), ['limited']);
    await scene.pass(1);
    assert.deepEqual(kinds((await scene.offer(weighing(3), weighing(1))).answers), ['accepted', 'limited']);
    await scene.pass(day);
    assert.deepEqual(kinds((await scene.offer(weighing(3))).answers), ['accepted'], 'the same hour of another day');
  }),

  rule('admits no more than a limit allows of what is asked for at the same time', async (scene) => {
    const limits = [perSource, perPrefix, hourlyBudget(4)];
    for (const [place, limit] of limits.entries()) {
      scene.limits = onSms(limit);
      const wishes: readonly Wish[] = codes(50, 100 * place).map((wish) => ({ ...wish, source: here }));
      const offers = wishes.map((wish) => scene.offer(wish));
      const answers: readonly Accepted[] = (await Promise.all(offers)).flatMap((offer) => offer.answers);
      assert.equal(admitted(answers), [3, 5, 4][place]);
    }
  }),

  rule(
    'stops codes to numbers that begin alike, until some of them are verified or their window has passed',
    async (scene) => {
      scene.limits = onSms(perPrefix);
      const commits = scene.watch();
      const first = scene.now;
      const { ids, answers } = await scene.offer(...codes(7));
      assert.deepEqual(kinds(answers.slice(4)), ['accepted', 'limited', 'limited']);
      assert.deepEqual(answers[5], {
        kind: 'limited',
        code: 'rate_limited',
        channel: 'sms',
        per: 'prefix',
        until: first + 15 * minute,
      });
      assert.deepEqual(kinds((await scene.offer(code('+8613801000000'))).answers), ['accepted'], 'another prefix');
      assert.deepEqual(
        alarmsIn(commits).map(({ code: why, notification }) => [why, notification]),
        [['prefix_conversion', ids[4]]],
        'one event, about the last that was let through',
      );
      await sendAll(scene);
      await convert(scene, ids[0] as NotificationId);
      assert.deepEqual(kinds((await scene.offer(...codes(2, 7))).answers), ['accepted', 'limited'], '1 of 5, 1 of 6');
      await scene.pass(15 * minute);
      assert.equal(admitted((await scene.offer(...codes(7, 10))).answers), 5, 'the window has passed');
    },
  ),

  rule('has nothing of what was refused in what it compares', async (scene) => {
    scene.limits = onSms(perPrefix, hourlyBudget(7));
    const { ids } = await scene.offer(...codes(4));
    await sendAll(scene);
    await convert(scene, ids[0] as NotificationId);
    const crowd: Wish = { kind: 'otp', steps: [{ lane: sms, addresses: [neighbour(7), neighbour(8)], parts: 2 }] };
    assert.deepEqual(kinds((await scene.offer(crowd)).answers), ['limited'], 'the second of the two is too much');
    assert.deepEqual(kinds((await scene.offer(...codes(2, 4))).answers), ['accepted', 'accepted'], '1 of 5');
  }),

  rule('compares what was counted when it was claimed as well', async (scene) => {
    scene.limits = onSms(perPrefix);
    const dueAt = scene.now + minute;
    const { ids } = await scene.offer(...codes(5).map((wish) => ({ ...wish, dueAt })));
    await scene.pass(2 * minute);
    await sendAll(scene);
    assert.deepEqual(kinds((await scene.offer(...codes(1, 5))).answers), ['limited']);
    await scene.pass(minute);
    await convert(scene, ids[3] as NotificationId);
    assert.deepEqual(kinds((await scene.offer(...codes(2, 6))).answers), ['accepted', 'limited'], '1 of 5, 1 of 6');
  }),

  rule('goes on while a fifth of the codes is verified, and stops when it is no more', async (scene) => {
    scene.limits = onSms(perPrefix);
    let sent = 0;
    for (let wave = 0; wave < 20; wave++) {
      const { ids, answers } = await scene.offer(...codes(5, sent));
      assert.equal(admitted(answers), 5, `wave ${wave}`);
      await sendAll(scene);
      await convert(scene, ids[0] as NotificationId);
      await convert(scene, ids[1] as NotificationId);
      sent += 5;
      await scene.pass(minute);
    }
    let pumped = 0;
    while (admitted((await scene.offer(...codes(1, sent + pumped))).answers) === 1) pumped++;
    assert.ok(pumped > 5 && pumped < 150, `${pumped} codes until nobody verified them`);
  }),
];

/** What becomes of codes, for each account. */
const conversionCases = [
  rule('tells which codes are to be verified, and counts those of each account that were', async (scene) => {
    const commits = scene.watch();
    const { ids } = await scene.offer(code('+861'), code('+862'), { kind: 'otp', steps: [{ lane: email }] });
    const claimed = await scene.claim();
    assert.deepEqual(
      claimed.map(({ verifiable }) => verifiable),
      [true, true],
    );
    assert.equal((await scene.claim(email))[0]?.verifiable, undefined);
    for (const one of claimed) await scene.settle(one, sentCode);
    await convert(scene, ids[0] as NotificationId);
    await convert(scene, ids[1] as NotificationId, scene.stranger);
    const counted = () => commits.flatMap((commit) => commit.codes ?? []);
    const total = (what: 'sent' | 'verified') => counted().reduce((sum, one) => sum + one[what], 0);
    assert.deepEqual([total('sent'), total('verified')], [2, 1]);
    for (const _again of [1, 2]) await convert(scene, ids[0] as NotificationId);
    assert.deepEqual([total('sent'), total('verified')], [2, 2], 'never more than were sent');
    for (const one of counted()) assert.deepEqual([one.channel, one.account], [sms.channel, sms.account]);
  }),

  rule('counts a code for the account that sent it last', async (scene) => {
    const steps = [sms, otherSms].map((lane) => ({ lane, addresses: ['+861'], until: 'verified' as const }));
    const { ids } = await scene.offer({ kind: 'otp', steps });
    await scene.settle(await scene.claimOnly(sms), refused);
    await scene.settle(await scene.claimOnly(otherSms), sentCode);
    const commits = scene.watch();
    await convert(scene, ids[0] as NotificationId);
    assert.deepEqual(
      commits.flatMap((commit) => commit.codes ?? []),
      [{ ...otherSms, sent: 0, verified: 1 }],
    );
  }),

  rule('tells once an hour of an account whose codes are not verified any more', async (scene) => {
    const commits = scene.watch();
    await campaign(scene, 50, 0);
    await scene.pass(5 * minute);
    await campaign(scene, 1, 0);
    assert.deepEqual(alarmsIn(commits), [], 'codes of the last minutes may still be verified');
    await scene.pass(minute);
    await campaign(scene, 1, 0);
    const [alarm, ...more] = alarmsIn(commits);
    assert.deepEqual(
      [alarm?.code, alarm?.channel, alarm?.account, more.length],
      ['account_conversion', sms.channel, sms.account, 0],
    );
    await scene.reopen();
    const later = scene.watch();
    await scene.pass(30 * minute);
    await campaign(scene, 50, 0);
    assert.deepEqual(alarmsIn(later), [], 'it has been told');
    await scene.pass(31 * minute);
    await campaign(scene, 1, 0);
    assert.equal(alarmsIn(later).length, 1, 'an hour later it is told again');
  }),

  rule('compares an account with its own day before, and is content with what is usual', async (scene) => {
    const commits = scene.watch();
    await campaign(scene, 100, 80);
    await scene.pass(2 * hour);
    await campaign(scene, 50, 30);
    await scene.pass(6 * minute);
    await campaign(scene, 1, 1);
    assert.deepEqual(alarmsIn(commits), []);
    await scene.pass(2 * hour);
    await campaign(scene, 50, 15);
    await scene.pass(6 * minute);
    await campaign(scene, 1, 1);
    const [alarm] = alarmsIn(commits);
    assert.match(alarm?.detail ?? '', /^15 of 50 .* day before 7\d in a hundred/);
  }),
];

export const guardCases = [...guardLimitCases, ...conversionCases];
