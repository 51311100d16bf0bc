import type { Database } from 'better-sqlite3';
import { type Searchable, type SearchTerm, termsOf } from './search-terms.ts';

/** The terms under which notifications are found, in buckets of their neighbours. */
export interface SearchIndex {
  add(notification: number, searchable: Searchable): void;
  /** Null when nobody knows any more what it is found by: then its bucket is looked through. */
  remove(notification: number, searchable: Searchable | null): void;
}

/** Notifications whose terms share a bucket: few seeks for a search, few pages for an insert. */
const bucketSize = 256;

export function openSearchIndex(db: Database, term: SearchTerm): SearchIndex {
  const insert = db.prepare<[number, number, number]>(
    'INSERT INTO search (bucket, term, notification) VALUES (?, ?, ?)',
  );
  const remove = db.prepare<[number, number, number]>(
    'DELETE FROM search WHERE bucket = ? AND term = ? AND notification = ?',
  );
  const removeAll = db.prepare<[number, number]>('DELETE FROM search WHERE bucket = ? AND notification = ?');
  const before = db.prepare<[number], { bucket: number | null }>(
    'SELECT max(bucket) AS bucket FROM search WHERE bucket <= ?',
  );
  const size = db.prepare<[number], { size: number }>('SELECT count(*) AS size FROM notifications WHERE key >= ?');
  /** The bucket of a notification that is in the index: the last one that begins with it or before it. */
  const bucketOf = (notification: number) => before.get(notification)?.bucket ?? null;
  let newest = bucketOf(Number.MAX_SAFE_INTEGER);
  let filled = newest === null ? 0 : (size.get(newest)?.size ?? 0);

  const bucketFor = (notification: number): number => {
    // One that comes out of turn belongs among its neighbours, where a removal will look for it.
    if (newest !== null && notification < newest) return bucketOf(notification) ?? notification;
    if (newest === null || filled >= bucketSize) {
      newest = notification;
      filled = 0;
    }
    filled++;
    return newest;
  };

  return {
    add(notification, searchable) {
      const terms = termsOf(term, searchable);
      if (terms.length === 0) return;
      const bucket = bucketFor(notification);
      for (const hash of terms) insert.run(bucket, hash, notification);
    },
    remove(notification, searchable) {
      const bucket = bucketOf(notification);
      if (bucket === null) return;
      if (searchable === null) removeAll.run(bucket, notification);
      else for (const hash of termsOf(term, searchable)) remove.run(bucket, hash, notification);
    },
  };
}
