import { type Channel, jsonSchemaOf, type ProviderKind, sandboxProvider } from '@posthorn/core';
import { z } from 'zod';
import type { Path } from './problems/problem.ts';
import { accountSettings, fileJsonSchema, unsupportedYet } from './schema.ts';

type Node = Record<string, unknown>;

/**
 * The JSON Schema of the file for editors: what this version carries out, with the settings of every provider of the given
 * channels. Wherever a text may stand, so may a reference to one.
 */
export function configJsonSchema(channels: readonly Channel[]): Readonly<Record<string, unknown>> {
  const schema = fileJsonSchema();
  for (const { path, value } of unsupportedYet) leaveOut(schema, path, value);
  const definitions: Node = { reference };
  const block = nodeIn(schema, ['properties', 'channels', 'additionalProperties']);
  const named = channels.map((channel) => [channel.name, channelSchema(channel, block, definitions)] as const);
  const whole = withReferences({
    ...schema,
    title: 'Posthorn configuration',
    properties: {
      ...nodeIn(schema, ['properties']),
      channels: { ...nodeIn(schema, ['properties', 'channels']), properties: Object.fromEntries(named) },
    },
  });
  return { ...nodeOf(whole), $defs: definitions };
}

const reference: Node = {
  description: 'A value kept outside of this file.',
  anyOf: ['env', 'file'].map((kind) => ({
    type: 'object',
    properties: { [kind]: { type: 'string', minLength: 1 } },
    required: [kind],
    additionalProperties: false,
  })),
};

function channelSchema(channel: Channel, block: Node, definitions: Node): Node {
  const kinds = [...channel.providers, sandboxProvider(channel.sandbox)];
  const accounts = {
    ...nodeIn(block, ['properties', 'accounts']),
    minProperties: 1,
    additionalProperties: { anyOf: kinds.map((kind) => accountSchema(channel, kind, definitions)) },
  };
  return { ...block, properties: { ...nodeIn(block, ['properties']), accounts } };
}

function accountSchema(channel: Channel, kind: ProviderKind, definitions: Node): Node {
  const place = `${channel.name}.${kind.name}`;
  const moved = { found: false };
  const settings = nodeOf(withMovedReferences(settingsSchema(kind), `#/$defs/${place}`, moved));
  // A recursive schema points into itself: it needs a place in this document to point into.
  if (moved.found) definitions[place] = settings;
  const only = channel.providers.length === 1 && channel.providers[0] === kind;
  return withCommonSettings(settings, kind.name, only);
}

/** A plugin's schema that cannot say itself as JSON Schema is one about which an editor knows nothing. */
function settingsSchema(kind: ProviderKind): unknown {
  try {
    return jsonSchemaOf(kind.settings);
  } catch {
    return { type: 'object', description: 'The schema of this plugin cannot describe itself as JSON Schema.' };
  }
}

/** Adds `use` and the rest to the provider's settings; where these are a choice of shapes, to each of them. */
function withCommonSettings(settings: Node, use: string, useIsOptional: boolean): Node {
  for (const choice of ['anyOf', 'oneOf'] as const) {
    const branches = settings[choice];
    if (Array.isArray(branches)) {
      return { ...settings, [choice]: branches.map((each) => withCommonSettings(nodeOf(each), use, useIsOptional)) };
    }
  }
  const common = nodeIn(z.toJSONSchema(accountSettings, { io: 'input' }), ['properties']);
  const required = Array.isArray(settings['required']) ? settings['required'] : [];
  const { $schema: _, $defs: __, ...rest } = settings;
  return {
    ...rest,
    properties: { ...nodeIn(settings, ['properties']), ...common, use: { const: use } },
    required: useIsOptional ? required : ['use', ...required],
  };
}

function leaveOut(schema: Node, path: Path, value: string | undefined): void {
  const parents = path.slice(0, -1).flatMap((key) => ['properties', String(key)]);
  const parent = nodeIn(schema, parents);
  const key = String(path.at(-1));
  for (const choice of ['anyOf', 'oneOf']) {
    const branches = parent[choice];
    if (value === undefined || !Array.isArray(branches)) continue;
    parent[choice] = branches.filter((branch) => nodeIn(nodeOf(branch), ['properties', key])['const'] !== value);
  }
  if (value === undefined) Reflect.deleteProperty(nodeIn(parent, ['properties']), key);
}

/** Lets a reference stand for every text that is a setting or an item of a list; definitions stay as they are. */
function withReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withReferences);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === 'properties') {
        return [
          key,
          Object.fromEntries(Object.entries(nodeOf(value)).map(([name, each]) => [name, orReference(each)])),
        ];
      }
      if (key === 'items' || key === 'additionalProperties') return [key, orReference(value)];
      return [key, notSettings.has(key) ? value : withReferences(value)];
    }),
  );
}

const notSettings = new Set(['propertyNames', 'default', 'enum', 'const', '$defs']);

function orReference(schema: unknown): unknown {
  const inner = withReferences(schema);
  const node = nodeOf(inner);
  const branches = [node, ...(Array.isArray(node['anyOf']) ? node['anyOf'].map(nodeOf) : [])];
  if (!branches.some((branch) => branch['type'] === 'string')) return inner;
  return { anyOf: [inner, { $ref: '#/$defs/reference' }] };
}

/** Points references of an embedded schema to where it stands in this document. */
function withMovedReferences(node: unknown, place: string, moved: { found: boolean }): unknown {
  if (Array.isArray(node)) return node.map((item) => withMovedReferences(item, place, moved));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key !== '$ref' || typeof value !== 'string' || !value.startsWith('#')) {
        return [key, withMovedReferences(value, place, moved)];
      }
      moved.found = true;
      return [key, `${place}${value.slice(1)}`];
    }),
  );
}

function nodeIn(node: Node, path: readonly string[]): Node {
  return path.reduce<Node>((at, key) => nodeOf(at[key]), node);
}

function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}
