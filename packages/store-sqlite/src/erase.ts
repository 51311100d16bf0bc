import type { Erase, Erased } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Ending, Family } from './cancel.ts';
import { openBlanking } from './sealing/blanking.ts';
import { openEnclosures } from './sealing/enclosure.ts';
import type { Secrecy } from './sealing/secrecy.ts';
import type { SearchIndex } from './search-index.ts';
import { suppressedAddress } from './suppressions.ts';
import type { Sweep } from './sweep.ts';

/**
 * Forgets a person by one address, some notifications a call. The terms of the search are the list of what is left to do,
 * so an erasure that is broken off goes on where it was when it is asked for again.
 */
export function openErase(
  db: Database,
  ending: Ending,
  search: SearchIndex,
  sweep: Sweep,
  { term, vault }: Secrecy,
): (input: Erase) => Omit<Erased, 'swept'> {
  const found = db.prepare<{ term: number; limit: number }, Family>(
    `WITH RECURSIVE bucket (n) AS (
       SELECT max(bucket) FROM search
       UNION ALL SELECT (SELECT max(older.bucket) FROM search older WHERE older.bucket < bucket.n) FROM bucket WHERE n IS NOT NULL)
     SELECT n.key, n.salt, n.project, n.deliveries, n.canceled
     FROM bucket CROSS JOIN search s ON s.bucket = bucket.n AND s.term = @term CROSS JOIN notifications n ON n.key = s.notification
     LIMIT @limit`,
  );
  const enclosures = openEnclosures(db, vault);
  const blank = openBlanking(db);
  const clear = openClearing(db);
  const messages = openMessageRemoval(db);
  const channels = db.prepare<[], string>('SELECT DISTINCT channel FROM lanes').pluck();
  const anonymize = db.prepare<[number]>('UPDATE suppressions SET masked = NULL, detail = NULL WHERE term = ?');

  return ({ project, address, limit, now }) => {
    const families = found.all({ term: term(project, 'address', address), limit });
    const opened = families
      .map((family) => ({ family, enclosure: enclosures(family.key) }))
      // Of 52 bits two addresses may share: only what is theirs is erased, and what nobody can open any more.
      .filter(({ enclosure }) => enclosure === null || enclosure.addresses.includes(address));
    const addresses = new Set([address, ...opened.flatMap(({ enclosure }) => enclosure?.addresses ?? [])]);
    for (const { family } of opened) blank(family.key);
    const ended = opened.map(({ family, enclosure }) => {
      search.remove(family.key, enclosure && { project, ...enclosure });
      clear(family);
      return ending.cancel(family, 'erased', now);
    });
    for (const channel of channels.all())
      anonymize.run(term(project, 'suppression', suppressedAddress(channel, address)));
    const removed = messages(
      project,
      [...addresses].map((one) => term(project, 'address', one)),
    );
    sweep.owe();
    return {
      notifications: opened.length,
      canceled: ended.filter((how) => how === 'canceled').length,
      messages: removed,
      more: families.length === limit && opened.length > 0,
    };
  };
}

/** Takes from the rows of a notification what says more than that it was, and what became of it. */
function openClearing(db: Database): (family: Family) => void {
  const removals = ['contents', 'remains'].map((table) =>
    db.prepare<[number]>(`DELETE FROM ${table} WHERE notification = ?`),
  );
  const called = ['vendor_ids', 'early_receipts'].map((table) =>
    db.prepare<{ first: number; last: number }>(
      `DELETE FROM ${table} WHERE (lane, vendor_id) IN
         (SELECT lane, vendor_id FROM deliveries WHERE key BETWEEN @first AND @last AND vendor_id IS NOT NULL)`,
    ),
  );
  const deliveries = db.prepare<{ first: number; last: number }>(
    'UPDATE deliveries SET detail = NULL, vendor_id = NULL WHERE key BETWEEN @first AND @last',
  );
  const events = db.prepare<[number]>('UPDATE events SET detail = NULL WHERE notification = ? AND detail IS NOT NULL');
  return ({ key, deliveries: count }) => {
    for (const removal of removals) removal.run(key);
    const family = { first: key, last: key + count - 1 };
    for (const removal of called) removal.run(family);
    deliveries.run(family);
    events.run(key);
  };
}

/** The sandbox's messages to any of these addresses. */
function openMessageRemoval(db: Database): (project: number, terms: readonly number[]) => number {
  const blank = db.prepare<[number, string]>(
    `UPDATE inbox SET body = zeroblob(length(body))
     WHERE project = ? AND term IN (SELECT value FROM json_each(?))`,
  );
  const remove = db.prepare<[number, string]>(
    'DELETE FROM inbox WHERE project = ? AND term IN (SELECT value FROM json_each(?))',
  );
  return (project, terms) => {
    const list = JSON.stringify(terms);
    blank.run(project, list);
    return remove.run(project, list).changes;
  };
}
