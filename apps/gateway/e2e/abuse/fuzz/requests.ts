import fc from 'fast-check';
import type { Target } from '../target.ts';
import { hostileTexts, mutated, mutations } from './mutations.ts';
import { type JsonSchema, valuesOf } from './schema-values.ts';

/** One request as it goes over the wire: valid HTTP, whatever else it is. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const headerTexts = fc.oneof(
  fc.constantFrom(...hostileTexts.map((text) => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 5_000))),
  fc.stringMatching(/^[\x21-\x7e]{0,40}$/),
);
const headerNames = fc.constantFrom(
  ...[
    'content-type',
    'content-encoding',
    'idempotency-key',
    'x-request-id',
    'authorization',
    'accept',
    'cookie',
    'origin',
  ],
  ...[
    'traceparent',
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'host',
    'range',
    'if-none-match',
    'x-http-method-override',
  ],
);
const parts = fc.oneof(
  fc.constantFrom(...hostileTexts.filter((text) => text.length < 1_000)).map(percentEncoded),
  fc.stringMatching(/^[\x21-\x22\x24-\x3e\x40-\x7e]{0,20}$/),
  fc.constantFrom('%', '%zz', '%c0%af', '..', '.', '%2e%2e', '%2f', '%E0%A4%A', '%ED%A0%80'),
);

/** Requests for one route: what it takes, and around it everything that it does not. */
export function requestsFor(target: Target, bodySchema: JsonSchema | null, key: string): fc.Arbitrary<FuzzedRequest> {
  const whole = bodySchema === null ? fc.constant<unknown>(target.json?.good ?? null) : valuesOf(bodySchema);
  const documents = fc
    .tuple(whole, fc.oneof(fc.constant([]), fc.array(mutations, { minLength: 1, maxLength: 2 })))
    .map(([document, changes]) => changes.reduce(mutated, document));
  return fc
    .record({
      document: documents,
      cut: oneIn(12, fc.nat(10_000)),
      method: oneIn(15, fc.constantFrom(...methods)),
      parameters: oneIn(2, fc.array(parts, { minLength: 1, maxLength: 3 })),
      query: oneIn(3, queriesOf(target)),
      headers: oneIn(4, fc.array(fc.tuple(headerNames, headerTexts), { maxLength: 3 })),
      idempotencyKey: oneIn(4, fc.nat(30)),
      bodyless: oneIn(20, fc.constant(true)),
    })
    .map((drawn) => {
      const hasBody = drawn.bodyless === null && (target.json !== undefined || drawn.document !== null);
      const text = JSON.stringify(drawn.document) ?? '';
      return {
        method: drawn.method ?? target.method,
        path: pathOf(target, drawn.parameters, drawn.query),
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          ...(drawn.idempotencyKey !== null && { 'idempotency-key': `fuzz-${drawn.idempotencyKey}` }),
          ...Object.fromEntries(drawn.headers ?? []),
        },
        body: hasBody ? (drawn.cut === null ? text : text.slice(0, drawn.cut % (text.length + 1))) : null,
      };
    });
}

function pathOf({ path, url }: Target, parameters: readonly string[] | null, query: string | null): string {
  let next = 0;
  const place = parameters === null ? url : path.replaceAll(/:\w+/g, () => parameters[next++] ?? 'x');
  return query === null ? place : `${place}${place.includes('?') ? '&' : '?'}${query}`;
}

function queriesOf({ query = [] }: Target): fc.Arbitrary<string> {
  const names = fc.constantFrom(...query, 'page', '__proto__', 'constructor', 'dryRun');
  return fc
    .array(fc.tuple(names, parts), { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value.replaceAll('#', '')}`).join('&'));
}

/** Null else. */
function oneIn<Value>(often: number, arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: often - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** Half surrogate pairs cannot be encoded: what a browser sends in their place. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
