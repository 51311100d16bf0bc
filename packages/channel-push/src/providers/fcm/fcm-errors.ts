import { type Outcome, retryAfterOf } from '@posthorn/core';
import { TokenFailure } from './access-token.ts';
import type { Flight, Loss, Stage } from './fcm-agent.ts';

/** What FCM's answer says, as far as it decides anything. The answer itself may repeat the token, so it goes no further. */
interface Answer {
  readonly status: number;
  /** Whether it is FCM's own JSON error and not a page of something in between. */
  readonly isFcm: boolean;
  /** The `errorCode` of the FcmError detail: `UNREGISTERED`. */
  readonly fcmCode: string | null;
  /** The canonical status beside it: `NOT_FOUND`. */
  readonly canonical: string | null;
  readonly blamesToken: boolean;
  readonly retryAfterMs: number | null;
}

/** Google asks for at least a minute after its quota is used up. */
const quotaPauseMs = 60_000;

/**
 * The first rule that fits decides (firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). The SDK's own codes are too
 * coarse for it: it calls every 404 an unregistered token, also the one for a wrong project, and pruning by that would throw
 * away every token there is.
 *
 * An unregistered token is suppressed softly, since the app may register it again; a token of another sender not at all, since
 * with the wrong key file that is said of every token.
 */
const rules: readonly { readonly when: (answer: Answer) => boolean; readonly outcome: (answer: Answer) => Outcome }[] =
  [
    {
      when: ({ fcmCode }) => fcmCode === 'UNREGISTERED',
      outcome: () =>
        refusedAddress('UNREGISTERED', 'the app is gone from this device, or its token was replaced', 'soft'),
    },
    {
      when: ({ fcmCode }) => fcmCode === 'SENDER_ID_MISMATCH',
      outcome: () => refusedAddress('SENDER_ID_MISMATCH', 'the token belongs to another Firebase project'),
    },
    {
      when: ({ fcmCode }) => fcmCode === 'THIRD_PARTY_AUTH_ERROR' || fcmCode === 'APNS_AUTH_ERROR',
      outcome: ({ fcmCode }) =>
        misconfigured(String(fcmCode), 'the APNs certificate or the web push key in the Firebase project is not valid'),
    },
    {
      when: ({ status }) => status === 401,
      outcome: () => misconfigured('UNAUTHENTICATED', 'FCM does not accept the access token of the service account'),
    },
    {
      when: ({ status }) => status === 403,
      outcome: () =>
        misconfigured('PERMISSION_DENIED', 'the service account may not send, or the FCM API is switched off'),
    },
    {
      when: ({ status, isFcm }) => status === 404 && isFcm,
      outcome: () => misconfigured('NOT_FOUND', 'FCM does not know the Firebase project of the service account'),
    },
    {
      when: ({ status, isFcm, blamesToken }) => status === 400 && isFcm && blamesToken,
      outcome: () => refusedAddress('INVALID_ARGUMENT', 'FCM says that this is no registration token', 'hard'),
    },
    {
      when: ({ status, isFcm }) => (status === 400 || status === 413) && isFcm,
      outcome: ({ canonical }) =>
        refusedContent(canonical ?? 'INVALID_ARGUMENT', 'FCM does not accept the message as it is'),
    },
    {
      when: ({ status }) => status === 429,
      outcome: ({ fcmCode, canonical, retryAfterMs }) =>
        deferred(
          fcmCode ?? canonical ?? 'http_429',
          'the sending quota of the Firebase project is used up',
          Math.max(quotaPauseMs, retryAfterMs ?? 0),
        ),
    },
    {
      when: ({ status }) => status >= 300,
      outcome: ({ status, fcmCode, canonical, retryAfterMs }) =>
        deferred(
          fcmCode ?? canonical ?? `http_${status}`,
          `FCM could not take the message (HTTP ${status})`,
          retryAfterMs,
        ),
    },
    {
      when: () => true,
      outcome: () =>
        uncertain('unreadable_answer', 'FCM answered, but not in a form that says what became of the message'),
    },
  ];

/** What an error of the SDK means. */
export function outcomeOfError(error: unknown, flight: Pick<Flight, 'stage'>, now: number): Outcome {
  const { code, cause, httpResponse } = objectOf(error);
  if (cause instanceof TokenFailure) return outcomeOfToken(cause);
  if (httpResponse !== undefined) return outcomeOfAnswer(answerOf(objectOf(httpResponse), now));
  if (code === 'app/network-error' || code === 'app/network-timeout')
    return flight.stage === 'connected'
      ? uncertain('connection_lost', 'the connection broke after the message had left')
      : deferred('connection_failed', 'no connection to FCM could be made');
  if (code === 'app/invalid-credential') return misconfigured('invalid_credential', 'no access token could be had');
  // Refused before a request was made: the SDK checks what it is given.
  if (flight.stage === 'waiting' && typeof code === 'string' && code.startsWith('messaging/'))
    return refusedContent(code, 'the Firebase SDK does not accept the message as it is');
  return uncertain('unreadable_answer', 'the Firebase SDK could not make sense of the answer');
}

/** What it means when a send is given up while the SDK still waits. */
export function outcomeOfLoss(loss: Loss, stage: Stage): Outcome {
  if (loss === 'answer_cut_off') return uncertain(loss, 'the connection broke in the middle of the answer');
  if (loss === 'answer_too_large') return uncertain(loss, 'the answer was longer than any answer of FCM');
  switch (stage) {
    case 'waiting':
      return deferred('token_timeout', 'Google gave no access token in time');
    case 'connecting':
      return deferred('connect_timeout', 'no connection to FCM was made in time');
    case 'connected':
      return uncertain('timeout', 'FCM did not answer in time');
  }
}

function outcomeOfAnswer(answer: Answer): Outcome {
  const rule = rules.find(({ when }) => when(answer)) as (typeof rules)[number];
  return rule.outcome(answer);
}

function outcomeOfToken({ kind, code, retryAfterMs }: TokenFailure): Outcome {
  return kind === 'refused'
    ? misconfigured(code, 'Google refuses the key of the service account; a wrong clock looks the same')
    : deferred(`token_${code}`, 'Google gave no access token', retryAfterMs);
}

function answerOf(response: Readonly<Record<string, unknown>>, now: number): Answer {
  const body = objectOf(response['data']);
  const error = objectOf(body['error']);
  const details = Array.isArray(error['details']) ? error['details'].map(objectOf) : [];
  const fcmError = details.find((detail) => String(detail['@type']).endsWith('google.firebase.fcm.v1.FcmError'));
  const fields = details.flatMap(({ fieldViolations }) => (Array.isArray(fieldViolations) ? fieldViolations : []));
  const message = String(error['message'] ?? '');
  return {
    status: Number(response['status']),
    isFcm: error !== nothing,
    fcmCode: wordOf(fcmError?.['errorCode']),
    canonical: wordOf(error['status']),
    blamesToken:
      /registration token/i.test(message) || fields.some((field) => objectOf(field)['field'] === 'message.token'),
    retryAfterMs: retryAfterOf(objectOf(response['headers']), now),
  };
}

/** An enumeration value of Google's, and nothing that could carry more than a name. */
function wordOf(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(value) ? value : null;
}

const nothing: Readonly<Record<string, unknown>> = {};

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : nothing;
}

function refusedAddress(code: string, detail: string, suppress?: 'hard' | 'soft'): Outcome {
  return { kind: 'refused', because: 'address', code, detail, ...(suppress === undefined ? {} : { suppress }) };
}

function refusedContent(code: string, detail: string): Outcome {
  return { kind: 'refused', because: 'content', code, detail };
}

function deferred(code: string, detail: string, retryAfterMs: number | null = null): Outcome {
  return { kind: 'deferred', scope: 'account', retryAfterMs, code, detail };
}

function misconfigured(code: string, detail: string): Outcome {
  return { kind: 'misconfigured', code, detail };
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
