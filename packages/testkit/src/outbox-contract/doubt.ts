import assert from 'node:assert/strict';
import { accepted, otherSms, retryAt, sms, unknown } from './builders.ts';
import { leaseMs, rule } from './scene.ts';

const second = 1_000;

/** What is known, and what is not, of attempts that may have arrived. */
export const doubtCases = [
  rule('says that an earlier attempt may have arrived', async (scene) => {
    const id = await scene.accept();
    assert.equal((await scene.claimOnly()).doubtful, false);
    await scene.pass(leaseMs);
    const again = await scene.claimOnly();
    assert.equal(again.doubtful, true);
    assert.equal(await scene.settle(again, accepted), 'settled');
    assert.equal(scene.status(id), 'sent');
  }),

  rule('queues a lost lease again where the vendor can be asked, whatever the guarantee', async (scene) => {
    const id = await scene.accept({ guarantee: 'at-most-once' });
    for (let lost = 0; lost < 2; lost++) {
      await scene.claimOnly();
      scene.now += leaseMs;
      await scene.outbox.tick({ now: scene.now, limit: 9, held: [sms], asked: [sms] });
      assert.deepEqual(scene.statuses(id), ['queued']);
    }
    const doubted = await scene.claimOnly();
    assert.equal(doubted.doubtful, true);
    assert.equal(await scene.settle(doubted, unknown), 'settled');
    assert.equal(scene.status(id), 'uncertain');
  }),

  rule('is sure again when the vendor has said that nothing arrived', async (scene) => {
    const id = await scene.accept();
    await scene.settle(await scene.claimOnly(), retryAt(scene.now + second), 'uncertain');
    await scene.pass(second);
    const doubted = await scene.claimOnly();
    assert.equal(doubted.doubtful, true);
    const told = { code: 'credentials', detail: 'wrong key', account: sms.account } as const;
    await scene.settle(doubted, { to: 'parked', at: scene.now + second, cleared: true, ...told }, 'misconfigured');
    await scene.pass(second);
    assert.equal((await scene.claimOnly()).doubtful, false);
    assert.deepEqual(scene.statuses(id), ['sending']);
  }),

  rule('forgets the doubt about what an operator queues again, and lets its plan leave it alone', async (scene) => {
    const id = await scene.accept({ steps: [{ lane: sms }, { lane: otherSms }] });
    await scene.settle(await scene.claimOnly(), unknown);
    await scene.settle(await scene.claimOnly(otherSms), accepted);
    const delivery = scene.delivery(id).id;
    assert.equal(await scene.outbox.requeue({ project: scene.project, delivery, now: scene.now }), 'requeued');
    const again = await scene.claimOnly();
    assert.equal(again.doubtful, false);
    await scene.settle(again, retryAt(scene.now + second));
    assert.deepEqual(scene.statuses(id), ['retrying', 'sent']);
  }),

  rule('gives up what only an account that is gone could have told, where it must not be sent twice', async (scene) => {
    const once = await scene.accept({ guarantee: 'at-most-once' });
    const sending = await scene.accept({ guarantee: 'at-most-once' });
    const often = await scene.accept();
    for (const claimed of await scene.claim()) {
      if (claimed.notification === sending) continue;
      await scene.settle(claimed, retryAt(scene.now + second), 'uncertain');
    }
    await scene.outbox.reassign({ lanes: [otherSms], now: scene.now });
    assert.deepEqual([scene.status(once), scene.delivery(once).code], ['uncertain', 'account_gone']);
    scene.now += leaseMs;
    await scene.outbox.tick({ now: scene.now, limit: 9, held: [], asked: [otherSms] });
    assert.equal(scene.status(sending), 'uncertain');
    const [moved] = await scene.claim(otherSms);
    assert.deepEqual([moved?.notification, moved?.doubtful], [often, true]);
  }),
];
