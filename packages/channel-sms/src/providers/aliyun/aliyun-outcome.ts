import { type Outcome, unreadableAnswer } from '@posthorn/core';
import { isRecord, textIn } from '../../exchange/answer.ts';
import { digitRun, redact } from '../../exchange/saying.ts';
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
  if (!codeShape.test(answer.code)) return unreadableAnswer;
  const verdict = verdictOf(answer);
  const code = answer.code.replaceAll(digitRun, '***');
  // About credentials the vendor may quote what it calculated the signature of: the whole request.
  const said = verdict.kind === 'misconfigured' ? '' : redact(answer.message, confidential);
  const detail = said === '' ? verdict.detail : `${verdict.detail}; Aliyun says: ${said}`;
  if (verdict.kind !== 'deferred') return { ...verdict, code, detail };
  const retryAfterMs = verdict.window ? windowMs(answer.message, now) : answer.retryAfterMs;
  return { kind: 'deferred', scope: verdict.scope, elsewhere: true, retryAfterMs, code, detail };
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
