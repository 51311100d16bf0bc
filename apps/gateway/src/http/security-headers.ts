/**
 * What every answer tells browsers: this is data of one moment, no page, nothing to guess a type of or to put into a frame.
 * Pages have a policy of their own. Nothing here or elsewhere lets a page of another origin read an answer.
 */
export function securityHeaders(publicUrl: URL | null): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // Over plain HTTP it would mean nothing (RFC 6797, 7.2); a year is what browsers ask for to remember it.
    ...(publicUrl?.protocol === 'https:' && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
