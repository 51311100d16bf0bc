import assert from 'node:assert/strict';
import {
  type Accepted,
  type Claimed,
  type Commit,
  type DeliveryStatus,
  type DeliveryView,
  deliveryId,
  type EventType,
  eventId,
  eventOf,
  idMint,
  isOpen,
  type Lane,
  type Lease,
  type Limits,
  type NotificationId,
  type NotificationStatus,
  type NotificationView,
  type Outbox,
  type OutcomeKind,
  type Reader,
  type Settlement,
  type TickResult,
} from '@posthorn/core';
import type { Case } from '../contract.ts';
import { countOf, dawn, outcomeOf, receipt, sampleNotification, sms, type Wish } from './builders.ts';

/** A store under test, empty but for two projects. */
export interface OutboxFixture extends Ports {
  readonly project: number;
  /** A second project, which must never see or change anything of the first. */
  readonly stranger: number;
  /** The process dies without a word and another one opens what it left behind. The ports of before are gone. */
  reopen(): Promise<Ports>;
}

export interface Ports {
  readonly outbox: Outbox;
  readonly reader: Reader;
}

/** A store with a time of its own and the moves that cases are made of. */
export interface Scene {
  /** Time passes only when a case says so. */
  now: number;
  /** What every offer is counted against; null for nothing. */
  limits: Limits | null;
  readonly outbox: Outbox;
  readonly reader: Reader;
  readonly project: number;
  readonly stranger: number;
  /** Accepts one notification of the project, or of the one that the wish names. */
  accept(wish?: Wish): Promise<NotificationId>;
  /** Offers notifications in one call, whatever the answers. */
  offer(
    ...wishes: readonly Wish[]
  ): Promise<{ readonly ids: readonly NotificationId[]; readonly answers: readonly Accepted[] }>;
  claim(lane?: Lane, limit?: number, reserved?: number): Promise<readonly Claimed[]>;
  /** Claims what must be the only delivery that the lane has to give. */
  claimOnly(lane?: Lane): Promise<Claimed>;
  settle(lease: Claimed, settlement: Settlement, outcome?: OutcomeKind | null): Promise<'settled' | 'lost'>;
  /** Moves time on and lets it act until nothing more is due. */
  pass(ms: number, held?: readonly Lane[]): Promise<TickResult>;
  receive(id: NotificationId, ordinal: number, status: 'delivered' | 'undelivered'): Promise<string>;
  cancel(id: NotificationId): Promise<string>;
  view(id: NotificationId): NotificationView;
  delivery(id: NotificationId, ordinal?: number): DeliveryView;
  status(id: NotificationId): NotificationStatus;
  /** The statuses of a notification's deliveries, by ordinal. */
  statuses(id: NotificationId): readonly DeliveryStatus[];
  /** What happened, without the records of attempts that changed nothing. */
  events(id: NotificationId): readonly EventType[];
  /** Every commit from now on. */
  watch(): readonly Commit[];
  reopen(): Promise<void>;
}

/** How long the leases of a scene last. */
export const leaseMs = 30_000;

/** One rule of the contract. What holds for every notification at any time is checked at the end of each. */
export function rule(name: string, run: (scene: Scene) => Promise<void>): Case<OutboxFixture> {
  return {
    name,
    async run(fixture) {
      const ids: NotificationId[] = [];
      const scene = openScene(fixture, (id) => ids.push(id));
      await run(scene);
      for (const id of ids) checkTold(scene, id);
    },
  };
}

function openScene(fixture: OutboxFixture, onAccepted: (id: NotificationId) => void): Scene {
  const mint = idMint();
  let ports: Ports = fixture;
  const scene: Scene = {
    now: dawn,
    limits: null,
    get outbox() {
      return ports.outbox;
    },
    get reader() {
      return ports.reader;
    },
    project: fixture.project,
    stranger: fixture.stranger,
    async accept(wish = {}) {
      const { ids, answers } = await scene.offer(wish);
      assert.deepEqual(answers, [{ kind: 'accepted' }]);
      return ids[0] as NotificationId;
    },
    async offer(...wishes) {
      const items = wishes.map((wish) =>
        sampleNotification(mint.notification(scene.now, countOf(wish)), fixture.project, wish),
      );
      const { now, limits } = scene;
      const answers = await ports.outbox.accept({ notifications: items, ...(limits && { limits }), now });
      items.forEach(({ id, project }, place) => {
        if (answers[place]?.kind === 'accepted' && project === fixture.project) onAccepted(id);
      });
      return { ids: items.map(({ id }) => id), answers };
    },
    async reopen() {
      ports = await fixture.reopen();
    },
    watch() {
      const commits: Commit[] = [];
      ports.outbox.onCommit((commit) => commits.push(commit));
      return commits;
    },
    ...moves(() => scene),
    ...looks(() => scene),
  };
  return scene;
}

type Moves = Pick<Scene, 'claim' | 'claimOnly' | 'settle' | 'pass' | 'receive' | 'cancel'>;

function moves(scene: () => Scene): Moves {
  return {
    claim: (lane = sms, limit = 100, reserved = 0) =>
      scene().outbox.claim({ lane, limit, reserved, leaseMs, now: scene().now }),
    async claimOnly(lane) {
      const claimed = await scene().claim(lane);
      assert.equal(claimed.length, 1, `${claimed.length} deliveries were claimable, not one`);
      return claimed[0] as Claimed;
    },
    settle(claimed, settlement, outcome = outcomeOf(settlement)) {
      const { now } = scene();
      const { channel, account } = claimed;
      const said = 'code' in settlement ? settlement : { code: null, detail: null };
      const lease: Lease = { id: claimed.id, delivery: claimed.delivery, token: claimed.token };
      const { code, detail } = said;
      const attempt =
        outcome === null ? null : { channel, account, startedAt: now - 5, endedAt: now, outcome, code, detail };
      return scene().outbox.settle({ lease, attempt, settlement, now });
    },
    async pass(ms, held = []) {
      scene().now += ms;
      for (let turn = 0; turn < 1_000; turn++) {
        const result = await scene().outbox.tick({ now: scene().now, limit: 100, held, asked: [] });
        if (!result.more) return result;
      }
      throw new Error('time never comes to an end of what is due');
    },
    receive: (id, ordinal, status) =>
      scene().outbox.receive({ delivery: deliveryId(id, ordinal), receipt: receipt(status), now: scene().now }),
    cancel: (notification) => scene().outbox.cancel({ project: scene().project, notification, now: scene().now }),
  };
}

type Looks = Pick<Scene, 'view' | 'delivery' | 'status' | 'statuses' | 'events'>;

function looks(scene: () => Scene): Looks {
  return {
    view(id) {
      const view = scene().reader.notification(scene().project, id);
      assert.ok(view, 'an accepted notification cannot be read');
      return view;
    },
    delivery(id, ordinal = 1) {
      const view = scene().reader.delivery(scene().project, deliveryId(id, ordinal));
      assert.ok(view, 'an accepted delivery cannot be read');
      return view;
    },
    status: (id) => scene().view(id).status,
    statuses: (id) =>
      scene()
        .view(id)
        .deliveries.map(({ status }) => status),
    events: (id) =>
      scene()
        .view(id)
        .timeline.map(({ type }) => type)
        .filter((type) => type !== 'delivery.attempted'),
  };
}

/** What the only commit said: the type, channel and notification status of each event. */
export function toldAtOnce(commits: readonly Commit[]) {
  assert.equal(commits.length, 1, 'a cause and its consequence are one commit');
  return commits[0]?.events.map(({ type, channel, status }) => [type, channel, status]);
}

/** The timeline is in order, complete, and says the statuses that readers see. */
function checkTold(scene: Scene, id: NotificationId): void {
  const view = scene.view(id);
  const { timeline, deliveries } = view;
  assert.equal(timeline[0]?.type, 'notification.accepted', 'a timeline begins with the acceptance');
  const ids = timeline.map(({ at, sequence }) => eventId(at, sequence));
  assert.deepEqual(ids, [...ids].sort(), 'the ids of events sort as the timeline does');
  assert.equal(new Set(ids).size, ids.length, 'an event has an id of its own');
  for (const delivery of deliveries) {
    if (isOpen(delivery.status)) continue;
    const own = timeline.filter(({ type, delivery: of }) => of === delivery.id && type !== 'delivery.attempted');
    assert.equal(own.at(-1)?.type, eventOf(delivery.status), `the timeline misses how ${delivery.id} ended`);
  }
  const told = timeline.findLast((event) => event.status !== null)?.status;
  const underWay = deliveries.some(({ status }) => status === 'sending');
  const expected = underWay && view.status === 'sending' && told === 'accepted' ? 'accepted' : view.status;
  assert.equal(told, expected, 'the last status that was told is not the one that is read');
  const listed = scene.reader.notifications({ project: scene.project, limit: 100, before: view.sequence + 1 })[0];
  assert.equal(listed?.id, id, 'a notification stands at its sequence in the list');
  assert.equal(listed?.status, view.status, 'the list and the notification say different statuses');
}
