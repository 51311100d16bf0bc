import { type Argument, type Expression, parseSync, Visitor } from 'oxc-parser';

/** One import of a file, whatever its form. */
export interface Import {
  readonly specifier: string;
  /** Loaded when the program gets there, instead of with the file. */
  readonly dynamic: boolean;
}

/** What the rules want to know of a source file. */
export interface Source {
  readonly imports: readonly Import[];
  /** Whether it passes on what another file exports. */
  readonly reexports: boolean;
  /** Calls like `fetch` and `Date.now` that are looked for, and `new Date` without arguments. */
  readonly calls: ReadonlySet<string>;
  /** Texts that something is compared with: by an operator, or as a case of a switch. */
  readonly compared: ReadonlySet<string>;
  /** Why it could not be read; null when it could. */
  readonly fault: string | null;
}

/** Reads imports, type-only ones and those of types included, with a real parser: a text search finds them in comments too. */
export function readSource(name: string, text: string): Source {
  const { program, module, errors } = parseSync(name, text);
  const imports: Import[] = [];
  const calls = new Set<string>();
  const compared = new Set<string>();
  const compare = (node: Expression | Argument | null) => {
    const text = literalOf(node);
    if (text !== null) compared.add(text);
  };
  const add = (node: Expression | Argument | null | undefined, dynamic: boolean) => {
    const specifier = literalOf(node);
    if (specifier !== null) imports.push({ specifier, dynamic });
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source, false),
    ExportNamedDeclaration: ({ source }) => add(source, false),
    ExportAllDeclaration: ({ source }) => add(source, false),
    TSImportType: ({ source }) => add(source, false),
    TSExternalModuleReference: ({ expression }) => add(expression, false),
    ImportExpression: ({ source }) => add(source, true),
    CallExpression({ callee, arguments: given }) {
      if (callee.type !== 'Identifier') return;
      calls.add(callee.name);
      if (callee.name === 'require') add(given[0], true);
    },
    BinaryExpression({ operator, left, right }) {
      if (!comparisons.has(operator)) return;
      compare(left);
      compare(right);
    },
    SwitchCase: ({ test }) => compare(test),
    MemberExpression({ object, property }) {
      if (object.type === 'Identifier' && property.type === 'Identifier') calls.add(`${object.name}.${property.name}`);
    },
    NewExpression({ callee, arguments: given }) {
      if (callee.type === 'Identifier' && given.length === 0) calls.add(`new ${callee.name}`);
    },
  }).visit(program);
  return {
    imports,
    reexports: module.staticExports.some(({ entries }) => entries.some(({ moduleRequest }) => moduleRequest !== null)),
    calls,
    compared,
    fault: errors[0]?.message ?? null,
  };
}

const comparisons: ReadonlySet<string> = new Set(['===', '!==', '==', '!=']);

function literalOf(node: Expression | Argument | null | undefined): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? null;
  return null;
}
