/** What counts as success beyond the usual 2xx: which statuses, and what the JSON of the answer says at some places. */
export interface Success {
  readonly status?: readonly number[] | undefined;
  /** By RFC 6901 pointer: `/errcode` is 0. */
  readonly json?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/** `unreadable`: it has a status of success, but not the JSON that would tell. */
export type Judgement = 'success' | 'failure' | 'unreadable';

export function judged(success: Success, status: number, body: Uint8Array): Judgement {
  const isSuccess = success.status?.includes(status) ?? (status >= 200 && status < 300);
  if (!isSuccess) return 'failure';
  if (success.json === undefined) return 'success';
  const answer = jsonIn(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  if (answer === undefined) return 'unreadable';
  return Object.entries(success.json).every(([pointer, expected]) => valueAt(answer, pointer) === expected)
    ? 'success'
    : 'failure';
}

/** The value of a JSON text; undefined when it is none, which no JSON is. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What stands at a pointer, by own properties only; undefined when nothing does. */
function valueAt(node: unknown, pointer: string): unknown {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    node,
  );
}
