import { parseDuration, scopes } from '@posthorn/core';
import { suggestion } from '../../config/problems/suggestion.ts';
import { readRate } from '../../config/units.ts';
import { type CommandLine, WrongUsage } from '../usage.ts';
import { answered, type GatewayCall, listed } from './gateway-call.ts';
import { findProject } from './projects.ts';
import { tableText } from './table.ts';

/** What the API shows of a key. */
interface ShownKey {
  readonly id: string;
  readonly key?: string;
  readonly name: string;
  readonly project: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** `keys create|list|revoke`; resolves with what is printed. */
export async function runKeys(line: CommandLine, call: GatewayCall, now: number): Promise<string> {
  switch (line.operand) {
    case 'create':
      return create(line, call, now);
    case 'revoke': {
      const revoked = (await answered(call, 'DELETE', `/keys/${encodeURIComponent(line.name ?? '')}`)) as ShownKey;
      return line.json ? JSON.stringify(revoked) : `revoked ${revoked.id} (${revoked.name})`;
    }
    default: {
      const project = await findProject(line.options.project, call);
      const keys = await listed(call, project === null ? '/keys' : `/keys?project=${project}`);
      return line.json ? JSON.stringify(keys) : keysText(keys as unknown as readonly ShownKey[]);
    }
  }
}

/** What `create` asks for; throws `WrongUsage` before anything is opened or called. */
export function keyWish({ name: word, options }: CommandLine, now: number) {
  const { name = word, scopes: given, expires, rate } = options;
  if (name === null) throw new WrongUsage('keys create needs a NAME, by which people know the key again');
  if (word !== null && word !== name) throw new WrongUsage(`the key is called "${word}" and "${name}": give one name`);
  if (given === undefined) throw new WrongUsage(`keys create needs --scopes, one or more of ${scopes.join(',')}`);
  const wanted = given.split(',');
  for (const scope of wanted)
    if (!scopes.some((known) => known === scope))
      throw new WrongUsage(`there is no scope "${scope}"${suggestion(scope, scopes)}`);
  const read = rate === undefined ? null : readRate(rate);
  if (read !== null && !read.ok) throw new WrongUsage(`--rate ${read.failure}`);
  return {
    name,
    scopes: wanted,
    ...(expires !== undefined && { expiresAt: expiryOf(expires, now) }),
    ...(rate !== undefined && { rate }),
  };
}

async function create(line: CommandLine, call: GatewayCall, now: number): Promise<string> {
  const project = await findProject(line.options.project, call);
  const body = { ...keyWish(line, now), ...(project !== null && { project }) };
  const made = (await answered(call, 'POST', '/keys', body)) as ShownKey;
  if (line.json) return JSON.stringify(made);
  return [
    `made ${made.id} (${made.name}) of ${made.project}: ${made.scopes.join(', ')}`,
    'It is shown this once. Keep it now:',
    made.key ?? '',
  ].join('\n');
}

/** `90d` from now, or a moment. */
function expiryOf(text: string, now: number): string {
  const ms = parseDuration(text);
  const at = ms === null ? Date.parse(text) : now + ms;
  // Beyond this no text of ours names a moment.
  if (Number.isNaN(at) || at > Date.UTC(9999, 0)) throw new WrongUsage(expiryRule(text));
  return new Date(at).toISOString();
}

function expiryRule(text: string): string {
  return `--expires must be a duration such as 90d, or a moment such as 2027-01-01T00:00:00Z, not "${text}"`;
}

function keysText(keys: readonly ShownKey[]): string {
  if (keys.length === 0) return 'there are no keys yet: posthorn keys create makes one';
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.prefix,
    key.project,
    key.scopes.join(','),
    key.lastUsedAt ?? 'never',
    stateOf(key),
  ]);
  return tableText(['ID', 'NAME', 'KEY', 'PROJECT', 'SCOPES', 'LAST USED', 'STATE'], rows);
}

function stateOf({ revokedAt, expiresAt }: ShownKey): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  return expiresAt === null ? 'valid' : `valid until ${expiresAt}`;
}
