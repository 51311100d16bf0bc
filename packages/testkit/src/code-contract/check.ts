import assert from 'node:assert/strict';
import { blindMs, codeClockSlackMs, codeKeptMs, codeTries } from '@posthorn/core';
import { codeRule, minute, right, trying, wrong } from './scene.ts';

/** Trying codes: one approval, five tries, an end, and nothing told to who only knows an address. */
export const checkCases = [
  codeRule('approves the right code once, by any of its handles', async (scene) => {
    const notification = await scene.open({ handles: ['id', 'alice'] });
    const approved = await scene.codes.check(trying(right, 'alice', scene.now));
    assert.deepEqual(approved, { status: 'approved', attemptsLeft: codeTries, notification });
    assert.deepEqual(await scene.check(right, 'alice'), ['rejected', 0]);
    assert.deepEqual(await scene.check(right, 'id'), ['rejected', 0]);
    await scene.reopen();
    assert.deepEqual(await scene.check(right, 'id'), ['rejected', 0]);
  }),

  codeRule('approves once however many try the right code at the same time', async (scene) => {
    await scene.open();
    const answers = await Promise.all(Array.from({ length: 100 }, () => scene.check(right)));
    const approvals = answers.filter(([status]) => status === 'approved');
    assert.equal(approvals.length, 1);
    assert.ok(answers.every(([status]) => status === 'approved' || status === 'rejected'));
  }),

  codeRule(
    'counts every wrong try, also of those that come at the same time, and then takes no right one',
    async (scene) => {
      await scene.open();
      const answers = await Promise.all(Array.from({ length: 100 }, () => scene.check(wrong)));
      const rejected = answers.filter(([status]) => status === 'rejected').map(([, left]) => left);
      assert.deepEqual(
        rejected.sort((a, b) => b - a),
        Array.from({ length: codeTries }, (_, place) => codeTries - 1 - place),
      );
      assert.equal(answers.filter(([status, left]) => status === 'locked' && left === 0).length, 100 - codeTries);
      assert.deepEqual(await scene.check(right), ['locked', 0]);
      await scene.reopen();
      assert.deepEqual(await scene.check(right), ['locked', 0]);
    },
  ),

  codeRule('still approves with the last try', async (scene) => {
    await scene.open();
    for (let left = codeTries - 1; left > 0; left--) assert.deepEqual(await scene.check(wrong), ['rejected', left]);
    assert.deepEqual(await scene.check(right), ['approved', 1]);
  }),

  codeRule('takes a code for the handle it was made for alone', async (scene) => {
    await scene.open({ handles: ['alice'] });
    await scene.open({ handles: ['bob'], says: '000000' });
    assert.deepEqual(await scene.check(right, 'bob'), ['rejected', codeTries - 1]);
    assert.deepEqual(await scene.check('000000', 'bob'), ['approved', codeTries - 1]);
    assert.deepEqual(await scene.check(right, 'alice'), ['approved', codeTries]);
  }),

  codeRule('ends a code with its time, whatever is tried, and forgets it later', async (scene) => {
    await scene.open({ ttlMs: 10 * minute });
    scene.now += 10 * minute - 1;
    assert.deepEqual(await scene.check(wrong), ['rejected', codeTries - 1]);
    scene.now += 1;
    assert.deepEqual(
      [await scene.check(right), await scene.check(wrong)],
      [
        ['expired', 0],
        ['expired', 0],
      ],
    );
    scene.now += codeKeptMs;
    assert.deepEqual(await scene.check(right), ['not_found', 0]);
  }),

  codeRule('does not lengthen a code when the clock is set back to before it was opened', async (scene) => {
    await scene.open();
    scene.now -= codeClockSlackMs;
    assert.deepEqual(await scene.check(wrong), ['rejected', codeTries - 1]);
    scene.now -= 1;
    assert.deepEqual(await scene.check(right), ['expired', 0]);
    const { opened } = await scene.offer();
    assert.equal(opened.kind, 'opened', 'a code from the future holds up no other');
    assert.deepEqual(await scene.check(right), ['approved', codeTries]);
  }),

  codeRule('knows no code by a handle that nobody has opened', async (scene) => {
    assert.deepEqual(await scene.check(right, 'nobody'), ['not_found', 0]);
    assert.equal(await scene.codes.find({ handle: 'nobody', now: scene.now }), null);
  }),

  codeRule('answers for an address without a code as for a wrong one', async (scene) => {
    await scene.open();
    for (let tries = 0; tries < codeTries + 2; tries++) {
      const known = await scene.check(wrong, 'alice', true);
      assert.deepEqual(await scene.check(wrong, 'nobody', true), known);
    }
    assert.deepEqual(await scene.check(wrong, 'nobody', true), ['locked', 0]);
    scene.now += blindMs;
    assert.deepEqual(await scene.check(wrong, 'nobody', true), ['rejected', codeTries - 1]);
    await scene.open({ handles: ['nobody'] });
    assert.deepEqual(
      await scene.check(wrong, 'nobody', true),
      ['rejected', codeTries - 1],
      'a new code has all its tries',
    );
  }),

  codeRule('counts tries on an address without a code also over a restart, and at the same time', async (scene) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.check(wrong, 'nobody', true)));
    assert.equal(answers.filter(([status]) => status === 'rejected').length, codeTries);
    await scene.reopen();
    assert.deepEqual(await scene.check(wrong, 'nobody', true), ['locked', 0]);
  }),

  codeRule('tells of a hidden handle that its code has expired only to who has the right one', async (scene) => {
    await scene.open();
    scene.now += 5 * minute;
    assert.deepEqual(await scene.check(wrong, 'alice', true), ['rejected', codeTries - 1]);
    assert.deepEqual(await scene.check(right, 'alice', true), ['expired', 0]);
    assert.deepEqual(await scene.check(wrong, 'alice', true), ['rejected', codeTries - 2]);
  }),

  codeRule('answers by a hidden handle after an approval as if there were no code', async (scene) => {
    await scene.open();
    assert.deepEqual(await scene.check(right, 'alice', true), ['approved', codeTries]);
    assert.deepEqual(await scene.check(right, 'alice', true), ['rejected', codeTries - 1]);
    assert.deepEqual(await scene.check(wrong, 'alice', true), ['rejected', codeTries - 2]);
  }),
];
