/** `Retry-After` in whole seconds, never less than one. */
export function retryAfter(at: number, now: number): { readonly 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil((at - now) / 1_000))) };
}
