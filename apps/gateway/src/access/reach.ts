import { type AccessReader, isProjectId, type Project } from '@posthorn/core';
import type { Caller } from '../http/auth.ts';
import { HttpProblem } from '../http/problems.ts';

/** Which projects a caller administers: all of them, or its own. */
export function isOperator({ rights }: Caller): boolean {
  return rights.has('operator');
}

/** The project that a caller names, as long as the caller administers it; null for any other, whether it is there or not. */
export function projectNamed(id: string, caller: Caller, reader: Pick<AccessReader, 'project'>): Project | null {
  if (id === caller.project.id) return caller.project;
  return isOperator(caller) && isProjectId(id) ? reader.project(id) : null;
}

/** The number of the project that a list is about: the one that is named, else all that the caller administers. Throws a 404. */
export function listedProject(
  id: string | undefined,
  caller: Caller,
  reader: Pick<AccessReader, 'project'>,
): number | null {
  if (id === undefined) return isOperator(caller) ? null : caller.project.key;
  const named = projectNamed(id, caller, reader);
  if (named === null) throw new HttpProblem('not_found', 'there is no such project');
  return named.key;
}
