import {
  counts,
  type Limit,
  type Limited,
  type Limits,
  laneKey,
  limitCodeOf,
  type NewDelivery,
  type NewNotification,
  placeOf,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Lanes } from './lanes.ts';
import type { Countable } from './quota-counts.ts';
import type { Forbidden, Quotas } from './quotas.ts';

/** Counts what a notification sends at once against the limits, before it is stored. */
export interface Admission {
  /** Counts all of its deliveries that are due now; or none, and says what forbids one of them. */
  admit(item: NewNotification, due: readonly NewDelivery[], limits: Limits, now: number): Limited | null;
  /** Remembers of its stored deliveries what they count for, and which have been counted. */
  mark(item: NewNotification, due: readonly NewDelivery[], limits: Limits, now: number): void;
}

export function openAdmission(db: Database, lanes: Lanes, quotas: Quotas): Admission {
  const setToll = db.prepare<[number, number | null, number]>(
    'UPDATE deliveries SET toll = ?, prefix = ? WHERE key = ?',
  );

  const countable = (item: NewNotification, delivery: NewDelivery): Countable => {
    const { id, project, kind, content, deliveries, source } = item;
    const notification = placeOf(id);
    const { ordinal, channel, account, address, parts = 1 } = delivery;
    const place = { key: notification + ordinal - 1, notification, deliveries: deliveries.length };
    return {
      ...place,
      project,
      lane: lanes.key(channel, account),
      channel,
      address,
      kind,
      content: content[channel],
      parts,
      source,
    };
  };

  return {
    admit(item, due, limits, now) {
      const counted: NewDelivery[] = [];
      for (const delivery of due) {
        const forbidden = quotas.use(limitsOf(limits, item, delivery), countable(item, delivery), now);
        if (forbidden !== null) {
          for (const one of counted) quotas.giveBack(limitsOf(limits, item, one), countable(item, one), now);
          return limited(delivery, forbidden);
        }
        counted.push(delivery);
      }
      return null;
    },
    mark(item, due, limits, now) {
      for (const delivery of item.deliveries) {
        const { parts = 1, ordinal } = delivery;
        const counted = due.includes(delivery) ? limitsOf(limits, item, delivery) : [];
        if (counted.length === 0 && parts === 1) continue;
        const prefix = quotas.prefixOf(counted, countable(item, delivery), now);
        setToll.run(counted.length > 0 ? -parts : parts, prefix, placeOf(item.id) + ordinal - 1);
      }
    },
  };
}

function limitsOf(limits: Limits, { kind }: NewNotification, lane: NewDelivery): readonly Limit[] {
  return limits[laneKey(lane)]?.filter((limit) => counts(limit, kind)) ?? [];
}

function limited({ channel }: NewDelivery, { until, limit }: Forbidden): Limited {
  if (limit === null) throw new Error('nothing but a limit can forbid to accept');
  return { kind: 'limited', code: limitCodeOf(limit), channel, per: limit.per, until };
}
