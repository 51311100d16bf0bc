import { isWithin, type Path } from '../problems/problem.ts';
import { mask } from '../secret.ts';

/** What must not be seen of an account: by place, and by value wherever a provider's schema may have carried it. */
export interface Hidden {
  readonly paths: readonly Path[];
  readonly values: readonly string[];
}

/** A setting that a provider forgot to list among its secrets; better one mask too many. */
const tellingName = /secret|passw|passphrase|token|credential|authorization|(private|api)[-_]?key/i;
/** A shorter value stands inside innocent texts by chance. */
const minContainedLength = 6;

/** Settings as plain data with `***` for what is hidden. Never throws, whatever a schema has made of them. */
export function maskSettings(settings: unknown, hidden: Hidden): unknown {
  const copy = (node: unknown, path: Path, above: readonly unknown[]): unknown => {
    const name = path.findLast((key) => typeof key === 'string') ?? '';
    if (node === undefined || node === null) return null;
    if (hidden.paths.some((each) => isWithin(path, each)) || tellingName.test(String(name))) return mask;
    if (node instanceof URL) return maskText(node.href, hidden.values);
    if (typeof node !== 'object') return typeof node === 'string' ? maskText(node, hidden.values) : maskOther(node);
    if (above.includes(node)) return mask;
    const deeper = [...above, node];
    if (Array.isArray(node)) return node.map((item, index) => copy(item, [...path, index], deeper));
    // What is not plain data (a key object, a buffer) has no spelling in a file, and may well be the secret.
    const prototype: unknown = Object.getPrototypeOf(node);
    if (prototype !== Object.prototype && prototype !== null) return mask;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, copy(value, [...path, key], deeper)]));
  };
  return copy(settings, [], []);
}

/** The text without any of the values; for messages of plugins, which may quote what they were given. */
export function maskText(text: string, values: readonly string[]): string {
  return values.reduce((shown, value) => {
    if (value !== '' && shown === value) return mask;
    return value.length < minContainedLength ? shown : shown.replaceAll(value, mask);
  }, text);
}

function maskOther(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? value : mask;
}
