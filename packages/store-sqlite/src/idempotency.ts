import type { Accepted, NewNotification } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { Digest } from './search-terms.ts';

/** An idempotency key and the fingerprint of its request as they are stored. */
export function hashedIdempotency(
  digest: Digest,
  project: number,
  { key, fingerprint }: NonNullable<NewNotification['idempotency']>,
) {
  return {
    key: digest(project, 'idempotency', key),
    fingerprint: digest(project, 'fingerprint', Buffer.from(fingerprint).toString('hex')),
  };
}

/** Remembers an idempotency key with its answer, or says what the key was used for before. */
export function openIdempotency(db: Database, digest: Digest) {
  const insert = db.prepare(
    `INSERT INTO idempotency (project, key, fingerprint, answer, created_at)
     VALUES (@project, @key, @fingerprint, @answer, @now) ON CONFLICT DO NOTHING`,
  );
  const find = db.prepare<[number, string], { fingerprint: string; answer: string }>(
    'SELECT fingerprint, answer FROM idempotency WHERE project = ? AND key = ?',
  );
  const remove = db.prepare<[number, string]>('DELETE FROM idempotency WHERE project = ? AND key = ?');
  return {
    remember({ project, idempotency, answer }: NewNotification, now: number): Accepted | null {
      if (idempotency === null) return null;
      const { key, fingerprint } = hashedIdempotency(digest, project, idempotency);
      if (insert.run({ project, key, fingerprint, answer, now }).changes === 1) return null;
      const first = find.get(project, key);
      if (!first) throw new Error('an idempotency key conflicts with nothing');
      return first.fingerprint === fingerprint ? { kind: 'replayed', answer: first.answer } : { kind: 'key_reused' };
    },
    /** The request came to nothing, so its key is free. */
    forget({ project, idempotency }: NewNotification): void {
      if (idempotency !== null) remove.run(project, hashedIdempotency(digest, project, idempotency).key);
    },
  };
}
