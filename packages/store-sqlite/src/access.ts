import type { Access, StoredKey } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Audit } from './audit.ts';
import { openProjects } from './projects.ts';
import { scopeBits } from './rows.ts';
import type { Writer } from './writer.ts';

/** Projects and keys, over an open database. */
export function openAccess(db: Database, audit: Audit, writer: Writer): Access {
  const projects = openProjects(db);
  const insert = db.prepare(
    `INSERT INTO keys (id, handle, hash, project, name, scopes, per_second, created_at, expires_at)
     VALUES (@id, @handle, @hash, @project, @name, @scopes, @ratePerSecond, @createdAt, @expiresAt)`,
  );
  const revoke = db.prepare<{ id: string; at: number }, { project: number }>(
    'UPDATE keys SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL RETURNING project',
  );
  const use = db.prepare<{ id: string; at: number }>(
    'UPDATE keys SET used_at = @at WHERE id = @id AND (used_at IS NULL OR used_at < @at)',
  );

  const rowOf = ({ project, scopes, revokedAt: _, usedAt: __, ...key }: StoredKey) => ({
    ...key,
    project: project.key,
    scopes: scopeBits.of(scopes),
  });

  return {
    makeProject: ({ id, name, act }) =>
      writer.run(() => {
        const made = projects.make(name, id, act.at);
        if (made === null) return 'name_taken';
        audit.write('project.made', made.key, act, { name });
        return 'made';
      }),
    makeKey: ({ key, act }) =>
      writer.run(() => {
        insert.run(rowOf(key));
        const { name, scopes, expiresAt } = key;
        audit.write('key.made', key.project.key, act, { name, scopes, expiresAt });
      }),
    // A stolen key has to end also while the disk is full.
    revokeKey: ({ id, act }) =>
      writer.finish(() => {
        const revoked = revoke.get({ id, at: act.at });
        if (revoked !== undefined) audit.write('key.revoked', revoked.project, act);
      }),
    noteUses: ({ uses }) =>
      writer.run(() => {
        for (const { id, at } of uses) use.run({ id, at });
      }),
  };
}
