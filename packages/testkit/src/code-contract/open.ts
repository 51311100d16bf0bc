import assert from 'node:assert/strict';
import { addressFailures, codeTries } from '@posthorn/core';
import { type CodeScene, codeRule, hour, minute, right, wrong } from './scene.ts';

/** Opening codes: one at a time for an address, not too fast, and none where too much was guessed. */
export const openCases = [
  codeRule('makes a code void by the next one of any of its handles', async (scene) => {
    const first = await scene.open({ handles: ['id 1', 'alice', 'alice by mail'] });
    scene.now += minute;
    const { opened } = await scene.offer({ handles: ['id 2', 'alice by mail'], says: '000000' });
    assert.deepEqual(opened, { kind: 'opened', voided: [first] });
    assert.deepEqual(await scene.check(right, 'id 1'), ['rejected', 0]);
    assert.deepEqual(await scene.check(right, 'alice'), ['rejected', 0]);
    assert.deepEqual(await scene.check(right, 'alice by mail'), ['rejected', codeTries - 1]);
    assert.deepEqual(await scene.check('000000', 'id 2'), ['approved', codeTries - 1]);
  }),

  codeRule('replaces a code under its own id, with all the tries and a time of its own', async (scene) => {
    const first = await scene.open({ handles: ['id', 'alice'] });
    for (let tries = 0; tries < codeTries; tries++) await scene.check(wrong);
    scene.now += 4 * minute;
    const { opened, notification } = await scene.offer({ handles: ['id', 'alice'], says: '000000', memo: 'again' });
    assert.deepEqual(opened, { kind: 'opened', voided: [first] });
    assert.deepEqual(await scene.codes.find({ handle: 'id', now: scene.now }), {
      notification,
      memo: 'again',
      state: 'open',
    });
    scene.now += 4 * minute;
    assert.deepEqual(await scene.check(right, 'id'), ['rejected', codeTries - 1]);
    assert.deepEqual(await scene.check('000000', 'id'), ['approved', codeTries - 1]);
  }),

  codeRule('says what has become of a code', async (scene) => {
    const state = async (handle: string) => (await scene.codes.find({ handle, now: scene.now }))?.state;
    await scene.open({ handles: ['id 1', 'alice'] });
    scene.now += minute;
    await scene.open({ handles: ['id 2', 'alice'] });
    assert.deepEqual([await state('id 1'), await state('id 2')], ['void', 'open']);
    await scene.check(right, 'id 2');
    assert.deepEqual([await state('id 1'), await state('id 2')], ['void', 'approved']);
    scene.now += minute;
    const { opened } = await scene.offer({ handles: ['id 3', 'alice'] });
    assert.deepEqual(opened, { kind: 'opened', voided: [] }, 'an approved code has nothing left to cancel');
  }),

  codeRule('opens none before the last one of a handle is old enough, and changes nothing then', async (scene) => {
    const start = scene.now;
    await scene.open({ handles: ['id 1', 'alice'] });
    scene.now += minute - 1;
    const { opened } = await scene.offer({ handles: ['id 2', 'alice'], says: '000000' });
    assert.deepEqual(opened, { kind: 'too_soon', until: start + minute });
    assert.equal(await scene.codes.find({ handle: 'id 2', now: scene.now }), null);
    await scene.open({ handles: ['id 3', 'bob'] });
    assert.deepEqual(await scene.check(right), ['approved', codeTries]);
    assert.equal((await scene.offer({ handles: ['id 4', 'alice'] })).opened.kind, 'too_soon', 'approved or not');
    scene.now += 1;
    await scene.open({ handles: ['id 5', 'alice'] });
  }),

  codeRule('opens one of those that come at the same time', async (scene) => {
    const offers = await Promise.all(
      Array.from({ length: 50 }, (_, place) => scene.offer({ handles: [`id ${place}`, 'alice'] })),
    );
    const kinds = offers.map(({ opened }) => opened.kind);
    assert.equal(kinds.filter((kind) => kind === 'opened').length, 1);
    assert.equal(kinds.filter((kind) => kind === 'too_soon').length, 49);
  }),

  codeRule('puts back what a withdrawn code had voided, with the tries it had left', async (scene) => {
    await scene.open({ handles: ['id', 'alice'] });
    await scene.check(wrong);
    scene.now += minute;
    const notification = await scene.open({ handles: ['id', 'alice', 'alice by mail'], says: '000000' });
    await scene.codes.withdraw({ notification });
    await scene.codes.withdraw({ notification });
    assert.equal(await scene.codes.find({ handle: 'alice by mail', now: scene.now }), null);
    assert.deepEqual(await scene.check('000000', 'id'), ['rejected', codeTries - 2]);
    assert.deepEqual(await scene.check(right, 'alice'), ['approved', codeTries - 2]);
    assert.equal((await scene.offer()).opened.kind, 'opened', 'what was withdrawn is no reason to wait');
  }),

  codeRule('withdraws a code that voided none', async (scene) => {
    const notification = await scene.open();
    await scene.codes.withdraw({ notification });
    assert.deepEqual(await scene.check(right), ['not_found', 0]);
  }),

  codeRule(
    'locks the codes of an address that was guessed at too often, and opens none, until a day has passed',
    async (scene) => {
      const start = scene.now;
      await exhaust(scene);
      const { opened } = await scene.offer({ handles: ['id', 'alice, other purpose'], addresses: ['alice'] });
      assert.equal(opened.kind, 'blocked');
      assert.ok(
        opened.kind === 'blocked' && opened.until > scene.now && opened.until <= start + addressFailures.hours * hour,
      );
      await scene.open({ handles: ['bob'] });
      await scene.reopen();
      scene.now = start + 24 * hour - 1;
      assert.equal((await scene.offer()).opened.kind, 'blocked');
      scene.now = start + 24 * hour + addressFailures.most * minute + hour;
      await scene.open();
      assert.deepEqual(await scene.check(right), ['approved', codeTries]);
    },
  ),

  codeRule('locks also a code that was opened before', async (scene) => {
    await scene.open({ handles: ['id', 'alice, other purpose'], addresses: ['alice'], ttlMs: 10 * hour });
    await exhaust(scene);
    assert.deepEqual(await scene.check(right, 'id'), ['locked', 0]);
  }),

  codeRule('counts a wrong try against every address of the code', async (scene) => {
    await exhaust(scene, ['alice by mail', 'alice']);
    assert.equal((await scene.offer({ addresses: ['alice'] })).opened.kind, 'blocked');
    assert.equal((await scene.offer({ addresses: ['carol', 'alice by mail'] })).opened.kind, 'blocked');
  }),
];

/** Guesses at codes of these addresses as often as anybody may. */
async function exhaust(scene: CodeScene, addresses: readonly string[] = ['alice']): Promise<void> {
  for (let failures = 0; failures < addressFailures.most; failures += codeTries) {
    await scene.open({ addresses });
    for (let tries = 0; tries < codeTries; tries++) await scene.check(wrong);
    scene.now += minute;
  }
}
