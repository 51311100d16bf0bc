import type { Problem } from '@posthorn/core';

/**
 * Every problem the API answers with, by its code: its HTTP status and title. `code` is stable; docs/problems.md is this
 * table in prose, and a test holds both to each other.
 */
export const problemTable = {
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_request: { status: 400, title: 'The request does not have the right shape' },
  unauthenticated: { status: 401, title: 'A valid key is needed' },
  callback_unreadable: { status: 400, title: 'The callback is not what its vendor sends' },
  missing_scope: { status: 403, title: 'The key may not do this' },
  callback_forged: { status: 403, title: 'The vendor did not send this callback' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This path does not take this method' },
  conflict: { status: 409, title: 'The state of the thing forbids it' },
  idempotency_in_progress: { status: 409, title: 'The first request with this key has not been answered yet' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be plain JSON' },
  unprocessable: { status: 422, title: 'The request breaks a rule' },
  no_route: { status: 422, title: 'No step of the plan can reach the recipient' },
  unsupported_yet: { status: 422, title: 'This version of Posthorn cannot do this yet' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'More than the limits allow for now' },
  budget_exhausted: { status: 429, title: 'The budget of the hour or the day is used up' },
  otp_resend_too_soon: { status: 429, title: 'The code before is too young' },
  otp_rate_limited: { status: 429, title: 'More codes than the limits allow for now' },
  otp_blocked: { status: 429, title: 'Codes of this address were guessed at too often' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'A fault of the gateway' },
  callback_unread: { status: 503, title: 'The provider could not read the callback' },
  overloaded: { status: 503, title: 'The gateway has too much to do' },
  storage_full: { status: 503, title: 'The disk of the store is full' },
  storage_unavailable: { status: 503, title: 'The store cannot be used' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemCode = keyof typeof problemTable;

/** A request can have a million faults; the answer names this many. */
export const mostErrors = 100;

/** RFC 9457, with our stable code, the request's id and the places in the request. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly Problem[];
}

/** What a handler throws to answer with a problem: the one exception that is an answer. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly Problem[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

export function problemDocument(
  problem: Pick<HttpProblem, 'code' | 'message' | 'errors'>,
  requestId: string,
): ProblemDocument {
  const { status, title } = problemTable[problem.code];
  const document = {
    type: `urn:posthorn:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId,
  };
  return problem.errors.length === 0 ? document : { ...document, errors: problem.errors.slice(0, mostErrors) };
}

/** A request of the wrong shape, every fault at once. */
export function invalidRequest(errors: readonly Problem[]): HttpProblem {
  return new HttpProblem('invalid_request', summary(errors), { errors });
}

/** A request that breaks rules. One that fails for a reason callers branch on is named by it. */
export function unprocessable(errors: readonly Problem[]): HttpProblem {
  const named = (['unsupported_yet', 'no_route'] as const).find((code) => errors.some((error) => error.code === code));
  return new HttpProblem(named ?? 'unprocessable', summary(errors), { errors });
}

function summary(errors: readonly Problem[]): string {
  const [first] = errors;
  if (!first) return 'the request was refused';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.pointer === '' ? 'the body' : first.pointer}: ${first.detail}${more}`;
}
