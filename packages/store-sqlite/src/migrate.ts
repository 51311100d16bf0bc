import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';

/** One file of `migrations/`: its name orders it. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings the schema up to date, all or nothing. Our own thirty lines, since a generated table rebuild loses STRICT and
 * drops children inside the transaction. Throws when the database was written by a newer version, or when a migration
 * that was applied has been changed since.
 */
export function migrate(db: Database, migrations: readonly Migration[], now: number): readonly string[] {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, hash TEXT NOT NULL, at INTEGER NOT NULL) STRICT',
  );
  const applied = new Map(appliedMigrations(db).map(({ name, hash }) => [name, hash]));
  const known = new Map(migrations.map((migration) => [migration.name, hashOf(migration)]));
  for (const [name, hash] of applied) {
    if (!known.has(name))
      throw new Error(`the store was written by a newer version of Posthorn: it has the migration ${name}`);
    if (known.get(name) !== hash) throw new Error(`the migration ${name} is not the one that made this store`);
  }
  const pending = migrations.filter(({ name }) => !applied.has(name));
  const record = db.prepare('INSERT INTO migrations (name, hash, at) VALUES (?, ?, ?)');
  db.transaction(() => {
    for (const migration of pending) {
      db.exec(migration.sql);
      record.run(migration.name, hashOf(migration), now);
    }
  }).immediate();
  return pending.map(({ name }) => name);
}

/** The migrations that a database has, or none when it is new. */
function appliedMigrations(db: Database): readonly { readonly name: string; readonly hash: string }[] {
  return db.prepare<[], { name: string; hash: string }>('SELECT name, hash FROM migrations ORDER BY name').all();
}

function hashOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex');
}
