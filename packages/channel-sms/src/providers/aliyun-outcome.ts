import type { Outcome } from '@posthorn/core';
import { families, type Verdict, verdictByStatus, verdicts, windows } from './aliyun-codes.ts';

/** An answer of the vendor that could be read, whether the SDK returned it or threw it. */
export interface AliyunAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  /** What the vendor asked to wait. */
  readonly retryAfterMs: number | null;
}

/** The outcome of an answer other than OK. `confidential` are the words of this message: they are cut out of what the vendor says. */
export function outcomeOfRefusal(answer: AliyunAnswer, now: number, confidential: readonly string[]): Outcome {
  if (!codeShape.test(answer.code)) return unreadable;
  const verdict = verdictOf(answer);
  const code = answer.code.replaceAll(digitRun, '***');
  // About credentials the vendor may quote what it calculated the signature of: the whole request.
  const said = verdict.kind === 'misconfigured' ? '' : redact(answer.message, confidential);
  const detail = said === '' ? verdict.detail : `${verdict.detail}; Aliyun says: ${said}`;
  if (verdict.kind !== 'deferred') return { ...verdict, code, detail };
  const retryAfterMs = verdict.window ? windowMs(answer.message, now) : answer.retryAfterMs;
  return { kind: 'deferred', scope: verdict.scope, retryAfterMs, code, detail };
}

/** True when no list has the code: worth a line in the log, so that the list grows. */
export function isUnlisted(code: string): boolean {
  return !Object.hasOwn(verdicts, withoutPrefix(code));
}

function verdictOf({ code, status }: AliyunAnswer): Verdict {
  const name = withoutPrefix(code);
  const listed = Object.hasOwn(verdicts, name) ? verdicts[name] : undefined;
  return listed ?? families.find(({ prefix }) => code.startsWith(prefix))?.verdict ?? verdictByStatus(status);
}

function withoutPrefix(code: string): string {
  return code.replace(/^is[vp]\./, '');
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The vendor's clock and ours differ a little: a try at the very turn of the window would only use up an attempt. */
const marginMs = 1_000;

/**
 * The wait until a full window is over. Minutes and hours are those of the wall clock in UTC+8, which turn together with
 * UTC; a day is 24 hours from the send that filled it, which may be this very one ("Frequency limits of SMS"). A message
 * that names no window means the hour: the minute would ask again too soon.
 */
function windowMs(message: string, now: number): number {
  const window = windows.find(({ sign }) => sign.test(message))?.window ?? 'hour';
  if (window === 'day') return dayMs;
  const length = window === 'hour' ? hourMs : minuteMs;
  return length - (now % length) + marginMs;
}

/** What a code of the vendor looks like; anything else is somebody else's answer. */
const codeShape = /^[A-Za-z][\w.-]{0,63}$/;

const longestSaying = 200;
/** Three digits and more, in any script and with gaps: a code or (a piece of) a phone number. */
const digitRun = /\p{Nd}(?:[\s\-.]?\p{Nd}){2,}/gu;

/** The vendor's words without what is confidential. Its messages repeat numbers and values now and then. */
function redact(message: string, confidential: readonly string[]): string {
  const words = confidential.filter((word) => word.length > 1).toSorted((a, b) => b.length - a.length);
  const safe = words.reduce((text, word) => text.replaceAll(word, '***'), message).replaceAll(digitRun, '***');
  return [...safe.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()].slice(0, longestSaying).join('');
}

/** What the SDK threw, as the answer it was made from; null when there was none that could be read. */
export function answerIn(thrown: unknown): AliyunAnswer | null {
  if (!isRecord(thrown) || typeof thrown['statusCode'] !== 'number' || !isRecord(thrown['data'])) return null;
  const { data, statusCode, retryAfter } = thrown;
  const code = textIn(data, 'Code', 'code');
  if (code === '') return null;
  return {
    status: statusCode,
    code,
    message: textIn(data, 'Message', 'message'),
    requestId: textIn(data, 'RequestId', 'requestId'),
    // The SDK reads `x-acs-retry-after` and takes it for milliseconds.
    retryAfterMs: typeof retryAfter === 'number' && Number.isFinite(retryAfter) ? retryAfter : null,
  };
}

function textIn(record: Readonly<Record<string, unknown>>, ...keys: readonly string[]): string {
  return keys.map((key) => record[key]).find((value) => typeof value === 'string') ?? '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Codes of faults that come before the request leaves: no name, no connection, no trust. */
const unsentCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at the endpoint',
  ENOTFOUND: "the endpoint's name is not known",
  EAI_AGAIN: "the endpoint's name could not be looked up for now",
  CERT_HAS_EXPIRED: "the endpoint's certificate has expired",
  CERT_NOT_YET_VALID: "the endpoint's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the endpoint's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the endpoint's certificate is self-signed",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the endpoint's certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the endpoint's certificate comes from an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the endpoint's certificate is for another name",
};

/** Node's words when a connection ends within the TLS handshake (`_tls_wrap`); its code is an ordinary ECONNRESET. */
const brokenHandshake = 'Client network socket disconnected before secure TLS';

/**
 * The outcome when no answer could be read. Only a fault that surely came before the request left is `deferred`: the SDK's
 * "ConnectTimeout" is an idle timer and proves nothing. The error's message stays unused, since it has the URL in it, and
 * that has the number and the code.
 */
export function outcomeOfFault(thrown: unknown): Outcome {
  const fault = isRecord(thrown) && Array.isArray(thrown['errors']) ? (thrown['errors'][0] as unknown) : thrown;
  const { code, syscall, name, message } = isRecord(fault) ? fault : {};
  if (typeof code === 'string' && Object.hasOwn(unsentCodes, code)) return unsent(code, unsentCodes[code] ?? '');
  if (syscall === 'connect') return unsent('no_connection', 'no connection to the endpoint');
  if (typeof message === 'string' && message.startsWith(brokenHandshake))
    return unsent('no_connection', 'the connection broke before it was secure');
  if (name === 'RequestTimeoutError') return noAnswer;
  if (fault instanceof SyntaxError)
    return uncertain('unreadable_answer', 'the answer is not from Aliyun: it is not JSON');
  if (code === 'ECONNRESET' || code === 'EPIPE' || message === 'aborted')
    return uncertain('connection_lost', 'the connection broke before the answer was there');
  return unreadable;
}

const unreadable: Outcome = uncertain('unreadable_answer', 'the answer could not be read');

/** The vendor did not answer in time: it may have the message. */
export const noAnswer: Outcome = uncertain('timeout', 'no answer in time');

function unsent(code: string, detail: string): Outcome {
  return { kind: 'deferred', scope: 'account', retryAfterMs: null, code: code.toLowerCase(), detail };
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
