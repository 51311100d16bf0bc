import { type AccessReader, type AuditEntry, auditActions, auditId } from '@posthorn/core';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { cursorParameter, limitParameter, readQuery } from '../http/query.ts';
import { type ApiRoute, guarded, json } from '../http/route.ts';
import { time } from '../http/views.ts';
import { projectId } from './naming.ts';
import { listedProject } from './reach.ts';

export interface AuditTools {
  readonly accessReader: Pick<AccessReader, 'audit' | 'project'>;
  readonly cursors: Cursors;
}

const instant = z.iso.datetime({ offset: true }).transform(Date.parse).optional();
const query = z.strictObject({
  project: projectId.optional(),
  action: z.enum(auditActions).optional(),
  key: z.string().max(50).optional(),
  from: instant,
  to: instant,
  limit: limitParameter,
  cursor: cursorParameter,
});

/** Who did what, and when: administrative acts, newest first. Nobody can change a line or take one away. */
export function auditRoutes({ accessReader, cursors }: AuditTools): readonly ApiRoute[] {
  return [
    guarded('GET', '/audit', 'admin', (context, caller) => {
      const { project: id, limit, cursor, action, key, from, to } = readQuery(context, query);
      const project = listedProject(id, caller, accessReader);
      const list = `audit ${project ?? 'all'}`;
      const found = accessReader.audit({
        project,
        limit: limit + 1,
        before: cursor === undefined ? null : cursors.read(list, cursor),
        ...(action !== undefined && { action }),
        ...(key !== undefined && { by: key }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      });
      return json(cursors.page(list, found, limit, auditView));
    }),
  ];
}

function auditView({ sequence, at, project, action, by, subject, detail, requestId }: AuditEntry) {
  return { id: auditId(at, sequence), at: time(at), project, key: by, action, subject, detail, requestId };
}
