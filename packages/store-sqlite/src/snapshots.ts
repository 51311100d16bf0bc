import type { Database } from 'better-sqlite3';
import { storageFault } from './writer.ts';

/** Makes a read answer from one snapshot, whole, whatever another connection commits meanwhile; faults of the disk become the store's own. */
export function openSnapshots(db: Database): <Read extends (...asked: never[]) => unknown>(read: Read) => Read {
  const inSnapshot = db.transaction((read: () => unknown) => read());
  return <Read extends (...asked: never[]) => unknown>(read: Read): Read =>
    ((...asked: never[]) => {
      try {
        return inSnapshot.deferred(() => read(...asked));
      } catch (error) {
        throw storageFault(error) ?? error;
      }
    }) as Read;
}
