import assert from 'node:assert/strict';
import { type HeardWish, type Kind, type Settlement, type Suppress, softStrikes } from '@posthorn/core';
import { push, sms } from './builders.ts';
import { named, traced } from './hearing.ts';
import { rule, type Scene } from './scene.ts';

const minute = 60_000;
const address = 'address of sms';

/** Who gets nothing any more: by an operator's word, by what vendors say, by what people ask for. */
export const suppressionCases = [
  rule('suppresses an address of one channel in one project, for one kind or for all', async (scene) => {
    assert.equal(scene.reader.hasSuppressions(), false);
    const commits = scene.watch();
    await suppress(scene, { kind: 'marketing', reason: 'unsubscribed' });
    assert.deepEqual(
      commits.map(({ suppressed }) => suppressed),
      [true],
    );
    assert.equal(scene.reader.hasSuppressions(), true);
    assert.deepEqual([ask(scene, 'marketing'), ask(scene, 'otp')], ['unsubscribed', null]);
    await suppress(scene, { reason: 'manual' });
    assert.deepEqual([ask(scene, 'marketing'), ask(scene, 'otp')], ['manual', 'manual']);
    assert.equal(ask(scene, 'otp', { channel: 'voice' }), null);
    assert.equal(ask(scene, 'otp', { address: 'another' }), null);
    assert.equal(ask(scene, 'otp', { project: scene.stranger }), null);
    await scene.reopen();
    assert.equal(ask(scene, 'otp'), 'manual');
  }),

  rule('forgets a suppression at its end, and takes the later word of an operator', async (scene) => {
    await suppress(scene, { until: scene.now + minute });
    assert.equal(ask(scene), 'manual');
    scene.now += minute;
    assert.deepEqual([ask(scene), list(scene)], [null, []]);
    await suppress(scene, {});
    await suppress(scene, { until: scene.now + minute, detail: 'shorter' });
    const [only, ...others] = list(scene);
    assert.deepEqual([only?.detail, only?.until, others], ['shorter', scene.now + minute, []]);
  }),

  rule('releases what an address is kept from, all of it or one kind', async (scene) => {
    const release = (kind?: Kind | null) =>
      scene.outbox.release({ project: scene.project, channel: 'sms', address, kind, now: scene.now });
    assert.equal(await release(), 0);
    await suppress(scene, {});
    await suppress(scene, { kind: 'marketing' });
    assert.equal(await release('otp'), 0);
    assert.equal(await release(null), 1);
    assert.deepEqual([ask(scene), ask(scene, 'marketing')], [null, 'manual']);
    await suppress(scene, {});
    assert.equal(await release(), 2);
    assert.deepEqual(list(scene), []);
  }),

  rule('lists what is in force, newest first, page by page, and masks', async (scene) => {
    for (const text of ['a', 'b', 'c']) await suppress(scene, { address: text, masked: `${text}*` });
    await suppress(scene, { address: 'd', channel: 'push' });
    await suppress(scene, { address: 'e', project: scene.stranger });
    const masks = (query: Parameters<typeof list>[1]) => list(scene, query).map(({ masked }) => masked);
    assert.deepEqual(masks({}), ['masked', 'c*', 'b*', 'a*']);
    assert.deepEqual(masks({ channel: 'sms', limit: 2 }), ['c*', 'b*']);
    const last = list(scene, { channel: 'sms', limit: 2 }).at(-1);
    assert.deepEqual(masks({ channel: 'sms', before: last?.sequence ?? 0 }), ['a*']);
    assert.deepEqual(masks({ channel: 'sms', address: 'b' }), ['b*']);
    assert.deepEqual(masks({ channel: 'push', address: 'b' }), []);
  }),

  rule('suppresses the address that a vendor refused for good', async (scene) => {
    await scene.accept();
    const commits = scene.watch();
    await scene.settle(await scene.claimOnly(), refusedFor('hard'));
    assert.deepEqual(
      commits.map(({ suppressed }) => suppressed),
      [true],
    );
    const [{ reason, masked, detail, until } = { reason: null }] = list(scene);
    assert.deepEqual([reason, masked, detail, until], ['bounced', 'a*', 'no_such_number', null]);
    assert.equal(ask(scene, 'otp'), 'bounced');
  }),

  rule('keeps advertising from who blocks us, until they want it again', async (scene) => {
    await scene.accept();
    await scene.settle(await scene.claimOnly(), refusedFor('hard', 'unsubscribed'));
    assert.deepEqual([ask(scene, 'marketing'), ask(scene, 'otp')], ['unsubscribed', null]);
    scene.now += minute;
    const start = { kind: 'wish', wish: 'resubscribe', address, masked: 'a*', detail: null, at: scene.now } as const;
    assert.deepEqual(await hearWishes(scene, start), ['applied']);
    assert.equal(ask(scene, 'marketing'), null);
  }),

  rule('suppresses by a receipt, also one that comes when the delivery has ended, and once for all', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), traced('v'));
    await hearReceipts(scene, named(id));
    const bounce = { ...named(id, 'undelivered'), suppress: 'hard', masked: 'a*' } as const;
    assert.deepEqual(await hearReceipts(scene, bounce, bounce), ['applied', 'ignored']);
    assert.deepEqual(scene.statuses(id), ['delivered'], 'a mail that came back was delivered first');
    assert.equal(ask(scene), 'bounced');
    scene.now += minute;
    await scene.outbox.release({ project: scene.project, channel: 'sms', address, now: scene.now });
    assert.deepEqual(await hearReceipts(scene, bounce), ['ignored'], 'an old word does not overrule an operator');
    assert.equal(ask(scene), null);
  }),

  rule('suppresses for a while what failed softly too often, each delivery counted once', async (scene) => {
    const fail = async () => {
      const id = await scene.accept();
      await scene.settle(await scene.claimOnly(), traced(id));
      const soft = { ...named(id, 'undelivered'), suppress: 'soft' } as const;
      await hearReceipts(scene, soft);
      for (let again = 0; again < 5; again++) await hearReceipts(scene, soft);
    };
    await fail();
    scene.now += softStrikes.withinMs;
    for (let strike = 1; strike < softStrikes.most; strike++) await fail();
    assert.equal(ask(scene), null, 'the first strike is behind the window');
    await fail();
    assert.equal(ask(scene), 'unreachable');
    scene.now += softStrikes.restMs;
    assert.equal(ask(scene), null);
  }),

  rule('suppresses by strikes that lie as far apart as their policy says, however strong each is', async (scene) => {
    const hour = 60 * minute;
    const strikes = { most: 2, apartMs: 24 * hour, withinMs: 240 * hour, restMs: 100 * hour };
    const fail = async (strength: 'hard' | 'soft') => {
      await scene.accept();
      const { suppress: fault, ...refused } = refusedFor(strength);
      await scene.settle(await scene.claimOnly(), { ...refused, suppress: { ...fault, strikes } });
    };
    for (let again = 0; again < 3; again++) await fail('hard');
    scene.now += 23 * hour;
    await fail('soft');
    assert.equal(ask(scene), null, 'the first strike is not a day old');
    await scene.reopen();
    scene.now += hour;
    await fail('soft');
    assert.equal(ask(scene), 'unreachable');
    scene.now += strikes.restMs;
    assert.equal(ask(scene), null);
    scene.now += strikes.withinMs;
    await fail('hard');
    assert.equal(ask(scene), null, 'the earlier strikes are forgotten');
  }),

  rule('forgets strikes when an acceptance says that the address is alive', async (scene) => {
    const day = 24 * 60 * minute;
    const strikes = { most: 2, apartMs: day, withinMs: 10 * day, restMs: 10 * day };
    const next = async (settlement: Settlement) => {
      scene.now += day;
      await scene.accept();
      await scene.settle(await scene.claimOnly(), settlement);
    };
    const { suppress: fault, ...refused } = refusedFor('hard');
    const dead: Settlement = { ...refused, suppress: { ...fault, strikes } };
    const sent = { to: 'sent', vendorId: null, parts: null } as const;
    await next(dead);
    await scene.reopen();
    await next({ ...sent, absolves: true });
    await next(dead);
    assert.equal(ask(scene), null, 'the first strike is forgotten');
    await next(sent);
    await next(dead);
    assert.equal(ask(scene), 'unreachable', 'an acceptance that says nothing of the address changes nothing');
  }),

  rule('does not shorten by a soft failure what holds for good', async (scene) => {
    await suppress(scene, { reason: 'bounced' });
    for (let strike = 0; strike < softStrikes.most; strike++) {
      scene.now += minute;
      await scene.accept();
      await scene.settle(await scene.claimOnly(), refusedFor('soft'));
    }
    assert.deepEqual([list(scene)[0]?.reason, list(scene)[0]?.until], ['bounced', null]);
  }),

  rule('heeds what a person wants in every project, by the time at which it was said', async (scene) => {
    const said = (wish: HeardWish['wish'], minutes: number): HeardWish => ({
      kind: 'wish',
      wish,
      address,
      masked: 'a*',
      detail: 'their words',
      at: scene.now + minutes * minute,
    });
    const start = scene.now;
    const words = [said('unsubscribe', 1), said('resubscribe', 2), said('unsubscribe', 3), said('resubscribe', 4)];
    const wants = () => [ask(scene, 'marketing'), ask(scene, 'marketing', { project: scene.stranger })];
    scene.now = start + 10 * minute;
    await hearWishes(scene, words[0], words[2]);
    assert.deepEqual(wants(), ['unsubscribed', 'unsubscribed']);
    assert.equal(ask(scene, 'transactional'), null, 'only advertising');
    assert.deepEqual(await hearWishes(scene, words[1], words[0]), ['ignored', 'ignored']);
    assert.deepEqual(wants(), ['unsubscribed', 'unsubscribed']);
    assert.deepEqual(await hearWishes(scene, words[3]), ['applied']);
    assert.deepEqual(wants(), [null, null]);
    assert.deepEqual(await hearWishes(scene, words[2], words[0]), ['ignored', 'ignored'], 'said again, and too old');
    assert.deepEqual(wants(), [null, null]);
  }),

  rule('remembers who wants to hear again also when there is nothing to take back', async (scene) => {
    const base = { kind: 'wish', address, masked: 'a*', detail: null } as const;
    await hearWishes(scene, { ...base, wish: 'resubscribe', at: scene.now });
    await hearWishes(scene, { ...base, wish: 'unsubscribe', at: scene.now - minute });
    assert.equal(ask(scene, 'marketing'), null);
    assert.deepEqual(list(scene), []);
  }),

  rule('keeps everything from who complained, whatever they ask for afterwards', async (scene) => {
    const base = { kind: 'wish', address, masked: 'a*', detail: 'spam' } as const;
    await hearWishes(scene, { ...base, wish: 'complaint', at: scene.now });
    await hearWishes(scene, { ...base, wish: 'resubscribe', at: scene.now + 1 });
    assert.deepEqual([ask(scene), ask(scene, 'otp')], ['complaint', 'complaint']);
  }),

  rule('tells whose notification it is', async (scene) => {
    const [own, strange] = (await scene.offer({}, { project: scene.stranger })).ids;
    assert.ok(own && strange);
    assert.deepEqual([scene.reader.ownerOf(own), scene.reader.ownerOf(strange)], [scene.project, scene.stranger]);
  }),

  rule('skips a claimed delivery that must not be sent any more, and moves its plan on', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: push }] });
    const settlement = { to: 'skipped', code: 'opted_out', detail: 'since then' } as const;
    await scene.settle(await scene.claimOnly(), settlement, null);
    assert.deepEqual(scene.statuses(id), ['skipped', 'queued']);
    assert.deepEqual([scene.delivery(id).code, scene.delivery(id).attempts], ['opted_out', 0]);
  }),

  rule('forgets with time what nobody will report about any more', async (scene) => {
    await scene.accept({ project: scene.stranger });
    await scene.settle(await scene.claimOnly(), traced('v'));
    await suppress(scene, { until: scene.now + minute });
    const before = { contentBefore: 0, idempotencyBefore: 0, quotaBefore: 0, codesBefore: 0, limit: 100 };
    scene.now += minute;
    await scene.outbox.prune({ ...before, metadataBefore: 0, tracesBefore: 0 });
    assert.equal(scene.reader.hasSuppressions(), true);
    assert.equal(scene.reader.addressOf(sms, { delivery: null, vendorId: 'v' }), address);
    await scene.outbox.prune({ ...before, metadataBefore: scene.now, tracesBefore: scene.now });
    assert.equal(scene.reader.hasSuppressions(), false);
    assert.equal(scene.reader.addressOf(sms, { delivery: null, vendorId: 'v' }), null);
  }),
];

function refusedFor(strength: 'hard' | 'soft', reason: 'bounced' | 'unsubscribed' = 'bounced') {
  const suppress = { strength, reason, masked: 'a*' };
  return { to: 'failed', code: 'no_such_number', detail: 'what the vendor said', suppress } as const;
}

function suppress(scene: Scene, wish: Partial<Suppress>): Promise<void> {
  const about = { project: scene.project, channel: 'sms', address, masked: 'masked' };
  const said = { kind: null, reason: 'manual', detail: null, until: null, now: scene.now } as const;
  return scene.outbox.suppress({ ...about, ...said, ...wish });
}

function ask(
  scene: Scene,
  kind: Kind = 'transactional',
  about: { readonly project?: number; readonly channel?: string; readonly address?: string } = {},
) {
  return scene.reader.suppression({ project: scene.project, channel: 'sms', address, kind, now: scene.now, ...about });
}

function list(
  scene: Scene,
  query: {
    readonly limit?: number;
    readonly before?: number;
    readonly channel?: string;
    readonly address?: string;
  } = {},
) {
  return scene.reader.suppressions({ project: scene.project, limit: 100, before: null, now: scene.now, ...query });
}

function hearReceipts(scene: Scene, ...news: Parameters<Scene['outbox']['hear']>[0]['news']) {
  return scene.outbox.hear({ lane: sms, traced: false, news, now: scene.now });
}

function hearWishes(scene: Scene, ...news: readonly (HeardWish | undefined)[]) {
  const said = news.filter((one) => one !== undefined);
  return scene.outbox.hear({ lane: sms, traced: false, news: said, now: scene.now });
}
