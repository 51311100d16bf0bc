import type { CodeRow, Outcome, VendorAnswer } from '@posthorn/core';

/** What a vendor's code means; the outcome is made of it. The words are ours: a vendor's may repeat the message. */
export type Verdict =
  | { readonly kind: 'refused' | 'misconfigured'; readonly detail: string }
  | { readonly kind: 'deferred'; readonly detail: string; readonly retryAfterMs?: number };

export const content = (detail: string): Verdict => ({ kind: 'refused', detail });
export const account = (detail: string): Verdict => ({ kind: 'misconfigured', detail });
export const later = (detail: string, retryAfterMs?: number): Verdict =>
  retryAfterMs === undefined ? { kind: 'deferred', detail } : { kind: 'deferred', detail, retryAfterMs };

/** A robot has one address, its chat: what it cannot take for now, its whole account cannot. */
export function outcomeOf(code: string, verdict: Verdict): Outcome {
  const { detail } = verdict;
  if (verdict.kind === 'deferred')
    return { kind: 'deferred', scope: 'account', retryAfterMs: verdict.retryAfterMs ?? null, code, detail };
  if (verdict.kind === 'misconfigured') return { kind: 'misconfigured', code, detail };
  return { kind: 'refused', because: 'content', code, detail };
}

/** What an answer of a vendor came to, and whether its code was on a list: one that was not is worth a line in the log. */
export interface Reading {
  readonly outcome: Outcome;
  readonly listed: boolean;
}

/** Any code but the one of success. */
export function readCode(code: string, verdicts: Readonly<Record<string, Verdict>>, status: number): Reading {
  const verdict = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
  return { outcome: outcomeOf(code, verdict ?? verdictByStatus(status)), listed: verdict !== undefined };
}

/** For a code on no list: the vendor has read the message and not taken it, so only the HTTP status can speak for later. */
function verdictByStatus(status: number): Verdict {
  if (status === 429) return later('too many messages for now');
  if (status >= 500) return later('a fault inside the vendor');
  if (status === 401 || status === 403 || status === 404)
    return account('the vendor does not know this robot: check url');
  return content('the vendor refused the message, for a reason that is on no list');
}

/** The same for the documentation. */
export function rowsByStatus(): readonly CodeRow[] {
  const statuses = [
    ['with HTTP 401, 403 or 404', 401],
    ['with HTTP 429', 429],
    ['with HTTP 500 or more', 500],
    ['any other', 400],
  ] as const;
  return statuses.map(([code, status]) => {
    const verdict = verdictByStatus(status);
    return { code, means: verdict.detail, outcome: outcomeOf(code, verdict) };
  });
}

export const accepted: Outcome = { kind: 'accepted', vendorId: null };

/** The answer as a JSON object; null when it is none. */
export function jsonOf({ text }: VendorAnswer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
