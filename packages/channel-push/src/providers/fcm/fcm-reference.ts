import type { CodeRow, CodeTable, ProviderReference } from '@posthorn/core';
import { TokenFailure } from './access-token.ts';
import { outcomeOfError, outcomeOfLoss } from './fcm-errors.ts';

/** An answer of FCM, as the SDK throws it. */
interface Sample {
  /** What the row is about, where the answer's own code does not say it. */
  readonly when: string;
  readonly status: number;
  readonly fcmCode?: string;
  readonly canonical?: string;
  readonly message?: string;
}

/** One for each rule, in their order. */
const samples: readonly Sample[] = [
  { when: 'UNREGISTERED', status: 404, fcmCode: 'UNREGISTERED' },
  { when: 'SENDER_ID_MISMATCH', status: 403, fcmCode: 'SENDER_ID_MISMATCH' },
  { when: 'THIRD_PARTY_AUTH_ERROR', status: 401, fcmCode: 'THIRD_PARTY_AUTH_ERROR' },
  { when: 'APNS_AUTH_ERROR', status: 401, fcmCode: 'APNS_AUTH_ERROR' },
  { when: 'any other with HTTP 401', status: 401, canonical: 'UNAUTHENTICATED' },
  { when: 'any other with HTTP 403', status: 403, canonical: 'PERMISSION_DENIED' },
  { when: 'any other with HTTP 404', status: 404, canonical: 'NOT_FOUND' },
  {
    when: 'INVALID_ARGUMENT that blames the token',
    status: 400,
    canonical: 'INVALID_ARGUMENT',
    message: 'The registration token is not a valid FCM registration token',
  },
  { when: 'any other with HTTP 400 or 413', status: 400, canonical: 'INVALID_ARGUMENT' },
  { when: 'QUOTA_EXCEEDED, and any other with HTTP 429', status: 429, fcmCode: 'QUOTA_EXCEEDED' },
  { when: 'UNAVAILABLE', status: 503, fcmCode: 'UNAVAILABLE' },
  { when: 'INTERNAL', status: 500, fcmCode: 'INTERNAL' },
];

function thrownBy({ status, fcmCode, canonical, message = '' }: Sample): object {
  const detail = { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: fcmCode };
  const error = { code: status, message, status: canonical, details: fcmCode === undefined ? [] : [detail] };
  return { code: 'messaging/unknown-error', httpResponse: { status, headers: {}, data: { error } } };
}

function row(code: string, outcome: ReturnType<typeof outcomeOfError>): CodeRow {
  return { code, means: 'detail' in outcome ? outcome.detail : '', outcome };
}

const connecting = { stage: 'connecting' } as const;
const connected = { stage: 'connected' } as const;

const answers: CodeTable = {
  title: 'Answers; the first row that fits decides',
  rows: [
    ...samples.map((sample) => row(sample.when, outcomeOfError(thrownBy(sample), connected, 0))),
    row('a page of something in between', outcomeOfError({ httpResponse: { status: 502 } }, connected, 0)),
    row('an answer without the name of the message', outcomeOfError({}, connected, 0)),
  ],
};

const faults: CodeTable = {
  title: 'Faults without an answer',
  rows: [
    row('no access token', outcomeOfError({ cause: new TokenFailure('unavailable', 'http_503') }, connecting, 0)),
    row(
      'no access token, ever',
      outcomeOfError({ cause: new TokenFailure('refused', 'invalid_grant') }, connecting, 0),
    ),
    row('no access token in time', outcomeOfLoss('timeout', 'waiting')),
    row('no connection', outcomeOfError({ code: 'app/network-error' }, connecting, 0)),
    row('no connection in time', outcomeOfLoss('timeout', 'connecting')),
    row('the connection breaks afterwards', outcomeOfError({ code: 'app/network-error' }, connected, 0)),
    row('no answer in time', outcomeOfLoss('timeout', 'connected')),
    row('an answer that breaks off', outcomeOfLoss('answer_cut_off', 'connected')),
    row('an answer without end', outcomeOfLoss('answer_too_large', 'connected')),
  ],
};

export const reference: ProviderReference = {
  title: 'Firebase Cloud Messaging',
  about:
    'HTTP v1 through firebase-admin: Android, iOS and the web by one registration token a call. The key file of a service ' +
    'account comes from the Firebase console under "Service accounts"; it is all that an account needs.',
  answers: [answers, faults],
};
