import type { ProjectId } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

/** The owner of keys, notifications and limits. `key` is the store's own number of it. */
export interface Project {
  readonly key: number;
  readonly id: ProjectId;
  readonly name: string;
}

export function openProjects(db: Database) {
  const insert = db.prepare('INSERT INTO projects (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const find = db.prepare<[string], Project>('SELECT key, id, name FROM projects WHERE name = ?');
  return {
    /** The project of this name; made with the given id if there is none. */
    ensure(name: string, id: string, now: number): Project {
      insert.run(id, name, now);
      return find.get(name) as Project;
    },
  };
}
