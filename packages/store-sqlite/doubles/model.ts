import {
  advance,
  type Claimed,
  type DeliveryStatus,
  isUnsent,
  type Lane,
  type NewNotification,
  type NotificationStatus,
  notificationStatus,
  type PlanChange,
  type PlanState,
  type Settlement,
} from '@posthorn/core';

/**
 * The rules of the outbox over plain arrays: no index, no incremental bookkeeping, every question answered by looking at
 * everything. What it shares with a store is core's `advance`; all else is said a second time, in the simplest way.
 */
export interface ModelNotification {
  readonly item: NewNotification;
  readonly deliveries: readonly ModelDelivery[];
  stored: NotificationStatus;
  step: number;
  stepDeadline: number | null;
  canceled: boolean;
}

export interface ModelDelivery {
  readonly place: number;
  readonly of: NewNotification;
  readonly ordinal: number;
  readonly step: number;
  readonly channel: string;
  account: string;
  state: DeliveryStatus;
  dueAt: number | null;
  leaseUntil: number | null;
  token: number;
  attempts: number;
  rescues: number;
  vendorKnown: boolean;
  /** Claims whose attempt may have arrived, with the account that made it. */
  readonly doubts: Map<number, string>;
  /** One of them is still to be reckoned with: an operator who queues the delivery again knows of those before. */
  doubtful: boolean;
  requeued: boolean;
}

export interface Model {
  readonly notifications: readonly ModelNotification[];
  accept(item: NewNotification, now: number): void;
  /** What of a lane may be claimed, the most urgent first, then the oldest. */
  claimable(lane: Lane, now: number): readonly ModelDelivery[];
  claim(delivery: ModelDelivery, until: number): void;
  settle(
    lease: Claimed,
    tried: 'certain' | 'uncertain' | 'nothing',
    settlement: Settlement,
    now: number,
  ): 'settled' | 'lost';
  receive(delivery: ModelDelivery, status: 'delivered' | 'undelivered', now: number): 'applied' | 'ignored';
  /** A receipt that an account brings: it speaks of what is with it, and of what may have arrived through it before. */
  hear(
    delivery: ModelDelivery,
    lane: Lane,
    status: 'delivered' | 'undelivered',
    now: number,
  ): 'applied' | 'ignored' | 'unknown';
  cancel(notification: ModelNotification, now: number): 'canceled' | 'final';
  requeue(delivery: ModelDelivery, now: number): 'requeued' | 'not_amiss' | 'expired';
  renew(lease: Claimed, until: number): void;
  tick(now: number, held: readonly Lane[]): void;
  /** Every lease is lost: the process that held it is gone. */
  crash(): void;
}

const urgency = ['critical', 'high', 'normal', 'bulk'];
const inTurn: ReadonlySet<DeliveryStatus> = new Set(['queued', 'sending', 'retrying', 'parked']);

export function statusOf({ stored, deliveries }: ModelNotification): NotificationStatus {
  return stored === 'accepted' && deliveries.some(({ state }) => state === 'sending') ? 'sending' : stored;
}

export function openModel(): Model {
  const notifications: ModelNotification[] = [];
  const all = (): readonly ModelDelivery[] => notifications.flatMap(({ deliveries }) => deliveries);
  const familyOf = (delivery: ModelDelivery) =>
    notifications.find(({ item }) => item === delivery.of) as ModelNotification;
  const byPlace = (claimed: Claimed) =>
    all().find(({ of, ordinal }) => of.id === claimed.notification && claimed.id.endsWith(`${hex(ordinal)}000`));

  const sameKey = (a: ModelDelivery, b: ModelDelivery) =>
    a.of.orderingKey !== null &&
    a.of.orderingKey === b.of.orderingKey &&
    a.of.project === b.of.project &&
    a.channel === b.channel;

  /** Whoever is first of its key, when nobody of that key is under way, has its turn. */
  const giveTurns = () => {
    for (const delivery of all().filter(({ state }) => state === 'blocked')) {
      if (!all().some((other) => inTurn.has(other.state) && sameKey(other, delivery))) delivery.state = 'queued';
    }
  };

  const set = (delivery: ModelDelivery, state: DeliveryStatus, dueAt: number | null = null) => {
    Object.assign(delivery, { state, dueAt, leaseUntil: null });
    giveTurns();
  };

  const enqueue = (delivery: ModelDelivery) => {
    const waits = all().some((other) => other !== delivery && inTurn.has(other.state) && sameKey(other, delivery));
    set(delivery, waits ? 'blocked' : 'queued');
  };

  const review = (notification: ModelNotification, now: number, caused: boolean) => {
    const { item, deliveries, step, stepDeadline, canceled } = notification;
    const state = (at: number, deadline: number | null): PlanState => ({
      deliveries: deliveries.map(({ ordinal, step: own, state: status, doubtful, requeued }) => ({
        ordinal, step: own, status, doubtful, requeued,
      })), // biome-ignore format: a row
      step: at,
      stepDeadline: deadline,
      canceled,
    });
    const change = withinLife(advance(item.plan, state(step, stepDeadline), now), notification, now);
    for (const { ordinal, status } of change.close) {
      const delivery = deliveries[ordinal - 1] as ModelDelivery;
      set(delivery, ended(delivery, status));
    }
    const started = deliveries.filter((one) => one.step === change.start && one.state === 'waiting');
    for (const delivery of started) enqueue(delivery);
    notification.step = change.step;
    notification.stepDeadline = change.stepDeadline;
    if (caused || change.close.length > 0 || started.length > 0)
      notification.stored = notificationStatus(item.plan, state(change.step, change.stepDeadline));
  };

  /** What closes unsent is uncertain when an attempt of it may have arrived. */
  const ended = (delivery: ModelDelivery, to: DeliveryStatus) => (delivery.doubtful ? 'uncertain' : to);

  const finish = (delivery: ModelDelivery, to: DeliveryStatus, now: number) => {
    set(delivery, to);
    review(familyOf(delivery), now, true);
  };

  const receive: Model['receive'] = (delivery, status, now) => {
    const { state, token } = delivery;
    const matters = ['sent', 'uncertain', 'sending'].includes(state);
    const again = ['queued', 'blocked', 'retrying', 'parked'].includes(state) && token > 0 && status === 'delivered';
    if (!matters && !again) return 'ignored';
    finish(delivery, status, now);
    return 'applied';
  };

  return {
    notifications,
    receive,
    hear(delivery, { channel, account }, status, now) {
      const { token, doubts } = delivery;
      if (token === 0 || delivery.channel !== channel) return 'unknown';
      if (delivery.account === account) return receive(delivery, status, now);
      if (![...doubts.values()].includes(account)) return 'unknown';
      return status === 'delivered' ? receive(delivery, status, now) : 'ignored';
    },
    accept(item, now) {
      const first = item.deliveries[0]?.step ?? 0;
      const due = item.dueAt === null || item.dueAt <= now;
      const withinMs = item.plan.strategy === 'broadcast' ? null : (item.plan.steps[first]?.withinMs ?? null);
      const begins = due ? now : (item.dueAt as number);
      const before = all().length;
      const deliveries = item.deliveries.map(
        ({ ordinal, step, channel, account }, place): ModelDelivery => ({
          place: before + place, of: item, ordinal, step, channel, account, state: 'waiting', dueAt: null,
          leaseUntil: null, token: 0, attempts: 0, rescues: 0, vendorKnown: false,
          doubts: new Map(), doubtful: false, requeued: false,
        }), // biome-ignore format: a row
      );
      const stepDeadline = withinMs === null ? null : begins + withinMs;
      notifications.push({
        item,
        deliveries,
        stored: due ? 'accepted' : 'scheduled',
        step: first,
        stepDeadline,
        canceled: false,
      });
      for (const delivery of deliveries) {
        if (item.plan.strategy !== 'broadcast' && delivery.step !== first) continue;
        if (due) enqueue(delivery);
        else set(delivery, 'scheduled', item.dueAt);
      }
    },
    claimable: ({ channel, account }, now) =>
      all()
        .filter((one) => one.state === 'queued' && one.channel === channel && one.account === account)
        .filter(({ of }) => of.expiresAt === null || of.expiresAt > now)
        .sort((a, b) => urgency.indexOf(a.of.priority) - urgency.indexOf(b.of.priority) || a.place - b.place),
    claim(delivery, until) {
      set(delivery, 'sending');
      delivery.leaseUntil = until;
      delivery.token++;
      delivery.attempts++;
    },
    settle(lease, tried, settlement, now) {
      const delivery = byPlace(lease);
      if (delivery === undefined) return 'lost';
      if (tried === 'uncertain') delivery.doubts.set(lease.token, lease.account);
      if (tried === 'certain') delivery.doubts.delete(lease.token);
      const tooLate = () => {
        if (tried !== 'nothing') delivery.doubtful = delivery.doubts.size > 0;
        return 'lost' as const;
      };
      const { state } = delivery;
      if (delivery.token !== lease.token) return tooLate();
      if (settlement.to === 'sent') {
        if (state !== 'queued' && state !== 'sending' && state !== 'uncertain') {
          const overtaken = (state === 'delivered' || state === 'undelivered') && !delivery.vendorKnown;
          delivery.vendorKnown ||= overtaken;
          tooLate();
          return overtaken ? 'settled' : 'lost';
        }
        delivery.vendorKnown = true;
        finish(delivery, 'sent', now);
        return 'settled';
      }
      if (state !== 'sending') return tooLate();
      delivery.doubtful ||= tried === 'uncertain';
      const again = 'account' in settlement;
      const canceled = familyOf(delivery).canceled;
      const refunded =
        again && !canceled
          ? settlement.to === 'parked' || (settlement.to === 'queued' && !settlement.spent)
          : tried === 'nothing';
      if (refunded) delivery.attempts--;
      if (!again) finish(delivery, settlement.to, now);
      else if (canceled) finish(delivery, tried === 'uncertain' ? 'uncertain' : 'canceled', now);
      else {
        delivery.account = settlement.account;
        set(delivery, settlement.to, 'at' in settlement ? settlement.at : null);
        review(familyOf(delivery), now, true);
      }
      return 'settled';
    },
    cancel(notification, now) {
      const open = notification.deliveries.filter(({ state }) => state === 'sending' || isUnsent(state));
      if (open.length === 0) return 'final';
      if (notification.canceled) return 'canceled';
      notification.canceled = true;
      for (const delivery of open) if (delivery.state !== 'sending') set(delivery, ended(delivery, 'canceled'));
      review(notification, now, true);
      return 'canceled';
    },
    requeue(delivery, now) {
      if (!['failed', 'dead', 'uncertain'].includes(delivery.state)) return 'not_amiss';
      if (delivery.of.expiresAt !== null && delivery.of.expiresAt <= now) return 'expired';
      Object.assign(delivery, { attempts: 0, rescues: 0, doubtful: false, requeued: true });
      enqueue(delivery);
      familyOf(delivery).stored = 'sending';
      return 'requeued';
    },
    renew(lease, until) {
      const delivery = byPlace(lease);
      if (delivery?.state === 'sending' && delivery.token === lease.token) delivery.leaseUntil = until;
    },
    tick(now, held) {
      const late = all().filter(({ of, state }) => isUnsent(state) && of.expiresAt !== null && of.expiresAt <= now);
      const order = (at: (delivery: ModelDelivery) => number) => (a: ModelDelivery, b: ModelDelivery) =>
        at(a) - at(b) || a.place - b.place;
      for (const one of late.sort(order(({ of }) => of.expiresAt ?? 0)))
        if (isUnsent(one.state)) finish(one, ended(one, 'expired'), now);
      const due = all()
        .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
        .sort(order(({ dueAt }) => dueAt ?? 0));
      for (const delivery of due) {
        if (!isUnsent(delivery.state)) continue;
        const first = delivery.state === 'scheduled';
        enqueue(delivery);
        if (first) review(familyOf(delivery), now, true);
      }
      const overdue = notifications.filter(({ stepDeadline }) => stepDeadline !== null && stepDeadline <= now);
      for (const notification of overdue.sort((a, b) => (a.stepDeadline ?? 0) - (b.stepDeadline ?? 0)))
        review(notification, now, false);
      const lost = all()
        .filter(({ leaseUntil }) => leaseUntil !== null && leaseUntil <= now)
        .sort(order(({ leaseUntil }) => leaseUntil ?? 0));
      for (const delivery of lost) {
        const { of, channel, account } = delivery;
        const wanted = !familyOf(delivery).canceled && (of.expiresAt === null || of.expiresAt > now);
        const free = !held.some((lane) => lane.channel === channel && lane.account === account);
        delivery.rescues++;
        delivery.doubts.set(delivery.token, account);
        delivery.doubtful = true;
        const repeats = wanted && free && of.plan.guarantee === 'at-least-once';
        finish(delivery, repeats ? (delivery.rescues >= 3 ? 'dead' : 'queued') : 'uncertain', now);
      }
    },
    crash() {
      for (const delivery of all()) if (delivery.leaseUntil !== null) delivery.leaseUntil = 0;
    },
  };
}

function withinLife(change: PlanChange, { item, deliveries, step }: ModelNotification, now: number): PlanChange {
  if (change.start === null || item.expiresAt === null || now < item.expiresAt) return change;
  const late = deliveries
    .filter(({ state }) => state === 'waiting')
    .map(({ ordinal }) => ({ ordinal, status: 'expired' as const, code: 'expired' }));
  return { close: [...change.close, ...late], start: null, step, stepDeadline: null };
}

function hex(ordinal: number): string {
  return ordinal.toString(16).padStart(3, '0');
}
