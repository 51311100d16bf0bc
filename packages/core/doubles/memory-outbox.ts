import type { ManualClock } from '@posthorn/testkit';
import type { Settlement } from '../src/decide.ts';
import { type DeliveryId, deliveryId, idMint } from '../src/ids.ts';
import { laneKey } from '../src/lane.ts';
import type { Claimed, Commit, Lane, Outbox, Receive, Settle, Tick } from '../src/outbox.ts';
import { memoryQuotas } from './memory-quotas.ts';

/** A delivery in the double's memory. */
export interface Row {
  readonly fixed: Omit<Claimed, 'token' | 'attempt' | 'account' | 'doubtful' | 'quotaUntil'>;
  account: string;
  state: 'queued' | 'leased' | 'waiting' | Settlement['to'] | 'delivered' | 'undelivered';
  dueAt: number;
  leaseUntil: number;
  token: number;
  attempts: number;
  doubtful: boolean;
}

const mint = idMint();
type Used = 'claim' | 'settle' | 'receive' | 'tick' | 'renew' | 'reassign' | 'onCommit';

/** The part of an outbox that a dispatcher uses, in memory, for single deliveries: no plans, no disk, and faults on demand. */
export function memoryOutbox(clock: ManualClock) {
  const rows: Row[] = [];
  const open = new Set<Row>();
  const lines = new Map<string, { readonly critical: Set<Row>; readonly others: Set<Row> }>();
  const quotas = memoryQuotas();
  const listeners = new Set<(commit: Commit) => void>();
  const seen = {
    claims: [] as { readonly lane: string; readonly limit: number; readonly leaseMs: number; readonly at: number }[],
    renewals: [] as { readonly leases: number; readonly leaseMs: number; readonly at: number }[],
    settles: [] as Settle[],
    receipts: [] as Receive[],
    lost: 0,
    rescued: 0,
    held: [] as readonly Lane[],
    asked: [] as readonly Lane[],
  };
  type Before = Partial<Record<'claim' | 'settle' | 'receive' | 'tick', () => Promise<void>>>;
  /** What happens before a command takes effect: throw to play a fault, wait to play a slow disk. */
  const before: Before = {};
  /** What happens between a claim's commit and its answer. */
  const after: { claim?: () => Promise<void> } = {};
  const wake = (channel: string, account: string) => {
    for (const listener of listeners) listener({ events: [], ready: [{ channel, account }] });
  };
  const lineOf = (lane: Lane) => {
    const key = laneKey(lane);
    const line = lines.get(key) ?? { critical: new Set(), others: new Set() };
    lines.set(key, line);
    return line;
  };
  const placeOf = (row: Row) => {
    const line = lineOf({ channel: row.fixed.channel, account: row.account });
    return row.fixed.priority === 'critical' ? line.critical : line.others;
  };
  const toQueue = (row: Row) => {
    row.state = 'queued';
    open.delete(row);
    placeOf(row).add(row);
    wake(row.fixed.channel, row.account);
  };
  const end = (row: Row, state: Row['state']) => {
    row.state = state;
    open.delete(row);
  };

  /** A lost lease may have been a send: its vendor is asked where that is possible, else the guarantee decides. */
  const rescue = (row: Row, { held, asked }: Tick) => {
    const isOf = (lanes: readonly Lane[]) =>
      lanes.some(({ channel, account }) => channel === row.fixed.channel && account === row.account);
    seen.rescued++;
    row.doubtful = true;
    const mayRepeat = row.fixed.guarantee === 'at-least-once' && !isOf(held);
    if (mayRepeat || isOf(asked)) toQueue(row);
    else end(row, 'uncertain');
  };

  const outbox: Pick<Outbox, Used> = {
    async claim({ lane, limit, reserved = 0, routed, followed = false, quotas: limits = [], leaseMs, now }) {
      // Its deliveries are single: no step waits for any of them.
      if (followed) return [];
      seen.claims.push({ lane: laneKey(lane), limit, leaseMs, at: now });
      await before.claim?.();
      const { critical, others } = lineOf(lane);
      const fits = ({ fixed }: Row) => routed === undefined || (fixed.accounts === null && routed.includes(fixed.kind));
      const first = [...critical.values().filter(fits).take(limit)];
      const rest = Math.max(0, limit - reserved - first.length);
      const chosen = [...first, ...others.values().filter(fits).take(rest)];
      const claimed = chosen.map((row): Claimed => {
        placeOf(row).delete(row);
        open.add(row);
        row.state = 'leased';
        row.token++;
        row.attempts++;
        row.leaseUntil = now + leaseMs;
        const { account, doubtful, token, attempts: attempt } = row;
        const quotaUntil = quotas.take({ ...row.fixed, account }, limits, now);
        return { ...row.fixed, account, doubtful, quotaUntil, token, attempt };
      });
      await after.claim?.();
      return claimed;
    },
    async settle(input) {
      await before.settle?.();
      const row = rows[input.lease.delivery] as Row;
      if (row.state !== 'leased' || row.token !== input.lease.token) {
        seen.lost++;
        return 'lost';
      }
      seen.settles.push(input);
      const { settlement } = input;
      if (input.attempt?.outcome === 'uncertain') row.doubtful = true;
      if (!('account' in settlement)) {
        end(row, settlement.to);
        return 'settled';
      }
      row.account = settlement.account;
      if (settlement.cleared) row.doubtful = false;
      if (
        settlement.to === 'parked' ||
        settlement.to === 'scheduled' ||
        (settlement.to === 'queued' && !settlement.spent)
      )
        row.attempts--;
      if (settlement.to === 'queued') toQueue(row);
      else Object.assign(row, { state: 'waiting', dueAt: settlement.at });
      return 'settled';
    },
    async receive(input) {
      await before.receive?.();
      seen.receipts.push(input);
      const row = rows.find(({ fixed }) => fixed.id === input.delivery);
      if (row?.state !== 'sent') return 'ignored';
      row.state = input.receipt.status;
      return 'applied';
    },
    async tick(input) {
      const { now, limit } = input;
      Object.assign(seen, { held: input.held, asked: input.asked });
      await before.tick?.();
      const due = [
        ...open
          .values()
          .filter((row) => row.state === 'waiting' && row.dueAt <= now)
          .take(limit),
      ];
      for (const row of due) toQueue(row);
      for (const row of [...open]) if (row.state === 'leased' && row.leaseUntil <= now) rescue(row, input);
      let nextAt = Number.POSITIVE_INFINITY;
      for (const row of open) if (row.state === 'waiting') nextAt = Math.min(nextAt, row.dueAt);
      return { nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt, more: due.length === limit };
    },
    async renew({ leases, leaseMs, now }) {
      seen.renewals.push({ leases: leases.length, leaseMs, at: now });
      for (const { delivery, token } of leases) {
        const row = rows[delivery] as Row;
        if (row.state === 'leased' && row.token === token) row.leaseUntil = now + leaseMs;
      }
    },
    reassign: () => Promise.resolve(),
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  return {
    outbox: outbox as Outbox,
    seen,
    before,
    after,
    rows,
    states: () => rows.map(({ state }) => state),
    /** Puts deliveries in. A wake-up that gets lost is one that nobody hears. */
    put(count: number, more: Partial<Claimed> = {}, wakeUp: 'heard' | 'lost' = 'heard'): readonly DeliveryId[] {
      const { account = 'a', doubtful = false, quotaUntil: _none, ...stated } = more;
      const fresh = Array.from({ length: count }, (): Row => {
        const notification = mint.notification(clock.now());
        const fixed = {
          id: deliveryId(notification, 1),
          delivery: rows.length,
          notification,
          channel: 'sms',
          address: '+1',
          content: { text: 'hi' },
          kind: 'transactional' as const,
          priority: 'normal' as const,
          guarantee: 'at-least-once' as const,
          accounts: null,
          createdAt: clock.now(),
          expiresAt: null,
          ...stated,
        };
        const row: Row = {
          fixed,
          account,
          state: 'queued',
          dueAt: 0,
          leaseUntil: 0,
          token: 0,
          attempts: doubtful ? 1 : 0,
          doubtful,
        };
        rows.push(row);
        placeOf(row).add(row);
        return row;
      });
      if (wakeUp === 'heard') wake(fresh[0]?.fixed.channel ?? 'sms', account);
      return fresh.map(({ fixed }) => fixed.id);
    },
  };
}
