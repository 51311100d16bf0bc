import type { CodeRow, EgressAnswer, ProviderReference } from '@posthorn/core';
import { outcomeOf } from './outcome.ts';
import type { Success } from './success.ts';

function row(code: string, answer: EgressAnswer, success: Success = {}): CodeRow {
  const outcome = outcomeOf(answer, success, 0);
  return { code, means: 'detail' in outcome ? outcome.detail : 'the endpoint took the message', outcome };
}

function answered(status: number, body = '{}'): EgressAnswer {
  return { kind: 'answered', status, headers: {}, body: Buffer.from(body), truncated: false };
}

const byJson: Success = { json: { '/errcode': 0 } };

export const reference: ProviderReference = {
  title: 'Signed HTTP (Standard Webhooks)',
  about:
    'JSON to any URL that may be reached, signed as Standard Webhooks 1.0.0 says where the account has a `secret`. More is in ' +
    '[webhook.md](../webhook.md).',
  answers: [
    {
      title: 'Answers',
      rows: [
        row('HTTP 200 to 299', answered(200)),
        row('HTTP 200 to 299 that is not what success.json says', answered(200, '{"errcode":1}'), byJson),
        row('HTTP 200 to 299 without JSON, where success.json asks for it', answered(200, 'ok'), byJson),
        row('HTTP 300 to 399', answered(302)),
        row('HTTP 401 or 403', answered(401)),
        row('HTTP 404', answered(404)),
        row('HTTP 405', answered(405)),
        row('HTTP 408 or 425', answered(408)),
        row('HTTP 410', answered(410)),
        row('HTTP 429 or 503', answered(429)),
        row('any other HTTP 400 to 499', answered(422)),
        row('any other HTTP 500 to 599', answered(500)),
      ],
    },
    {
      title: 'Faults without an answer',
      rows: [
        row('blocked_address', {
          kind: 'forbidden',
          detail: 'the name leads to an address that may not be reached; one that says so itself is refused at once',
        }),
        row('no connection', { kind: 'unreachable', code: 'no_connection', detail: 'no connection could be made' }),
        row('the connection broke, or no answer in time', {
          kind: 'interrupted',
          code: 'connection_lost',
          detail: 'the endpoint may have the message',
        }),
      ],
    },
  ],
};
