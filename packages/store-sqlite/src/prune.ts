import type { Prune, PruneResult } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { decodeLabels } from './rows.ts';
import { bucketBits, type SearchTerm, termsOf } from './search-terms.ts';

interface AgedRow {
  readonly key: number;
  readonly project: number;
  readonly labels: string | null;
}

/** True when every delivery of `n` had ended at `@before`: what is still open, or has just ended, is kept. */
const endedBefore = `NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.notification = n.key
  AND (d.finished_at IS NULL OR d.finished_at > @before))`;

/**
 * Forgets what has outlived its retention, a few rows a call. It walks from the oldest notification to the first that is
 * too young, then begins again; what is old and still open is passed over each time.
 */
export function openPrune(db: Database, term: SearchTerm): (input: Prune) => PruneResult {
  const contents = openContentPrune(db);
  const notifications = openNotificationPrune(db, term);
  const idempotency = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM idempotency WHERE (project, key) IN
       (SELECT project, key FROM idempotency WHERE created_at <= @before ORDER BY created_at LIMIT @limit)`,
  );
  const messages = db.prepare<{ before: number; limit: number }>(
    `DELETE FROM inbox WHERE sequence IN
       (SELECT sequence FROM inbox WHERE at <= @before ORDER BY sequence LIMIT @limit)`,
  );
  return ({ contentBefore, metadataBefore, idempotencyBefore, limit }) => {
    const moreContents = contents(contentBefore, limit);
    const moreNotifications = notifications(metadataBefore, limit);
    messages.run({ before: contentBefore, limit });
    const keys = idempotency.run({ before: idempotencyBefore, limit }).changes;
    return { more: moreContents || moreNotifications || keys === limit };
  };
}

/** Walks an aged table by key; `cursor` is where the last call stopped, 0 to begin again. */
function openContentPrune(db: Database): (before: number, limit: number) => boolean {
  const aged = db.prepare<{ after: number; before: number; limit: number }, { key: number; ended: number }>(
    `SELECT n.key, ${endedBefore} AS ended FROM contents c JOIN notifications n ON n.key = c.notification
     WHERE c.notification > @after AND n.created_at <= @before ORDER BY c.notification LIMIT @limit`,
  );
  const remove = db.prepare<[number]>('DELETE FROM contents WHERE notification = ?');
  let cursor = 0;
  return (before, limit) => {
    const rows = aged.all({ after: cursor, before, limit });
    for (const { key, ended } of rows) if (ended === 1) remove.run(key);
    cursor = rows.length < limit ? 0 : (rows.at(-1)?.key ?? 0);
    return rows.length === limit;
  };
}

function openNotificationPrune(db: Database, term: SearchTerm): (before: number, limit: number) => boolean {
  const aged = db.prepare<{ after: number; before: number; limit: number }, AgedRow & { ended: number }>(
    `SELECT n.key, n.project, n.labels, ${endedBefore} AS ended FROM notifications n
     WHERE n.key > @after AND n.created_at <= @before ORDER BY n.key LIMIT @limit`,
  );
  const remove = openRemoval(db, term);
  let cursor = 0;
  return (before, limit) => {
    const rows = aged.all({ after: cursor, before, limit });
    for (const row of rows) if (row.ended === 1) remove(row);
    cursor = rows.length < limit ? 0 : (rows.at(-1)?.key ?? 0);
    return rows.length === limit;
  };
}

/** Removes a notification with all that belongs to it, children first. */
function openRemoval(db: Database, term: SearchTerm): (row: AgedRow) => void {
  const members = db.prepare<[number], { key: number; ordinal: number; address: string }>(
    'SELECT key, ordinal, address FROM deliveries WHERE notification = ?',
  );
  const removeAttempts = db.prepare<[number]>('DELETE FROM attempts WHERE delivery = ?');
  const removeTerm = db.prepare<{ term: Buffer; notification: number }>(
    `DELETE FROM search WHERE bucket = @notification >> ${bucketBits} AND term = @term AND notification = @notification`,
  );
  const removals = ['events', 'deliveries', 'contents'].map((table) =>
    db.prepare<[number]>(`DELETE FROM ${table} WHERE notification = ?`),
  );
  const removeNotification = db.prepare<[number]>('DELETE FROM notifications WHERE key = ?');
  return ({ key, project, labels }) => {
    const deliveries = members.all(key);
    const addresses = deliveries.map(({ address }) => address);
    for (const hash of termsOf(term, project, { addresses, ...decodeLabels(labels) }))
      removeTerm.run({ term: hash, notification: key });
    for (const delivery of deliveries) removeAttempts.run(delivery.key);
    for (const removal of removals) removal.run(key);
    removeNotification.run(key);
  };
}
