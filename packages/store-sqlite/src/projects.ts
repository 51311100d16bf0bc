import type { Project } from '@posthorn/core';
import type { Database } from 'better-sqlite3';

export function openProjects(db: Database) {
  const insert = db.prepare('INSERT INTO projects (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const find = db.prepare<[string], Project>('SELECT key, id, name FROM projects WHERE name = ?');
  return {
    /** The project of this name; made with the given id if there is none. */
    ensure(name: string, id: string, now: number): Project {
      insert.run(id, name, now);
      return find.get(name) as Project;
    },
    /** A new project; null when the name is taken. */
    make(name: string, id: string, now: number): Project | null {
      return insert.run(id, name, now).changes === 0 ? null : (find.get(name) as Project);
    },
  };
}
