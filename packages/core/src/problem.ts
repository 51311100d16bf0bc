/**
 * One thing that is wrong with a request. `pointer` is an RFC 6901 JSON pointer into it; `code` is stable snake_case for
 * programs, `detail` says in words what to change. Neither ever repeats a full address, a code or a body.
 */
export interface Problem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** Why a text is not an address of a channel, or one that no message goes to. The detail does not repeat the text. */
export interface AddressProblem {
  readonly code: string;
  readonly detail: string;
}

/** The RFC 6901 pointer of a path of keys: `["to", "a/b"]` is `/to/a~1b`. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The same problem, seen from `prefix` further up in the document. */
export function nestProblem(prefix: string, problem: Problem): Problem {
  return { ...problem, pointer: prefix + problem.pointer };
}
