import { type EgressAnswer, type Outcome, retryAfterOf } from '@posthorn/core';
import { judged, type Success } from './success.ts';

/** Another server may well take what this one does not: nothing that one endpoint says is about the account. */
const scope = 'address';

/** What an exchange with an endpoint came to. Its words stay unused: a stranger's answer may say anything. */
export function outcomeOf(answer: EgressAnswer, success: Success, now: number): Outcome {
  switch (answer.kind) {
    case 'answered':
      return outcomeOfAnswer(answer, success, now);
    case 'forbidden':
      // What a name leads to may be mended; an address that says it itself was refused before.
      return { kind: 'deferred', scope, retryAfterMs: null, code: blockedAddress, detail: answer.detail };
    case 'unreachable':
      return { kind: 'deferred', scope, retryAfterMs: null, code: answer.code, detail: answer.detail };
    case 'interrupted':
      return { kind: 'uncertain', scope, code: answer.code, detail: answer.detail };
  }
}

export const blockedAddress = 'blocked_address';

type Answered = Extract<EgressAnswer, { readonly kind: 'answered' }>;

function outcomeOfAnswer({ status, headers, body }: Answered, success: Success, now: number): Outcome {
  const judgement = judged(success, status, body);
  if (judgement === 'success') return { kind: 'accepted', vendorId: null };
  if (judgement === 'unreadable')
    return {
      kind: 'uncertain',
      scope,
      code: 'unreadable_answer',
      detail: 'the answer is not the JSON that would tell',
    };
  const told = { code: `http_${status}`, detail: detailOf(status) };
  if (waits.has(status)) return { kind: 'deferred', scope, retryAfterMs: retryAfterOf(headers, now), ...told };
  if (status >= 500) return { kind: 'uncertain', scope, ...told };
  // It has read the message and said no in its own words: a busy receiver as well as one that will never take it.
  if (status >= 200 && status < 300) return { kind: 'deferred', scope, retryAfterMs: null, ...notTaken };
  if (status === 410) return { kind: 'refused', because: 'address', suppress: 'hard', ...told };
  return { kind: 'refused', because: refusesContent(status) ? 'content' : 'address', ...told };
}

const notTaken = { code: 'not_accepted', detail: 'the answer does not say what success is said to be' };

/** Not taken, and later it may be: our signature or a header may be unknown for a while, the receiver busy or not ready. */
const waits: ReadonlySet<number> = new Set([401, 403, 408, 425, 429, 503]);

function refusesContent(status: number): boolean {
  return status >= 400 && ![404, 405, 410].includes(status);
}

function detailOf(status: number): string {
  if (status >= 300 && status < 400)
    return 'the endpoint points elsewhere: redirects are not followed, name the place itself';
  if (status === 401 || status === 403) return 'the endpoint does not take our signature or headers';
  if (status === 404) return 'there is no such endpoint';
  if (status === 410) return 'the endpoint is gone for good';
  if (status === 429 || status === 503) return 'the endpoint asks to wait';
  return status >= 500 ? 'a fault inside the endpoint, at an unknown moment' : 'the endpoint did not take the message';
}
