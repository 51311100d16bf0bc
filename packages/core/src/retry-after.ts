/** How long a Retry-After header (RFC 9110, section 10.2.3) asks us to wait; null without a readable one. */
export function retryAfterOf(headers: Readonly<Record<string, unknown>>, now: number): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? null : Math.max(0, moment - now);
}
