import type { Path } from './problem.ts';

type Node = Readonly<Record<string, unknown>>;

/** The keys that an object at `path` may have according to a JSON Schema; the union of them where it offers a choice. */
export function nestedKeys(schema: unknown, path: Path): readonly string[] {
  const found = nodesAt(schema, path, schema).flatMap((node) => Object.keys(nodeOf(node['properties']) ?? {}));
  return [...new Set(found)];
}

function nodesAt(schema: unknown, path: Path, root: unknown, references = 0): readonly Node[] {
  const node = nodeOf(schema);
  if (!node) return [];
  if (typeof node['$ref'] === 'string') {
    // A chain of references that leads back to itself would never end; no real schema is 16 deep at one place.
    return references > 16 ? [] : nodesAt(target(root, node['$ref']), path, root, references + 1);
  }
  const choices = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (Array.isArray(node[key]) ? node[key] : []));
  const [head, ...rest] = path;
  const own = head === undefined ? [node] : nodesAt(child(node, head), rest, root, references);
  return [...own, ...choices.flatMap((choice) => nodesAt(choice, path, root, references + 1))];
}

function child(node: Node, key: string | number): unknown {
  if (typeof key === 'number') return node['items'];
  const properties = nodeOf(node['properties']);
  return properties && Object.hasOwn(properties, key) ? properties[key] : node['additionalProperties'];
}

function target(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return null;
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => nodeOf(at)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], root);
}

function nodeOf(value: unknown): Node | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : null;
}
