import {
  type Access,
  type AccessReader,
  type Clock,
  newProjectId,
  type ProjectView,
  pointerOf,
  validate,
} from '@posthorn/core';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { readJson } from '../http/json-body.ts';
import { HttpProblem, invalidRequest } from '../http/problems.ts';
import { cursorParameter, limitParameter, readQuery } from '../http/query.ts';
import { type ApiRoute, guarded, json } from '../http/route.ts';
import { time } from '../http/views.ts';
import { actOf } from './act.ts';
import { name } from './naming.ts';
import { listedProject } from './reach.ts';

export interface ProjectTools {
  readonly access: Pick<Access, 'makeProject'>;
  readonly accessReader: Pick<AccessReader, 'project' | 'projects'>;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;
const body = z.strictObject({ name });
const noQuery = z.strictObject({});
const listQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

/** Projects: whose keys, notifications, suppressions and limits nobody else sees. Only the operator makes them. */
export function projectRoutes({ access, accessReader, cursors, clock }: ProjectTools): readonly ApiRoute[] {
  return [
    guarded('POST', '/projects', 'operator', async (context, caller) => {
      readQuery(context, noQuery);
      const checked = validate(body, await readJson(context, bodyLimit));
      if (!checked.ok) throw invalidRequest(checked.failure);
      const id = newProjectId();
      const act = actOf(context, caller, clock, id);
      const made = await access.makeProject({ id, name: checked.value.name, act });
      if (made === 'name_taken') throw nameTaken();
      return json({ id, name: checked.value.name, createdAt: time(act.at) }, 201);
    }),
    guarded('GET', '/projects', 'admin', (context, caller) => {
      const { limit, cursor } = readQuery(context, listQuery);
      const project = listedProject(undefined, caller, accessReader);
      const list = `projects ${project ?? 'all'}`;
      const before = cursor === undefined ? null : cursors.read(list, cursor);
      return json(cursors.page(list, accessReader.projects({ project, limit: limit + 1, before }), limit, projectView));
    }),
  ];
}

function projectView({ id, name: called, createdAt }: ProjectView) {
  return { id, name: called, createdAt: time(createdAt) };
}

function nameTaken(): HttpProblem {
  const detail = 'a project has this name already: choose another';
  return new HttpProblem('conflict', detail, { errors: [{ pointer: pointerOf(['name']), code: 'taken', detail }] });
}
