import fc from 'fast-check';

/** As much of JSON Schema as the schemas of this program use. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly contentEncoding?: string;
  /** Values that a schema cannot tell: addresses, times. */
  readonly examples?: readonly unknown[];
}

/** Longer texts and lists are for the mutations: thousands of requests carry these. */
const longest = 200;
const mostItems = 3;

/** Values that a schema lets through, most of them at the edges of what it says. */
export function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.examples !== undefined) return fc.constantFrom(...schema.examples);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valuesOf));
  switch (schema.type) {
    case 'object':
      return objectsOf(schema);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(Math.min(schema.maxItems ?? mostItems, mostItems), schema.minItems ?? 0),
      });
    case 'string':
      return textsOf(schema);
    case 'integer':
      return fc.integer({ min: bounded(schema.minimum ?? -1_000), max: bounded(schema.maximum ?? 1_000) });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function bounded(number: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, number));
}

function objectsOf({ properties = {}, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  if (typeof additionalProperties === 'object')
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valuesOf(additionalProperties), { maxKeys: mostItems });
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const values = valuesOf(schema);
      // With all of its members at once an object of many is refused for one of them nearly always.
      return [
        name,
        required.includes(name)
          ? values
          : fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values }),
      ];
    }),
  );
  return fc
    .record(members)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));
}

function textsOf({
  minLength = 0,
  maxLength = longest,
  pattern,
  format,
  contentEncoding,
}: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uri') return fc.webUrl({ withQueryParameters: true });
  if (contentEncoding === 'base64') return fc.base64String({ minLength: 4, maxLength: 400 });
  // What looks ahead or behind cannot be made of its pattern; such texts are left to chance.
  if (pattern !== undefined && !pattern.includes('(?')) return fc.stringMatching(new RegExp(pattern));
  const most = Math.min(maxLength, longest);
  return fc.oneof(
    fc.string({ minLength, maxLength: most }),
    fc.string({ minLength, maxLength: most, unit: 'grapheme' }),
    fc.constant('x'.repeat(maxLength <= 2_000 ? maxLength : most)),
  );
}
