import type { CodeRow, ProviderReference } from '@posthorn/core';
import { outcomeOfAnswer, reasons } from './apns-reasons.ts';

const context = { ownTopic: false, renew: () => false, now: 0 };

function row(code: string, status: number, body: string, note?: string): CodeRow {
  const outcome = outcomeOfAnswer({ status, headers: {}, body }, context);
  const means = 'detail' in outcome ? outcome.detail.replace(/ \(HTTP \d+\)$/, '') : 'APNs took the message';
  return { code, means, outcome, ...(note === undefined ? {} : { note }) };
}

function reasonRow([reason, verdict]: [string, (typeof reasons)[string]]): CodeRow {
  // A reason that is known decides, whatever the status.
  return row(reason, 400, JSON.stringify({ reason }), verdict && noteOf(verdict));
}

function noteOf(verdict: (typeof reasons)[string]): string | undefined {
  if (verdict?.kind !== 'misconfigured') return undefined;
  if (verdict.renews === true)
    return 'Where our signature is more than 20 minutes old, the next one is made anew and nothing else happens than a wait.';
  return verdict.ofTopic === true
    ? 'Of a message that names a topic of its own, that message alone is refused.'
    : undefined;
}

const unlisted = JSON.stringify({ reason: 'Unlisted' });

export const reference: ProviderReference = {
  title: 'Apple Push Notification service',
  about:
    "Apple's devices, asked directly over HTTP/2 with a token-based key. The key comes from the Apple developer account under " +
    '"Keys", with its key id; the team id is under "Membership". A key opens one environment or both, and builds that Xcode ' +
    'put on a device need `environment: sandbox`. More is in [push.md](../push.md).',
  answers: [
    { title: 'Reasons', rows: Object.entries(reasons).map(reasonRow) },
    {
      title: 'Answers that no row above names',
      rows: [
        row('HTTP 200', 200, ''),
        row('with HTTP 403', 403, unlisted),
        row('with HTTP 410', 410, unlisted),
        row('with HTTP 429', 429, unlisted),
        row('with HTTP 500 or more', 500, unlisted),
        row('any other reason', 400, unlisted),
        row('a page of something in between', 502, ''),
        row('a success that is none of APNs', 204, ''),
      ],
    },
    {
      title: 'Faults without an answer',
      rows: [
        {
          code: 'no connection, or one that closed before the message',
          means: 'APNs took nothing of it',
          outcome: { kind: 'deferred', scope: 'account' },
        },
        {
          code: 'the connection broke, or no answer in time',
          means: 'APNs may have the message',
          outcome: { kind: 'uncertain' },
        },
      ],
    },
  ],
};
