import assert from 'node:assert/strict';
import type { Claimed, Kind, Quota } from '@posthorn/core';
import { accepted, email, parkUntil, sms } from './builders.ts';
import { leaseMs, rule, type Scene } from './scene.ts';

const minute = 60_000;
const perNumber: Quota = {
  per: 'address',
  windows: [
    { most: 1, ms: minute },
    { most: 3, ms: 60 * minute },
  ],
};

function claimWith(scene: Scene, quotas: readonly Quota[], limit = 100): Promise<readonly Claimed[]> {
  return scene.outbox.claim({ lane: sms, limit, quotas, leaseMs, now: scene.now });
}

const untils = (claimed: readonly Claimed[]) => claimed.map(({ quotaUntil }) => quotaUntil);
const to = (address: string, kind: Kind = 'transactional') => ({ steps: [{ lane: sms, addresses: [address] }], kind });

/** What vendors allow is counted in the claim itself, so that nothing is sent that they would refuse. */
export const quotaCases = [
  rule('says until when a quota of an address forbids to send, and counts what it allows', async (scene) => {
    await scene.offer(to('a'), to('a'), to('b'));
    const claimed = await claimWith(scene, [perNumber]);
    assert.deepEqual(untils(claimed), [null, scene.now + minute, null]);
  }),

  rule('looks back over every window of a quota', async (scene) => {
    const first = scene.now;
    for (let send = 0; send < 3; send++) {
      await scene.offer(to('a'));
      const [allowed] = await claimWith(scene, [perNumber]);
      assert.equal(allowed?.quotaUntil, null);
      await scene.settle(allowed as Claimed, accepted);
      await scene.pass(minute);
    }
    await scene.offer(to('a'));
    const [forbidden] = await claimWith(scene, [perNumber]);
    assert.equal(forbidden?.quotaUntil, first + 60 * minute);
    await scene.settle(forbidden as Claimed, parkUntil(first + 60 * minute), null);
    await scene.pass(57 * minute - 1);
    assert.deepEqual(await claimWith(scene, [perNumber]), []);
    await scene.pass(1);
    assert.deepEqual(untils(await claimWith(scene, [perNumber])), [null], 'the first send has left the window');
  }),

  rule('counts apart what a quota counts apart: accounts, kinds and fields of the content', async (scene) => {
    const otp: Quota = { ...perNumber, kinds: ['otp'] };
    const signed: Quota = { ...perNumber, field: 'sign' };
    await scene.offer(to('a', 'otp'), to('a'), { ...to('a', 'otp'), content: { sms: { sign: 'x' } } });
    assert.deepEqual(untils(await claimWith(scene, [otp, signed])), [null, scene.now + minute, scene.now + minute]);
    await scene.offer({ ...to('c'), content: { sms: { sign: 'x' } } }, { ...to('c'), content: { sms: { sign: 'y' } } });
    assert.deepEqual(untils(await claimWith(scene, [signed])), [null, null]);
    await scene.offer({ steps: [{ lane: email, addresses: ['a'] }] });
    const elsewhere = await scene.outbox.claim({ lane: email, limit: 9, quotas: [perNumber], leaseMs, now: scene.now });
    assert.deepEqual(untils(elsewhere), [null]);
  }),

  rule('claims nothing beyond what a whole account may send, and remembers it over a restart', async (scene) => {
    const robot: Quota = { per: 'account', windows: [{ most: 3, ms: minute }] };
    await scene.offer(...Array.from({ length: 5 }, (_, place) => to(`address ${place}`)));
    assert.deepEqual(untils(await claimWith(scene, [robot], 2)), [null, null]);
    await scene.reopen();
    assert.equal((await claimWith(scene, [robot])).length, 1);
    await scene.pass(minute);
    assert.equal((await claimWith(scene, [robot])).length, 3);
  }),

  rule(
    'claims all that is over the quota of an account as one, counted once, where it can be folded',
    async (scene) => {
      const robot: Quota = { per: 'account', windows: [{ most: 3, ms: minute }] };
      const fold = { most: 6, patienceMs: 10_000 };
      const claimFolding = async (limit: number) => {
        const claimed = await scene.outbox.claim({ lane: sms, limit, quotas: [robot], fold, leaseMs, now: scene.now });
        for (const one of claimed) await scene.settle(one, accepted);
        return claimed;
      };
      const shapes = (claimed: readonly Claimed[]) => claimed.map(({ folded, quotaUntil }) => [folded, quotaUntil]);
      const offer = (count: number) => scene.offer(...Array.from({ length: count }, () => to('a')));
      await offer(3);
      assert.deepEqual(
        shapes(await claimFolding(1)),
        [[undefined, null]],
        'what is no more than its room goes by itself',
      );
      await offer(6);
      // Eight wait, and there is room for two: one as ever, and one message for as many as one may be for.
      assert.deepEqual(shapes(await claimFolding(9)), [[undefined, null]]);
      assert.deepEqual(shapes(await claimFolding(1)), Array(6).fill([true, null]));
      assert.deepEqual(await claimFolding(9), [], 'its room is used up');
      await scene.pass(minute);
      assert.deepEqual(shapes(await claimFolding(9)), [[undefined, null]], 'one alone is not folded');
    },
  ),

  rule('counts what is folded as the one send that it is, also in longer windows', async (scene) => {
    const windows = [
      { most: 2, ms: 20_000 },
      { most: 4, ms: minute },
    ];
    const claimFolding = async () => {
      const [fold, quotas] = [{ most: 50, patienceMs: 10_000 }, [{ per: 'account' as const, windows }]];
      const claimed = await scene.outbox.claim({ lane: sms, limit: 9, quotas, fold, leaseMs, now: scene.now });
      for (const one of claimed) await scene.settle(one, accepted);
      return claimed.length;
    };
    const offer = (count: number) => scene.offer(...Array.from({ length: count }, () => to('a')));
    await offer(6);
    assert.deepEqual([await claimFolding(), await claimFolding()], [1, 5]);
    await scene.pass(20_000);
    await offer(2);
    assert.equal(await claimFolding(), 2, 'two of the four of a minute are left');
  }),

  rule('folds nothing that its quotas let out in good time', async (scene) => {
    const steady: Quota = { per: 'account', windows: [{ most: 1, ms: 1_000 }] };
    const claimFolding = () =>
      scene.outbox.claim({
        lane: sms,
        limit: 9,
        quotas: [steady],
        fold: { most: 50, patienceMs: 10_000 },
        leaseMs,
        now: scene.now,
      });
    await scene.offer(...Array.from({ length: 11 }, () => to('a')));
    assert.equal((await claimFolding()).length, 1, 'the last of eleven leaves in ten seconds');
    await scene.pass(1_000);
    await scene.offer(to('a'), to('a'));
    assert.equal((await claimFolding()).length, 12);
  }),
];
