import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';

const longestUrl = 2_048;

/** A URL in the spelling of `URL`. Where it may lead to, the account knows that would go there. */
export function parseAddress(text: string): Result<string, AddressProblem> {
  if (text.length > longestUrl) return invalid(`a webhook's URL has at most ${longestUrl} characters`);
  const url = URL.parse(text);
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.hostname === '')
    return invalid("a webhook's address is a URL such as https://host.example/path");
  if (url.username !== '' || url.password !== '')
    return invalid("a webhook's URL must not have a user name or password in it: an account may set headers");
  if (url.hash !== '') return invalid('what follows "#" in a URL is never sent: leave it out');
  return ok(url.href);
}

/** The origin alone: path and query of a webhook are its key as often as not. */
export function maskAddress(address: string): string {
  const origin = URL.parse(address)?.origin ?? 'null';
  return origin === 'null' ? '***' : `${origin}/***`;
}

/** Whoever is flooded or slow is a server: its addresses share what is done for it. */
export function flowOf(address: string): string {
  return URL.parse(address)?.origin ?? address;
}

function invalid(detail: string): Result<never, AddressProblem> {
  return fail({ code: 'invalid_url', detail });
}
