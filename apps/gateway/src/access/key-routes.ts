import {
  type Access,
  type AccessReader,
  type Clock,
  isKeyId,
  type Keyring,
  type KeyView,
  newKeyId,
  newKeyText,
  type Problem,
  type StoredKey,
  scopes,
  shownKey,
  validate,
} from '@posthorn/core';
import type { Context } from 'hono';
import { z } from 'zod';
import { rateText, readRate } from '../config/units.ts';
import type { Caller } from '../http/auth.ts';
import type { Cursors } from '../http/cursor.ts';
import { readJson } from '../http/json-body.ts';
import { HttpProblem, invalidRequest, unprocessable } from '../http/problems.ts';
import { cursorParameter, limitParameter, readQuery } from '../http/query.ts';
import { type ApiRoute, guarded, json } from '../http/route.ts';
import { time } from '../http/views.ts';
import { actOf } from './act.ts';
import { name, projectId } from './naming.ts';
import { isOperator, listedProject, projectNamed } from './reach.ts';

export interface KeyTools {
  readonly access: Pick<Access, 'makeKey' | 'revokeKey'>;
  readonly accessReader: Pick<AccessReader, 'key' | 'keys' | 'project'>;
  readonly keyring: Keyring;
  readonly cursors: Cursors;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;
const noQuery = z.strictObject({});
const listQuery = z.strictObject({ project: projectId.optional(), limit: limitParameter, cursor: cursorParameter });
const body = z.strictObject({
  name,
  scopes: z
    .array(z.enum(scopes))
    .min(1, 'must name at least one scope')
    .refine((given) => new Set(given).size === given.length, 'must name each scope once'),
  expiresAt: z.iso.datetime({ offset: true }).transform(Date.parse).nullable().default(null),
  rate: z
    .string()
    .transform((text, context) => {
      const read = readRate(text);
      if (read.ok) return (read.value.count / read.value.perMs) * 1_000;
      context.addIssue({ code: 'custom', message: read.failure });
      return z.NEVER;
    })
    .nullable()
    .default(null),
  project: projectId.optional(),
});

/** Keys: made, listed, revoked. The text of a key is in the answer that made it, and nowhere else. */
export function keyRoutes(tools: KeyTools): readonly ApiRoute[] {
  const { access, accessReader, keyring, cursors, clock } = tools;
  const view = (key: Omit<KeyView, 'sequence'>) => keyView(key, keyring);

  const found = (context: Context, caller: Caller): KeyView => {
    const id = context.req.param('id') ?? '';
    const key = isKeyId(id) ? accessReader.key(isOperator(caller) ? null : caller.project.key, id) : null;
    if (key === null) throw new HttpProblem('not_found', 'there is no such key in this project');
    return key;
  };

  return [
    guarded('POST', '/keys', 'admin', async (context, caller) => {
      readQuery(context, noQuery);
      const { key, text } = newKey(await readJson(context, bodyLimit), caller, tools);
      await access.makeKey({ key, act: actOf(context, caller, clock, key.id) });
      keyring.add(key);
      return json({ ...view(key), key: text }, 201, { location: `/keys/${key.id}` });
    }),
    guarded('GET', '/keys', 'admin', (context, caller) => {
      const { project: id, limit, cursor } = readQuery(context, listQuery);
      const project = listedProject(id, caller, accessReader);
      const list = `keys ${project ?? 'all'}`;
      const before = cursor === undefined ? null : cursors.read(list, cursor);
      return json(cursors.page(list, accessReader.keys({ project, limit: limit + 1, before }), limit, view));
    }),
    guarded('GET', '/keys/:id', 'admin', (context, caller) => json(view(found(context, caller)))),
    guarded('DELETE', '/keys/:id', 'admin', async (context, caller) => {
      readQuery(context, noQuery);
      const { id } = found(context, caller);
      await access.revokeKey({ id, act: actOf(context, caller, clock, id) });
      keyring.revoke(id);
      return json(view(found(context, caller)));
    }),
  ];
}

/** What a body asks for, with its text; throws with all that is wrong with it. */
function newKey(given: unknown, caller: Caller, { accessReader, clock }: KeyTools): { key: StoredKey; text: string } {
  const checked = validate(body, given);
  if (!checked.ok) throw invalidRequest(checked.failure);
  const { project: id = caller.project.id, rate, ...wish } = checked.value;
  const now = clock.now();
  const project = projectNamed(id, caller, accessReader);
  const problems: Problem[] = [];
  if (project === null) problems.push(unknownProject);
  if (wish.expiresAt !== null && wish.expiresAt <= now) problems.push(expiresTooEarly);
  if (project === null || problems.length > 0) throw unprocessable(problems);
  const { text, handle, hash } = newKeyText();
  const times = { createdAt: now, revokedAt: null, usedAt: null };
  return { key: { ...wish, ...times, id: newKeyId(), handle, hash, project, ratePerSecond: rate }, text };
}

function keyView(key: Omit<KeyView, 'sequence'>, keyring: Keyring) {
  const usedAt = Math.max(key.usedAt ?? 0, keyring.usedAt(key.id) ?? 0);
  return {
    id: key.id,
    name: key.name,
    project: key.project.id,
    prefix: shownKey(key.handle),
    scopes: key.scopes,
    rate: key.ratePerSecond === null ? null : rateText(key.ratePerSecond),
    createdAt: time(key.createdAt),
    expiresAt: time(key.expiresAt),
    lastUsedAt: usedAt === 0 ? null : time(usedAt),
    revokedAt: time(key.revokedAt),
  };
}

const unknownProject: Problem = {
  pointer: '/project',
  code: 'unknown_project',
  detail: 'there is no such project among those that this key administers',
};
const expiresTooEarly: Problem = {
  pointer: '/expiresAt',
  code: 'ends_too_early',
  detail: 'expiresAt must be in the future',
};
