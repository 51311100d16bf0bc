import type { CallbackRequest } from '@posthorn/core';

/** Deeper than any stack: whoever walks through it by calling himself does not come back. */
const depth = 100_000;
const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** What anybody may send to a public address, and no vendor does. */
export const junkBodies: Readonly<Record<string, string | Uint8Array>> = {
  nothing: '',
  'white space': ' \r\n\t',
  'a page': '<!doctype html><html><body>Bad Gateway</body></html>',
  null: 'null',
  'a number': '12345678901234567890',
  'a text': '"delivered"',
  'an empty object': '{}',
  'an object in a list': '[{}]',
  'a list of nothing': '[null,[],5,"x",true]',
  'the prototype': '{"__proto__":{"status":"delivered"},"constructor":{"prototype":{}}}',
  'a half': '[{"status":"deliv',
  'deep lists': deep,
  'deep objects': `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  'a megabyte': 'a'.repeat(1 << 20),
  'a form of many fields': 'a=1&'.repeat(1 << 17),
  'bad escapes': '%=%&%zz=%f&=%e4%b8',
  'no UTF-8': Uint8Array.of(0x5b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x22, 0x5d),
  zeros: new Uint8Array(64),
};

/** The same request with another body. */
export function withBody(request: CallbackRequest, body: string | Uint8Array): CallbackRequest {
  return { ...request, body: typeof body === 'string' ? new TextEncoder().encode(body) : body };
}

/** At most this many places of a body are tried, spread over its length: the tests of all vendors run this. */
const mostPlaces = 48;

/** The body with one byte changed, at one place after the other. */
export function* changedBytes({ body }: CallbackRequest): Iterable<Uint8Array> {
  const step = Math.max(1, Math.floor(body.length / mostPlaces));
  for (let at = 0; at < body.length; at += step) {
    const changed = Uint8Array.from(body);
    // Stays printable: a letter becomes its neighbour, which a parser takes as readily.
    changed[at] = (body[at] as number) ^ 1;
    yield changed;
  }
}

/** Values that are there, and of no kind that a vendor sends. */
const strangeValues: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  true,
  '',
  ' ',
  '\u0000',
  'constructor',
  '__proto__',
  [],
  [[]],
  {},
  { length: 3 },
];
const strangeTexts = ['', ' ', '-1', '1e308', 'NaN', '%00', '%FF', '%F0%9F%92%A9', 'constructor', '__proto__'];

/** The body with every value in turn replaced by strange ones; nothing for a body that is neither JSON nor a form. */
export function strangeValuesIn({ body }: CallbackRequest): readonly string[] {
  const text = new TextDecoder().decode(body);
  const value = jsonIn(text);
  if (value !== undefined) return strangeJson(value).map((one) => JSON.stringify(one));
  return text.includes('=') ? strangeForms(text) : [];
}

function strangeForms(text: string): readonly string[] {
  const fields = text.split('&');
  return fields.flatMap((field, at) => {
    const name = field.split('=', 1)[0];
    const forms = strangeTexts.map((strange) => fields.with(at, `${name}=${strange}`));
    return [...forms, fields.toSpliced(at, 1), [...fields, field]].map((form) => form.join('&'));
  });
}

function strangeJson(value: unknown): readonly unknown[] {
  const inside =
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => strangeJson(inner).map((one) => replaced(value, key, one)));
  return [...strangeValues, ...inside];
}

function replaced(parent: object, key: string, value: unknown): unknown {
  return Array.isArray(parent) ? parent.with(Number(key), value) : { ...parent, [key]: value };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
