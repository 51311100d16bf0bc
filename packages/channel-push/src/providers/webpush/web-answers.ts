import { type EgressAnswer, type Outcome, retryAfterOf } from '@posthorn/core';

type Verdict =
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content';
      readonly detail: string;
      readonly suppress?: 'hard';
    }
  | { readonly kind: 'deferred'; readonly detail: string };

/** The code of an address to which nothing may go from here. */
export const blockedAddress = 'blocked_address';

const gone = { kind: 'refused', because: 'address', suppress: 'hard' } as const;

/**
 * What a push service's status means (RFC 8030, sections 5 and 7.3; RFC 8292, section 4.2). Nothing stops the whole account
 * or makes it wait: who is asked is chosen by whoever subscribed, and may answer what it likes.
 */
export const verdicts: Readonly<Record<number, Verdict>> = {
  400: { kind: 'refused', because: 'content', detail: 'the push service does not accept the message as it is' },
  401: { kind: 'deferred', detail: 'the push service does not accept our signature: look at the clock and at subject' },
  403: {
    kind: 'refused',
    because: 'address',
    detail: 'the push service does not accept our key for this subscription: it was made for another publicKey',
  },
  404: { ...gone, detail: 'the push service knows no such subscription' },
  410: { ...gone, detail: 'the subscription has ended' },
  413: { kind: 'refused', because: 'content', detail: 'the message has more bytes than the push service takes' },
  429: { kind: 'deferred', detail: 'the push service asks to wait' },
};

export function outcomeOfAnswer(answer: EgressAnswer, now: number): Outcome {
  switch (answer.kind) {
    case 'forbidden':
      return { kind: 'refused', because: 'address', code: blockedAddress, detail: answer.detail };
    case 'unreachable':
      return deferred(answer.code, answer.detail);
    case 'interrupted':
      return uncertain(answer.code, answer.detail);
    case 'answered':
      return outcomeOfStatus(answer, now);
  }
}

function outcomeOfStatus(
  { status, headers, truncated }: Extract<EgressAnswer, { kind: 'answered' }>,
  now: number,
): Outcome {
  // Created, as the RFC has it; some say OK, and Accepted where a receipt was asked for.
  if ([200, 201, 202].includes(status) && !truncated) return { kind: 'accepted', vendorId: idOf(headers['location']) };
  const code = `http_${status}`;
  if (status < 300) return uncertain(code, 'the answer is none of a push service');
  const verdict = verdicts[status];
  if (verdict?.kind === 'refused') return { ...verdict, code };
  const detail = verdict?.detail ?? `the push service could not take the message (HTTP ${status})`;
  return deferred(code, detail, retryAfterOf(headers, now));
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', scope: 'address', code, detail };
}

function deferred(code: string, detail: string, retryAfterMs: number | null = null): Outcome {
  return { kind: 'deferred', scope: 'address', retryAfterMs, code, detail };
}

/** The last piece of the message's own address: with the whole of it the message could be withdrawn. */
function idOf(location: string | undefined): string | null {
  return /\/([A-Za-z0-9_.~:%-]{1,200})$/.exec(location ?? '')?.[1] ?? null;
}
