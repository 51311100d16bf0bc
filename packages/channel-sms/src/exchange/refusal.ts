import { type Logger, type Outcome, retryAfterOf, unreadableAnswer, type VendorAnswer } from '@posthorn/core';
import { redact } from './saying.ts';
import { type CodeBook, verdictOf } from './verdict.ts';

/** An error in a vendor's words, wherever in its answer it stood. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What is needed beside the answer to make an outcome of it. */
export interface RefusalContext {
  readonly now: number;
  /** The words of this message: they are cut out of what the vendor says. */
  readonly confidential: readonly string[];
  readonly log: Logger;
}

/** The outcome of an answer other than an acceptance. A code that no list has earns a line in the log, so that the list grows. */
export function outcomeOfRefusal(
  book: CodeBook,
  { code, message }: Refusal,
  answer: VendorAnswer,
  { now, confidential, log }: RefusalContext,
): Outcome {
  if (!book.shape.test(code)) return outcomeOfStranger(answer, now);
  const verdict = verdictOf(book, code, answer.status);
  if (!Object.hasOwn(book.verdicts, code))
    log.warn(`${book.vendor} answered with a code that is on no list`, { code, outcome: verdict.kind });
  // About credentials a vendor may quote what it calculated the signature of: the whole request.
  const said = verdict.kind === 'misconfigured' ? '' : redact(message, confidential);
  const detail = said === '' ? verdict.detail : `${verdict.detail}; ${book.vendor} says: ${said}`;
  if (verdict.kind !== 'deferred') return { ...verdict, code, detail };
  const retryAfterMs = verdict.waitMs?.(now) ?? retryAfterOf(answer.headers, now);
  return { kind: 'deferred', scope: verdict.scope, elsewhere: true, retryAfterMs, code, detail };
}

/** What must not be repeated of an address for reports that a vendor was told: its end is its secret. */
export function tokenIn(callbackUrl: URL | null): readonly string[] {
  return callbackUrl?.pathname.split('/').slice(-1) ?? [];
}

/** The outcome of an answer that is not in the vendor's words. 429 alone says by itself that nothing was taken. */
export function outcomeOfStranger({ status, headers }: VendorAnswer, now: number): Outcome {
  if (status !== 429) return unreadableAnswer;
  const retryAfterMs = retryAfterOf(headers, now);
  return { kind: 'deferred', scope: 'account', retryAfterMs, code: 'http_429', detail: 'too many requests for now' };
}
