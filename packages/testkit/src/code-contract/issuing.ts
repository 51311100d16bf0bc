import assert from 'node:assert/strict';
import {
  type Codes,
  codeTries,
  type DeliveryView,
  type Issued,
  idMint,
  type Limits,
  laneKey,
  type NotificationId,
  type Outbox,
  type Reader,
} from '@posthorn/core';
import type { Case } from '../contract.ts';
import { email, sampleNotification, sms } from '../outbox-contract/builders.ts';
import { type CodeWish, dawn, minute, newCode, right, trying, wrong } from './scene.ts';

/** Codes and their messages under test, empty but for a project. */
export interface IssuingFixture {
  readonly codes: Codes;
  readonly outbox: Outbox;
  readonly reader: Reader;
  readonly project: number;
}

interface IssuingScene extends IssuingFixture {
  now: number;
  limits: Limits | null;
  /** Issues a code by SMS, then by mail, each until it is verified. */
  issue(wish?: CodeWish): Promise<{ readonly id: NotificationId; readonly issued: Issued }>;
  verify(says: string, handle?: string): Promise<string>;
  statuses(id: NotificationId): readonly DeliveryView['status'][] | null;
  /** Sends what is due by SMS. */
  send(): Promise<number>;
}

const oncePerHour: Limits = {
  [laneKey(sms)]: [{ of: 'project', per: 'address', windows: [{ most: 1, ms: 60 * minute }] }],
};

/** What holds for codes and their messages together, wherever codes are kept. */
export function issuingContract(): readonly Case<IssuingFixture>[] {
  return issuingCases;
}

const issuingCases = [
  rule('accepts a message with its code, and cancels by an approval what still waits', async (scene) => {
    const { id, issued } = await scene.issue();
    assert.deepEqual(issued, { kind: 'issued' });
    assert.equal(await scene.send(), 1);
    assert.deepEqual(scene.statuses(id), ['sent', 'waiting']);
    assert.equal(await scene.verify(wrong), 'rejected');
    assert.deepEqual(scene.statuses(id), ['sent', 'waiting']);
    assert.equal(await scene.verify(right), 'approved');
    assert.deepEqual(scene.statuses(id), ['sent', 'canceled']);
    const view = scene.reader.notification(scene.project, id);
    assert.equal(view?.status, 'sent');
    assert.deepEqual(
      view?.timeline.slice(-2).map(({ type }) => type),
      ['notification.verified', 'delivery.canceled'],
    );
  }),

  rule('says of a message that is all sent that its code was approved', async (scene) => {
    const { id } = await scene.issue();
    await scene.send();
    await scene.outbox.cancel({ project: scene.project, notification: id, now: scene.now });
    await scene.verify(right);
    const types = scene.reader.notification(scene.project, id)?.timeline.map(({ type }) => type);
    assert.equal(types?.filter((type) => type === 'notification.verified').length, 1);
  }),

  rule('goes on to the next step when its time is up, and ends that with an approval', async (scene) => {
    const { id } = await scene.issue();
    await scene.send();
    scene.now += minute;
    await scene.outbox.tick({ now: scene.now, limit: 100, held: [], asked: [] });
    assert.deepEqual(scene.statuses(id), ['sent', 'queued']);
    await scene.verify(right);
    assert.deepEqual(scene.statuses(id), ['sent', 'canceled']);
  }),

  rule('approves one of many at the same time, and says so once', async (scene) => {
    const { id } = await scene.issue();
    const answers = await Promise.all(Array.from({ length: 100 }, () => scene.verify(right)));
    assert.equal(answers.filter((status) => status === 'approved').length, 1);
    const types = scene.reader.notification(scene.project, id)?.timeline.map(({ type }) => type);
    assert.equal(types?.filter((type) => type === 'notification.verified').length, 1);
  }),

  rule('stores no message whose code comes too soon', async (scene) => {
    await scene.issue();
    const { id, issued } = await scene.issue({ handles: ['id 2', 'alice'] });
    assert.equal(issued.kind, 'too_soon');
    assert.equal(scene.statuses(id), null);
  }),

  rule('leaves the code before as it is when a limit forbids the message of the next', async (scene) => {
    scene.limits = oncePerHour;
    const { id: former } = await scene.issue();
    await scene.verify(wrong);
    scene.now += minute;
    const { id, issued } = await scene.issue({ says: '000000' });
    assert.equal(issued.kind, 'limited');
    assert.equal(scene.statuses(id), null);
    assert.deepEqual(scene.statuses(former), ['queued', 'waiting']);
    assert.equal(await scene.verify('000000'), 'rejected');
    const { status, attemptsLeft } = await scene.codes.verify({
      project: scene.project,
      ...trying(right, 'alice', scene.now),
    });
    assert.deepEqual([status, attemptsLeft], ['approved', codeTries - 2]);
  }),

  rule('cancels what still waits of the code that it voids', async (scene) => {
    const { id: former } = await scene.issue();
    await scene.send();
    scene.now += minute;
    const { id } = await scene.issue({ says: '000000' });
    assert.deepEqual(
      [scene.statuses(former), scene.statuses(id)],
      [
        ['sent', 'canceled'],
        ['queued', 'waiting'],
      ],
    );
  }),

  rule('issues one of those that come at the same time', async (scene) => {
    const offers = await Promise.all(
      Array.from({ length: 50 }, (_, place) => scene.issue({ handles: [`id ${place}`, 'alice'] })),
    );
    const kinds = offers.map(({ issued }) => issued.kind);
    assert.equal(kinds.filter((kind) => kind === 'issued').length, 1);
    assert.equal(offers.filter(({ id }) => scene.statuses(id) !== null).length, 1);
  }),
];

function rule(name: string, run: (scene: IssuingScene) => Promise<void>): Case<IssuingFixture> {
  return { name, run: (fixture) => run(openScene(fixture)) };
}

function openScene(fixture: IssuingFixture): IssuingScene {
  const { codes, outbox, reader, project } = fixture;
  const mint = idMint();
  const steps = [
    { lane: sms, withinMs: minute, until: 'verified' },
    { lane: email, until: 'verified' },
  ] as const;
  const scene: IssuingScene = {
    ...fixture,
    now: dawn,
    limits: null,
    async issue(wish = {}) {
      const { now, limits } = scene;
      const id = mint.notification(now, steps.length);
      const notification = sampleNotification(id, project, { steps, kind: 'otp', guarantee: 'at-most-once' });
      const code = newCode(id, now, wish);
      const resendMs = wish.resendMs ?? minute;
      return { id, issued: await codes.issue({ code, resendMs, notification, ...(limits && { limits }), now }) };
    },
    async verify(says, handle = 'alice') {
      const { status } = await codes.verify({ project, ...trying(says, handle, scene.now) });
      return status;
    },
    statuses: (id) => reader.notification(project, id)?.deliveries.map(({ status }) => status) ?? null,
    async send() {
      const { now } = scene;
      const claimed = await outbox.claim({ lane: sms, limit: 10, leaseMs: minute, now });
      const settlement = { to: 'sent', vendorId: null, parts: null } as const;
      for (const lease of claimed) await outbox.settle({ lease, attempt: null, settlement, now });
      return claimed.length;
    },
  };
  return scene;
}
