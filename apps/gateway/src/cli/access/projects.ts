import { isProjectId } from '@posthorn/core';
import type { CommandLine } from '../usage.ts';
import { answered, type GatewayCall, GatewayRefusal, listed } from './gateway-call.ts';
import { tableText } from './table.ts';

interface ShownProject {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

/** `projects create|list`; resolves with what is printed. */
export async function runProjects({ operand, name, json }: CommandLine, call: GatewayCall): Promise<string> {
  if (operand === 'create') {
    const made = (await answered(call, 'POST', '/projects', { name })) as ShownProject;
    return json ? JSON.stringify(made) : `made ${made.id} (${made.name})`;
  }
  const projects = await listed(call, '/projects');
  if (json) return JSON.stringify(projects);
  const rows = (projects as unknown as readonly ShownProject[]).map((one) => [one.id, one.name, one.createdAt]);
  return tableText(['ID', 'NAME', 'MADE'], rows);
}

/** The id of a project that is named by it or by its name; null when none is named. */
export async function findProject(text: string | undefined, call: GatewayCall): Promise<string | null> {
  if (text === undefined) return null;
  if (isProjectId(text)) return text;
  const found = (await listed(call, '/projects')).find(({ name }) => name === text);
  if (found !== undefined) return String(found['id']);
  throw new GatewayRefusal(`there is no project "${text}": posthorn projects list names them`);
}
