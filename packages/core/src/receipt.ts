import { longestCode, longestDetail, shortened } from './attempt.ts';
import type { Receipt } from './outcome.ts';

/** A receipt as a provider returned it, read field by field before it is believed; null when it is none. */
export function receiptOf(value: unknown, now: number): Receipt | null {
  const { status, code = null, detail = null, at } = { ...(value as Partial<Receipt> | null) };
  if (status !== 'delivered' && status !== 'undelivered') return null;
  return {
    status,
    code: code === null ? null : shortened(code, longestCode),
    detail: detail === null ? null : shortened(detail, longestDetail),
    at: typeof at === 'number' && Number.isSafeInteger(at) ? at : now,
  };
}
