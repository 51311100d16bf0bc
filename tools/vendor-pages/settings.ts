import { jsonSchemaOf, type ProviderKind } from '@posthorn/core';
import { table } from './markdown.ts';

type Node = Readonly<Record<string, unknown>>;

/** One setting of an account, `pool.maxConnections` where it is in a block. */
interface Setting {
  readonly path: string;
  readonly must: boolean;
  readonly node: Node;
}

/** What an account has to fill in, from the same schema that checks it. */
export function settingsTable({ settings, secrets }: ProviderKind): string {
  const rows = settingsIn(jsonSchemaOf(settings)).map(({ path, must, node }) => {
    const isSecret = secrets.some((secret) => secret === path || path.startsWith(`${secret}.`));
    const told = [
      `\`${path}\`${isSecret ? ' · secret' : ''}`,
      must ? 'must be given' : defaultOf(node),
      kindOf(node),
      String(node['description'] ?? ''),
    ];
    return told;
  });
  return table(['setting', 'without it', 'what', 'meaning'], rows);
}

/** The settings that an account cannot do without, for an example. */
export function neededSettings(kind: ProviderKind): readonly { readonly name: string; readonly isSecret: boolean }[] {
  return settingsIn(jsonSchemaOf(kind.settings))
    .filter(({ must, path }) => must && !path.includes('.'))
    .map(({ path }) => ({ name: path, isSecret: kind.secrets.includes(path) }));
}

function settingsIn(schema: Node, prefix = ''): readonly Setting[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Node>>);
  const required = (schema['required'] ?? []) as readonly string[];
  const own = properties.flatMap(([name, node]) => {
    const setting = { path: `${prefix}${name}`, must: required.includes(name), node };
    return [setting, ...settingsIn(node, `${setting.path}.`)];
  });
  return [...own, ...settingsOfOne(schema, prefix)];
}

/** Where a block is one of several, each has its settings, and what sets them apart comes once, with all its values. */
function settingsOfOne(schema: Node, prefix: string): readonly Setting[] {
  const choices = ((schema['oneOf'] ?? schema['anyOf'] ?? []) as readonly Node[]).map((one) => settingsIn(one, prefix));
  const settings = choices.flat();
  return [...new Set(settings.map(({ path }) => path))].map((path): Setting => {
    const same = settings.filter((one) => one.path === path) as [Setting, ...Setting[]];
    const values = same.flatMap(({ node }) => ('const' in node ? [node['const']] : []));
    const node = values.length === same.length ? { ...same[0].node, const: undefined, enum: values } : same[0].node;
    return { path, must: same.every(({ must }) => must), node };
  });
}

function defaultOf(node: Node): string {
  const value = node['default'];
  if (value === undefined) return '';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : String(value)}\``;
}

function kindOf(node: Node): string {
  if (Array.isArray(node['enum'])) return node['enum'].map((value) => `\`${String(value)}\``).join(', ');
  if (node['const'] !== undefined) return `\`${String(node['const'])}\``;
  if (node['oneOf'] !== undefined || node['anyOf'] !== undefined) return 'one of several';
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    object: 'block',
    array: 'list',
    boolean: '`true` or `false`',
  };
  const kind = String(node['type'] ?? 'any');
  return words[kind] ?? kind;
}
