import type { Egress, EgressAnswer } from './egress.ts';
import type { Outcome } from './outcome.ts';
import { fail, ok, type Result } from './result.ts';

/** A request as it goes to a vendor: everything that a signature may cover. */
export interface VendorRequest {
  /** At the vendor's own address, or at the one that the config names instead. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of a vendor, its body read to the end. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Posts once to an account's vendor: the answer, or what the attempt came to without one. Never rejects for an expected case. */
export async function askVendor(
  egress: Egress,
  { url, headers, body }: VendorRequest,
  signal: AbortSignal,
): Promise<Result<VendorAnswer, Outcome>> {
  if (signal.aborted) return fail(tooLate);
  const answer = await egress({ method: 'POST', url, namedBy: 'operator', headers, body, signal });
  if (answer.kind !== 'answered') return fail(outcomeWithout(answer));
  // An answer to one message is a few hundred bytes.
  if (answer.truncated) return fail(unreadableAnswer);
  const { buffer, byteOffset, byteLength } = answer.body;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString();
  return ok({ status: answer.status, headers: answer.headers, text });
}

/** What surely did not leave may go later, and nothing else of the account will go now; of the rest the vendor may have the message. */
function outcomeWithout(answer: Exclude<EgressAnswer, { readonly kind: 'answered' }>): Outcome {
  switch (answer.kind) {
    case 'unreachable':
      return { kind: 'deferred', scope: 'account', retryAfterMs: null, code: answer.code, detail: answer.detail };
    case 'interrupted':
      return { kind: 'uncertain', code: answer.code, detail: answer.detail };
    case 'forbidden':
      return { kind: 'misconfigured', code: 'blocked_address', detail: answer.detail };
  }
}

/** Whoever answered, it was not in the vendor's words: it may have the message. */
export const unreadableAnswer = {
  kind: 'uncertain',
  code: 'unreadable_answer',
  detail: 'the answer could not be read, so what became of the message is not known',
} as const satisfies Outcome;

/** The time was up before the vendor was asked. */
export const tooLate = {
  kind: 'deferred',
  scope: 'delivery',
  retryAfterMs: null,
  code: 'aborted',
  detail: 'the time was up before the vendor was asked',
} as const satisfies Outcome;
