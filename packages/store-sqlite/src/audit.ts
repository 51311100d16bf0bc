import type { Act, AuditAction } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { actionCodes } from './rows.ts';

/** The log of administrative acts. Triggers of the table hold it append-only. */
export interface Audit {
  /** Nothing is written when nobody asked for the act: it came by itself. */
  write(action: AuditAction, project: number, act: Act | undefined, detail?: Readonly<Record<string, unknown>>): void;
  /** Forgets what was done by then, some lines a call; returns how many. */
  forget(before: number, limit: number): number;
}

export function openAudit(db: Database): Audit {
  const insert = db.prepare(
    `INSERT INTO audit (project, action, actor, subject, detail, request, at)
     VALUES (@project, @action, @actor, @subject, @detail, @request, @at)`,
  );
  const any = db.prepare<[number]>('SELECT 1 FROM audit WHERE at <= ? LIMIT 1');
  const advance = db.prepare<[number]>('UPDATE audit_horizon SET at = max(at, ?) WHERE only = 1');
  const remove = db.prepare<{ before: number; limit: number }>(
    'DELETE FROM audit WHERE sequence IN (SELECT sequence FROM audit WHERE at <= @before ORDER BY at LIMIT @limit)',
  );
  return {
    write(action, project, act, detail = {}) {
      if (act === undefined) return;
      insert.run({
        project,
        action: actionCodes.of(action),
        actor: act.by,
        subject: act.subject,
        detail: JSON.stringify(detail),
        request: act.requestId,
        at: act.at,
      });
    },
    forget(before, limit) {
      // An idle store has nothing to write.
      if (any.get(before) === undefined) return 0;
      advance.run(before);
      return remove.run({ before, limit }).changes;
    },
  };
}
