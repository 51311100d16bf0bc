import type { Prune, PruneResult } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Audit } from './audit.ts';
import { openCodePrune } from './codes/code-prune.ts';
import { minuteOf } from './conversions.ts';
import { openMarks } from './marks.ts';
import { openBlanking } from './sealing/blanking.ts';
import { openEnclosures } from './sealing/enclosure.ts';
import { openReduction } from './sealing/reduction.ts';
import type { Vault } from './sealing/vault.ts';
import type { SearchIndex } from './search-index.ts';

interface AgedRow {
  readonly key: number;
  readonly project: number;
  readonly deliveries: number;
}

const dayMs = 24 * 3_600_000;

/** True when every delivery of `n` had ended at `@before`: what is still open, or has just ended, is kept. */
const endedBefore = `NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key BETWEEN n.key AND n.key + n.deliveries - 1
  AND (d.finished_at IS NULL OR d.finished_at > @before))`;

/**
 * Forgets what has outlived its retention, a few rows a call. It walks from the oldest notification to the first that is
 * too young, then begins again; what is old and still open is passed over each time.
 */
export function openPrune(
  db: Database,
  search: SearchIndex,
  vault: Vault,
  audit: Audit,
): (input: Prune) => PruneResult {
  const reduce = openReduction(db, vault);
  const contents = openContentPrune(db, reduce);
  const notifications = openNotificationPrune(db, search, vault);
  const idempotency = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM idempotency WHERE (project, key) IN
       (SELECT project, key FROM idempotency WHERE created_at <= @before ORDER BY created_at LIMIT @limit)`,
  );
  const uses = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM quota_uses WHERE (key, at, delivery) IN
       (SELECT key, at, delivery FROM quota_uses WHERE at <= @before ORDER BY at LIMIT @limit)`,
  );
  const days = db.prepare<[number]>('DELETE FROM quota_days WHERE day < ?');
  const conversions = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM conversions WHERE (key, minute) IN
       (SELECT key, minute FROM conversions WHERE minute < @before ORDER BY minute LIMIT @limit)`,
  );
  const messages = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM inbox WHERE sequence IN
       (SELECT sequence FROM inbox WHERE at <= @before ORDER BY sequence LIMIT @limit)`,
  );
  const traces = openTracePrune(db);
  const codes = openCodePrune(db, reduce);
  return ({ contentBefore, metadataBefore, idempotencyBefore, quotaBefore, codesBefore, tracesBefore, limit }) => {
    const moreContents = contents(contentBefore, limit);
    const moreNotifications = notifications(metadataBefore, limit);
    messages.run({ before: contentBefore, limit });
    const keys = idempotency.run({ before: idempotencyBefore, limit }).changes;
    const counted = uses.run({ before: quotaBefore, limit }).changes;
    days.run(Math.floor(quotaBefore / dayMs));
    const measured = conversions.run({ before: minuteOf(quotaBefore), limit }).changes;
    const traced = traces(tracesBefore, metadataBefore, limit);
    const audited = audit.forget(metadataBefore, limit);
    const moreCodes = codes(codesBefore, limit);
    const isMore = moreContents || moreNotifications || moreCodes || traced;
    return { more: isMore || [keys, counted, measured, audited].includes(limit) };
  };
}

/** What was kept to understand vendors, and suppressions that ended so long ago that no word about them will come again. */
function openTracePrune(db: Database): (before: number, endedBefore: number, limit: number) => boolean {
  const aged = (table: string, key: string) =>
    db.prepare<{ before: number; limit: number }>(
      `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE at <= @before ORDER BY at LIMIT @limit)`,
    );
  const removals = [
    aged('vendor_ids', 'lane, vendor_id'),
    aged('arrived_parts', 'delivery, part'),
    aged('strikes', 'term, delivery'),
    aged('early_receipts', 'sequence'),
  ];
  const ended = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM suppressions WHERE sequence IN
       (SELECT sequence FROM suppressions WHERE until <= @before ORDER BY until LIMIT @limit)`,
  );
  return (before, endedBefore, limit) => {
    const removed = removals.map((removal) => removal.run({ before, limit }).changes);
    removed.push(ended.run({ before: endedBefore, limit }).changes);
    return removed.includes(limit);
  };
}

/** Walks an aged table by key; `cursor` is where the last call stopped, 0 to begin again. */
function openContentPrune(
  db: Database,
  reduce: (notifications: readonly number[]) => void,
): (before: number, limit: number) => boolean {
  const aged = db.prepare<{ after: number; before: number; limit: number }, { key: number; ended: number }>(
    `SELECT n.key, ${endedBefore} AS ended FROM contents c JOIN notifications n ON n.key = c.notification
     WHERE c.notification > @after AND n.created_at <= @before ORDER BY c.notification LIMIT @limit`,
  );
  let cursor = 0;
  return (before, limit) => {
    const rows = aged.all({ after: cursor, before, limit });
    reduce(rows.filter(({ ended }) => ended === 1).map(({ key }) => key));
    cursor = rows.length < limit ? 0 : (rows.at(-1)?.key ?? 0);
    return rows.length === limit;
  };
}

function openNotificationPrune(
  db: Database,
  search: SearchIndex,
  vault: Vault,
): (before: number, limit: number) => boolean {
  const aged = db.prepare<{ after: number; before: number; limit: number }, AgedRow & { ended: number }>(
    `SELECT n.key, n.project, n.deliveries, ${endedBefore} AS ended FROM notifications n
     WHERE n.key > @after AND n.created_at <= @before ORDER BY n.key LIMIT @limit`,
  );
  const remove = openRemoval(db, search, vault);
  const marks = openMarks(db);
  let cursor = 0;
  return (before, limit) => {
    const rows = aged.all({ after: cursor, before, limit });
    if (rows.some(({ ended }) => ended === 1)) marks.keep('events', 'sequence');
    const over = rows.filter(({ ended }) => ended === 1);
    remove(over);
    cursor = rows.length < limit ? 0 : (rows.at(-1)?.key ?? 0);
    return rows.length === limit;
  };
}

/** Removes notifications with all that belongs to them, children first. */
function openRemoval(db: Database, search: SearchIndex, vault: Vault): (rows: readonly AgedRow[]) => void {
  const enclosures = openEnclosures(db, vault);
  const removeDeliveries = db.prepare<[number, number]>('DELETE FROM deliveries WHERE key BETWEEN ? AND ?');
  const removals = ['events', 'contents', 'remains'].map((table) =>
    db.prepare<[number]>(`DELETE FROM ${table} WHERE notification = ?`),
  );
  const removeNotification = db.prepare<[number]>('DELETE FROM notifications WHERE key = ?');
  const blank = openBlanking(db);
  const remove = ({ key, deliveries }: AgedRow) => {
    const last = key + deliveries - 1;
    for (const removal of removals) removal.run(key);
    removeDeliveries.run(key, last);
    removeNotification.run(key);
  };
  return (rows) => {
    for (const { key, project } of rows) {
      const enclosure = enclosures(key);
      search.remove(key, enclosure && { project, ...enclosure });
      blank(key);
    }
    for (const row of rows) remove(row);
  };
}
