import type { CodeRow, EgressAnswer, ProviderReference } from '@posthorn/core';
import { outcomeOfAnswer, verdicts } from './web-answers.ts';

function row(code: string, answer: EgressAnswer): CodeRow {
  const outcome = outcomeOfAnswer(answer, 0);
  return {
    code,
    means: 'detail' in outcome ? outcome.detail.replace(/ \(HTTP \d+\)$/, '') : 'the push service took the message',
    outcome,
  };
}

function answered(status: number): EgressAnswer {
  return { kind: 'answered', status, headers: {}, body: new Uint8Array(), truncated: false };
}

export const reference: ProviderReference = {
  title: 'Web Push (RFC 8030)',
  about:
    'Browsers, each through the push service of its maker; a subscription says which. An account is a pair of VAPID keys, for ' +
    'which the site subscribes its visitors. Nothing that one push service answers stops the account, since whoever ' +
    'subscribed chose who answers. More is in [push.md](../push.md).',
  answers: [
    {
      title: 'Answers',
      rows: [
        row('HTTP 200, 201 or 202', answered(200)),
        ...Object.keys(verdicts).map((status) => row(`HTTP ${status}`, answered(Number(status)))),
        row('any other HTTP 200 to 299', answered(204)),
        row('any other', answered(500)),
      ],
    },
    {
      title: 'Faults without an answer',
      rows: [
        row('blocked_address', {
          kind: 'forbidden',
          detail: 'the subscription leads to an address that may not be reached',
        }),
        row('no connection', { kind: 'unreachable', code: '', detail: 'no connection could be made' }),
        row('the connection broke, or no answer in time', {
          kind: 'interrupted',
          code: '',
          detail: 'the push service may have the message',
        }),
      ],
    },
  ],
};
