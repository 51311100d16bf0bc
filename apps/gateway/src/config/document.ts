import { fail, ok, type Result } from '@posthorn/core';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type ConfigProblem, type Finding, type Path, type Place, pathText } from './problems/problem.ts';

/** A YAML file as plain data, and where in it each value stands. */
export interface ConfigDocument {
  /** Objects, lists, texts, numbers, booleans and null; null for an empty file. */
  readonly tree: unknown;
  /** Where `path` stands, or the nearest thing above it that is in the file; null at the very top. */
  placeOf(path: Path): Place | null;
}

/** A bomb of aliases that repeat aliases ends here; a file of a person repeats a handful of blocks. */
const maxAliases = 100;
const maxDepth = 64;
const maxProblems = 20;
const coreTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

/** Reads YAML 1.2 with its core schema only: no other tags, no key twice, no merge keys, one document. */
export function parseConfigDocument(text: string): Result<ConfigDocument, readonly ConfigProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  });
  const placed = (offset: number, path: Path, detail: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { path: pathText(path), line, column: col, detail };
  };
  const exhausted = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  if (exhausted) return fail([placed(exhausted.pos[0], [], tooDeep)]);
  const read = survey(document);
  const problems = [
    ...document.errors.map(({ code, message, pos }) =>
      placed(pos[0], pathAt(read.seen, pos[0]), wording(code, message)),
    ),
    ...read.findings.map((found) => placed(found.offset, found.path, found.detail)),
  ];
  if (problems.length > 0) return fail(problems.slice(0, maxProblems));
  const places = (path: Path) => {
    const offset = offsetOf(document, path);
    if (offset === null) return null;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  return treeOf(document, places);
}

const tooDeep = 'the file is nested too deeply';
const wordings: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice: remove one of them',
  MULTIPLE_DOCS: 'the file must hold one YAML document: remove the "---" and what follows it',
  NON_STRING_KEY: 'a key must be a text: put it in quotes',
  TAB_AS_INDENT: 'tabs cannot indent YAML: use spaces',
};

/** The parser ends some messages with the text it stumbled over, which may be a secret. */
function wording(code: string, message: string): string {
  return wordings[code] ?? `is not valid YAML: ${message.replace(/: ".*$/s, '')}`;
}

function treeOf(
  document: Document,
  placeOf: ConfigDocument['placeOf'],
): Result<ConfigDocument, readonly ConfigProblem[]> {
  try {
    return ok({ tree: document.toJS({ maxAliasCount: maxAliases }), placeOf });
  } catch (error) {
    // Cycles and unknown anchors were found before; what is left is the bound on aliases.
    return fail([{ path: '', detail: `the file repeats too much by aliases: ${String(error)}` }]);
  }
}

interface Seen {
  readonly path: Path;
  readonly offset: number;
}

interface Survey {
  readonly seen: Seen[];
  readonly findings: (Finding & Seen)[];
}

/** Walks every node once and finds what the parser allows but a configuration must not have. */
function survey(document: Document): Survey {
  const result: Survey = { seen: [], findings: [] };
  const walk = (node: unknown, path: Path, above: readonly unknown[]): void => {
    const offset = startOf(node);
    const say = (detail: string) => result.findings.push({ path, offset, detail });
    if (above.length > maxDepth) {
      say(tooDeep);
    } else if (isAlias(node)) {
      const anchored = node.resolve(document);
      if (!anchored) say(`there is no anchor "${node.source}" above`);
      else if (above.includes(anchored)) say(`the alias "${node.source}" contains itself`);
    } else {
      const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
      if (tag !== undefined && !coreTags.has(tag)) say('has a tag that is not known here: remove the word behind "!"');
      for (const [key, keyOffset, child] of childrenOf(node)) {
        const childPath = [...path, key];
        result.seen.push({ path: childPath, offset: keyOffset });
        if (key === '__proto__')
          result.findings.push({ path: childPath, offset: keyOffset, detail: 'cannot be a key' });
        else walk(child, childPath, [...above, node]);
      }
    }
  };
  walk(document.contents, [], []);
  return result;
}

/** The entries of a map or a list: key, where it starts, value. */
function childrenOf(node: unknown): readonly (readonly [string | number, number, unknown])[] {
  if (isMap(node)) return node.items.map((pair) => [keyText(pair.key), startOf(pair.key), pair.value]);
  if (isSeq(node)) return node.items.map((item, index) => [index, startOf(item), item]);
  return [];
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** The path of what starts at `offset`, or of the last thing before it. */
function pathAt(seen: readonly Seen[], offset: number): Path {
  return seen.findLast((entry) => entry.offset <= offset)?.path ?? [];
}

function offsetOf(document: Document, path: Path): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const key of path) {
    const container = isAlias(node) ? node.resolve(document) : node;
    const entry = childrenOf(container).find(([own]) => String(own) === String(key));
    if (!entry) break;
    [, offset, node] = entry;
  }
  return offset;
}
