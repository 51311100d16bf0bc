import type {
  AccessQuery,
  AccessReader,
  AuditEntry,
  AuditQuery,
  KeyId,
  KeyView,
  ProjectId,
  ProjectView,
  StoredKey,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { actionCodes, scopeBits } from './rows.ts';
import { openSnapshots } from './snapshots.ts';

interface KeyRow {
  readonly sequence: number;
  readonly id: KeyId;
  readonly handle: string;
  readonly hash: Buffer;
  readonly name: string;
  readonly scopes: number;
  readonly per_second: number | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly used_at: number | null;
  readonly project: number;
  readonly project_id: ProjectId;
  readonly project_name: string;
}

interface AuditRow extends Omit<AuditEntry, 'action' | 'detail'> {
  readonly action: number;
  readonly detail: string;
}

const keySelect = `SELECT k.*, p.id AS project_id, p.name AS project_name FROM keys k JOIN projects p ON p.key = k.project`;
const projectColumns = 'key AS sequence, key, id, name, created_at AS createdAt';

/** Reads projects, keys and the audit log. */
export function openAccessReader(db: Database): AccessReader {
  const snapshot = openSnapshots(db);
  const everyKey = db.prepare<[], KeyRow>(`${keySelect} ORDER BY k.sequence`);
  const key = db.prepare<{ id: string; project: number | null }, KeyRow>(
    `${keySelect} WHERE k.id = @id AND (@project IS NULL OR k.project = @project)`,
  );
  const project = db.prepare<[string], ProjectView>(`SELECT ${projectColumns} FROM projects WHERE id = ?`);
  const projects = db.prepare<AccessQuery & { before: number }, ProjectView>(
    `SELECT ${projectColumns} FROM projects WHERE key < @before AND (@project IS NULL OR key = @project)
     ORDER BY key DESC LIMIT @limit`,
  );
  return {
    everyKey: snapshot(() => everyKey.all().map(storedKey)),
    key: snapshot((owner, id) => {
      const row = key.get({ id, project: owner });
      return row === undefined ? null : keyView(row);
    }),
    keys: snapshot(openKeyList(db)),
    project: snapshot((id) => project.get(id) ?? null),
    projects: snapshot((query) => projects.all({ ...query, before: query.before ?? Number.MAX_SAFE_INTEGER })),
    audit: snapshot(openAuditList(db)),
  };
}

/** A list of one project has an index of its own; `scope` is null for all. */
function openKeyList(db: Database): AccessReader['keys'] {
  const page = (scope: string) =>
    db.prepare<AccessQuery, KeyRow>(
      `${keySelect} WHERE ${scope}k.sequence < @before ORDER BY k.sequence DESC LIMIT @limit`,
    );
  const all = page('');
  const ofProject = page('k.project = @project AND ');
  return ({ before, ...query }) => {
    const rows = query.project === null ? all : ofProject;
    return rows.all({ ...query, before: before ?? Number.MAX_SAFE_INTEGER }).map(keyView);
  };
}

function openAuditList(db: Database): AccessReader['audit'] {
  const page = (scope: string) =>
    db.prepare<Readonly<Record<string, number | string | null>>, AuditRow>(
      `SELECT a.sequence, p.id AS project, a.action, a.actor AS "by", a.subject, a.detail, a.request AS requestId, a.at
       FROM audit a JOIN projects p ON p.key = a.project
       WHERE ${scope}a.sequence < @before AND (@action IS NULL OR a.action = @action) AND (@by IS NULL OR a.actor = @by)
         AND (@from IS NULL OR a.at >= @from) AND (@to IS NULL OR a.at < @to)
       ORDER BY a.sequence DESC LIMIT @limit`,
    );
  const all = page('');
  const ofProject = page('a.project = @project AND ');
  return ({ project, limit, before, action, by, from, to }: AuditQuery) => {
    const rows = project === null ? all : ofProject;
    return rows
      .all({
        project,
        limit,
        before: before ?? Number.MAX_SAFE_INTEGER,
        action: action === undefined ? null : actionCodes.of(action),
        by: by ?? null,
        from: from ?? null,
        to: to ?? null,
      })
      .map(({ action: number, detail, ...row }) => ({
        ...row,
        action: actionCodes.word(number),
        detail: JSON.parse(detail) as AuditEntry['detail'],
      }));
  };
}

function storedKey(row: KeyRow): StoredKey {
  const { id, handle, hash, name } = row;
  return {
    id,
    handle,
    hash,
    project: { key: row.project, id: row.project_id, name: row.project_name },
    name,
    scopes: scopeBits.words(row.scopes),
    ratePerSecond: row.per_second,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    usedAt: row.used_at,
  };
}

function keyView(row: KeyRow): KeyView {
  const { hash: _, ...shown } = storedKey(row);
  return { ...shown, sequence: row.sequence };
}
