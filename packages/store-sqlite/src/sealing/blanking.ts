import type { Database } from 'better-sqlite3';

/**
 * Overwrites the sealed text of a notification where it stands. All that a step removes is blanked before the first of it is
 * removed: a removal may move what stands beside it to another page, and the bytes that were moved stay behind.
 */
export type Blanking = (notification: number) => void;

export function openBlanking(db: Database): Blanking {
  const statements = ['contents', 'remains'].map((table) =>
    db.prepare<[number]>(`UPDATE ${table} SET body = zeroblob(length(body)) WHERE notification = ?`),
  );
  return (notification) => {
    for (const statement of statements) statement.run(notification);
  };
}
